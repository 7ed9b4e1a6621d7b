"""What is shown of text that is still being written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.rendering import Renderer, render
from chat.rendering.ends import decided
from tests.unit.rendering.documents import LINES, PREFIXES, SOUP
from tests.unit.rendering.page import parse

NOWHERE = 'target="_blank" rel="noopener noreferrer nofollow ugc"'
HEAD = '<table dir="auto"><thead><tr><th>a</th><th>b</th></tr></thead><tbody>'

lines = st.builds(
    "".join,
    st.tuples(
        st.lists(st.sampled_from(PREFIXES), max_size=3).map("".join),
        st.one_of(st.sampled_from(LINES), st.text(SOUP, max_size=8)),
    ),
).filter(lambda line: "\n" not in line)


@settings(max_examples=1_000, deadline=None)
@given(lines)
def test_what_is_shown_of_a_line_does_not_go_again(line: str) -> None:
    waits = [not decided(line[:end]) for end in range(1, len(line) + 1)]
    assert waits == sorted(waits, reverse=True)


# Inside a line


def open_text(markdown: str) -> str:
    renderer = Renderer()
    renderer.feed(markdown)
    return renderer.html.replace(f" {NOWHERE}", "").removeprefix("<div>").removesuffix("</div>")


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("Some **bo", "<p>Some <strong>bo</strong></p>"),
        ("Some **bold", "<p>Some <strong>bold</strong></p>"),
        ("Some **bold*", "<p>Some <strong>bold</strong></p>"),
        ("Some *em", "<p>Some <em>em</em></p>"),
        ("Some __bo", "<p>Some <strong>bo</strong></p>"),
        ("***bo", "<p><em><strong>bo</strong></em></p>"),
        ("**a *b", "<p><strong>a <em>b</em></strong></p>"),
        ("**a `b", "<p><strong>a <code>b</code></strong></p>"),
        ("a `b", "<p>a <code>b</code></p>"),
        ("a ``b`", "<p>a <code>b</code></p>"),
        ("a ~~b", "<p>a <del>b</del></p>"),
        ("# A **b", "<h3>A <strong>b</strong></h3>"),
        ("- a **b", '<ul dir="auto"><li><p>a <strong>b</strong></p></li></ul>'),
        ("> a `b", '<blockquote dir="auto"><p>a <code>b</code></p></blockquote>'),
        ("[text](", "<p><a>text</a></p>"),
        ("[text](http://x.or", "<p><a>text</a></p>"),
        ('[text](http://x.org "ti', "<p><a>text</a></p>"),
        ("[**bold** text](http:", "<p><a><strong>bold</strong> text</a></p>"),
        ("![pic](http:", "<p><a>pic</a></p>"),
        ("|a|b|\n|-|-|\n|1|**2", f"{HEAD}<tr><td>1</td><td><strong>2</strong></td></tr></tbody></table>"),
        ("|a|b|\n|-|-|\n|1|", f"{HEAD}<tr><td>1</td></tr></tbody></table>"),
        ("|a|b|\n|-|-|\n", f"{HEAD}</tbody></table>"),
    ],
)
def test_a_half_written_mark_has_its_effect(markdown: str, html: str) -> None:
    assert open_text(markdown) == html


@pytest.mark.parametrize(
    "half",
    [
        *(
            "*",
            "**",
            "`",
            "``",
            "~~",
            "_",
            "[",
            "[text",
            "[text]",
            "![",
            "![pic",
            "[^1",
            "[^1]",
            "<http://x",
            "<b",
            "!",
        ),
        *("$", "$x", "$x +", "$$", "$$x", "\\", "\\[", "\\[ x", "\\(x", "\\*", "&", "&amp", "&#3"),
        *("\n", "\n-", "\n=", "\n```", "\n| a | b |", "\n| a | b |\n", "\n| a | b |\n|--", "\n\n| a |", "\n\n```pyth"),
        *("\n\n- ```py", "\n\n$$\nx", "\n\n~~~", "\n\n[a]: http://x", "\n\n[^1]:"),
    ],
)
def test_what_is_only_a_mark_so_far_waits(half: str) -> None:
    assert open_text(f"Some text{half}" if half.startswith("\n") else f"Some text {half}") == "<p>Some text</p>"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("2 * 3", "<p>2 * 3</p>"),
        ("2*3", "<p>2*3</p>"),
        ("a_b", "<p>a_b</p>"),
        ("a \\*b", "<p>a *b</p>"),
        ("[x] y", "<p>[x] y</p>"),
        ("a < b", "<p>a &lt; b</p>"),
        ("a | b", "<p>a | b</p>"),
        ("It is $5 or", "<p>It is $5 or</p>"),
        ("See [a](b c d", "<p>See [a](b c d</p>"),
        ("a ![x] y", "<p>a ![x] y</p>"),
        ("`**a", "<p><code>**a</code></p>"),
        ("`a` **", "<p><code>a</code></p>"),
    ],
)
def test_what_is_no_mark_is_shown(markdown: str, html: str) -> None:
    assert open_text(markdown) == html


@pytest.mark.parametrize("half", ["[", "![", "$"])
def test_nothing_waits_for_long(half: str) -> None:
    assert "w" * 130 in open_text(half + "w" * 130)


@pytest.mark.parametrize(
    "text", ["Some **bo", "a `b", "a ~~b", "[text](http:", "[text", "| a | b |", "a $x", "\\[ x", "$$x", "a *", "a <b"]
)
def test_a_mark_that_comes_to_nothing_is_text(text: str) -> None:
    """When the paragraph has ended, and when the answer has."""
    written = text.replace("\\[", "[")
    assert parse(render(text)).text == written
    renderer = Renderer()
    renderer.feed(f"{text}\n\nMore")
    assert parse(renderer.html).text == f"{written}More"
