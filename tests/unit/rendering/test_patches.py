"""Growth is an addition where it can be one, and never touches what is finished."""

import re

import pytest

from chat.rendering import Patch, Renderer, render
from chat.rendering.elements import figure
from chat.rendering.patches import Piece, difference
from tests import corpus
from tests.unit.rendering.page import Element, Page, parse

LINK = 'target="_blank" rel="noopener noreferrer nofollow ugc"'

LONG_ANSWER = """\
# A heading

A paragraph with *emphasis*, **strong words**, `code` and a [link](https://example.org/a?b=c&d=e),
over two lines &mdash; and an entity.

- one
- two
  - nested
  - again

  a paragraph of an item
- three

1. first
2. second

```python
def f(x: int) -> bool:
    return x < 3 and x > 1

print(f(2))
```

> A quote
> > in a quote
>
> - with a list

| a | b |
|---|--:|
| 1 | 2 |
| 3 | 4 |

Title
=====

    indented code

    more of it

[ref]: https://example.org/ref

See [ref], ~~not this~~.

---

- [ ] to do
- [x] done

> [!WARNING]
> Careful.

The end"""

WORDS = "A plain sentence has some words in it, and it ends with a full stop. "
STYLED = "Some *emphasis*, a **strong phrase**, `code()` and [a link](https://example.org/) too. "
PROSE = "\n\n".join([WORDS * 4, STYLED + WORDS * 3, WORDS * 2 + STYLED] * 7)[:5000]


def patches_for(text: str, more: str) -> list[Patch]:
    """Return what `more` changes on a page that shows `text`."""
    renderer = Renderer()
    renderer.feed(text)
    return renderer.feed(more)


@pytest.mark.parametrize(
    ("text", "more", "patch"),
    [
        ("Some text", " and more", Patch(2, 0, " and more")),
        ("Some *text*", " & more", Patch(2, 0, " &amp; more")),
        ("Some text", " *and* more", Patch(2, 0, " <em>and</em> more")),
        ("Some *te", "xt", Patch(3, 0, "xt")),
        ("Some *te", "xt*", Patch(3, 0, "xt")),
        ("Some `co", "de`", Patch(3, 0, "de")),
        ("Some $x", "$", Patch(2, 0, ' <math display="inline"><mrow><mi>x</mi></mrow></math>')),
        ("Some [text](http://x.or", "g)", Patch(2, 1, f'<a href="http://x.org" {LINK}>text</a>')),
        ("See http://x.or", "g", Patch(3, 0, "g")),
        ("See http://x.or", "g now", Patch(2, 1, f'<a href="http://x.org" {LINK}>http://x.org</a> now')),
        ("Some text\n", "and more", Patch(2, 0, "\nand more")),
        ("Some text", "  \nand more", Patch(2, 0, "<br>\nand more")),
        ("Some text\n", "---\n", Patch(1, 1, "<h4>Some text</h4>")),
        ("# Some", " title", Patch(2, 0, " title")),
        ("```\none", " two", Patch(4, 0, " two")),
        ("```\none\n", "two\n", Patch(4, 0, "two\n")),
        ("```python\nif a:", " b<c", Patch(4, 0, " b&lt;c")),
        ("```python\nif a:\n", "```\n", Patch(0, 1, render("```python\nif a:\n```"))),
        ("    one", " two", Patch(4, 0, " two")),
        ("- one\n", "- two", Patch(2, 0, "<li><p>two</p></li>")),
        ("- one\n- two", " three", Patch(4, 0, " three")),
        ("1. one\n", "2. two", Patch(2, 0, "<li><p>two</p></li>")),
        ("- one\n  - a\n", "  - b", Patch(4, 0, "<li><p>b</p></li>")),
        ("- one\n  - a\n", "- two", Patch(2, 0, "<li><p>two</p></li>")),
        ("> quote\n>\n", "> more", Patch(2, 0, "<p>more</p>")),
        ("> quote", " of it", Patch(3, 0, " of it")),
        (
            "|a|b|\n",
            "|-|-|\n",
            Patch(
                0, 0, '<div><table dir="auto"><thead><tr><th>a</th><th>b</th></tr></thead><tbody></tbody></table></div>'
            ),
        ),
        ("|a|b|\n|-|-|\n|1|2|\n", "|3|4|", Patch(3, 0, "<tr><td>3</td><td>4</td></tr>")),
        ("|a|b|\n|-|-|\n|1|2", "3", Patch(5, 0, "3")),
        ("One.\n\n", "Two", Patch(0, 0, "<div><p>Two</p></div>")),
        ("- one\n\n", "Two", Patch(0, 0, "<div><p>Two</p></div>")),
    ],
)
def test_growth_is_the_smallest_patch(text: str, more: str, patch: Patch) -> None:
    assert patches_for(text, more) == [patch]


@pytest.mark.parametrize(
    ("text", "more", "patches"),
    [
        ("- one", " and\n- two", [Patch(4, 0, " and"), Patch(2, 0, "<li><p>two</p></li>")]),
        ("|a|b|\n|-|-|\n|1|2", "3|\n|4|5|", [Patch(5, 0, "3"), Patch(3, 0, "<tr><td>4</td><td>5</td></tr>")]),
        ("> one", " and\n>\n> two", [Patch(3, 0, " and"), Patch(2, 0, "<p>two</p>")]),
        ("- one\n  - a", "b\n- two", [Patch(6, 0, "b"), Patch(2, 0, "<li><p>two</p></li>")]),
        ("One", ".\n\nTwo", [Patch(2, 0, "."), Patch(0, 0, "<div><p>Two</p></div>")]),
    ],
)
def test_growth_over_the_end_of_an_element_is_a_patch_for_each_level(
    text: str, more: str, patches: list[Patch]
) -> None:
    assert patches_for(text, more) == patches


def test_what_changes_nothing_is_no_patch() -> None:
    assert patches_for("Some text", "\n") == []
    assert patches_for("Some text\n\n", "-") == []
    assert patches_for("One.\n\n[a", "]: /url") == []
    assert difference([Piece(0, "<p>a</p>")], [Piece(0, "<p>a</p>")]) == []


@pytest.mark.parametrize(
    ("old", "new", "patches"),
    [
        ([], ["<p>a</p>", "<p>b</p>"], [Patch(0, 0, "<p>a</p>"), Patch(0, 0, "<p>b</p>")]),
        (["<p>a</p>", "<p>b</p>", "<hr>"], ["<p>a</p>"], [Patch(0, 1, ""), Patch(0, 1, "")]),
        (["<p>a</p>", "<p>b</p>", "<hr>"], ["<p>a</p>", "<p>bc</p>"], [Patch(0, 1, ""), Patch(1, 0, "c")]),
        (["<p>a</p>"], ["<p>ab</p>", "<hr>"], [Patch(1, 0, "b"), Patch(0, 0, "<hr>")]),
        (["<p>a</p>"], ["<p>a</p>\n<hr>"], [Patch(0, 0, "\n<hr>")]),
        (["<p>a</p>"], ["<p>b</p>"], [Patch(0, 1, "<p>b</p>")]),
        (["<p>ab</p>"], ["<p>a</p>"], [Patch(0, 1, "<p>a</p>")]),
        (["<p>a<em>b</em></p>"], ["<p>a<b>b</b></p>"], [Patch(1, 1, "<b>b</b>")]),
        (["<p><br><em>b</em></p>"], ["<p><br></p>"], [Patch(1, 1, "")]),
        (["<p>a<em>b</em> c</p>"], ["<p>a<b>b</b> c</p>"], [Patch(0, 1, "<p>a<b>b</b> c</p>")]),
    ],
)
def test_what_comes_after_the_first_difference_is_made_anew(
    old: list[str], new: list[str], patches: list[Patch]
) -> None:
    assert difference([Piece(0, html) for html in old], [Piece(0, html) for html in new]) == patches


def test_what_comes_elsewhere_goes_from_where_it_was() -> None:
    assert difference([Piece(1, "<p>a</p>")], [Piece(2, "<p>a</p>")]) == [Patch(1, 1, ""), Patch(2, 0, "<p>a</p>")]


# Nothing finished is touched


def settled(renderer: Renderer, page: Page) -> list[Element]:
    """Return the elements of the page that the renderer has settled."""
    return list(page.container.find_all())[: len(re.findall("<[a-z]", "".join(renderer.settled)))]


def test_no_patch_touches_what_is_settled() -> None:
    renderer, page = Renderer(), Page()
    for character in LONG_ANSWER:
        before = settled(renderer, page)
        page.apply(renderer.feed(character))
        after = list(page.container.find_all())
        assert all(element is kept for element, kept in zip(before, after, strict=False))
    assert len(settled(renderer, page)) > 100


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo\n", "<div><p>One."),
        ("One.\n\nTwo.\n\nThree.\n", "<div><p>One.</p></div><div><p>Two."),
        ("- one\n- two\n", '<div><ul dir="auto"><li><p>one'),
        ("- one\n  - two\n- three\n", '<div><ul dir="auto"><li><p>one</p><ul dir="auto"><li><p>two'),
        ("> one\n>\n> two\n", '<div><blockquote dir="auto"><p>one'),
        ("# One\ntwo\n", "<div><h3>One"),
        ("```\none\n```\ntwo\n", "<div>" + figure("one\n", "").removesuffix("</code></pre></figure>")),
        ("|a|\n|-|\n|1|\n|2|\n", '<div><table dir="auto"><thead><tr><th>a</th></tr></thead><tbody><tr><td>1'),
    ],
)
def test_a_unit_is_settled_as_soon_as_the_line_that_begins_the_next_is_complete(text: str, html: str) -> None:
    renderer = Renderer()
    for character in text:
        renderer.feed(character)
    assert "".join(renderer.settled).startswith(html)


def drops(text: str) -> list[str]:
    """Return what was on the page and went, piece by piece."""
    renderer, page = Renderer(), Page()
    gone: list[str] = []
    for frame in corpus.frames(text):
        for patch in renderer.feed(frame):
            target = page.down(patch.depth).elements
            gone += [element.text for element in target[len(target) - patch.drop :]]
            page.apply([patch])
    return gone


@pytest.mark.parametrize("kind", corpus.KINDS.keys() - {"code"})
def test_hardly_anything_shown_goes_again(kind: str) -> None:
    text = corpus.answer(kind, 2_000)
    gone = drops(text)
    assert max(map(len, gone), default=0) < 20
    assert sum(map(len, gone)) < len(text) / 15


def test_a_block_of_code_is_replaced_once_at_its_close() -> None:
    code = corpus.answer("code", 2_000)
    assert drops(code) == []
    assert [len(gone) for gone in drops(code + "\n```\n\nMore.")] == [len(parse(render(code)).text) + 1]


def test_code_without_colours_is_never_replaced() -> None:
    assert drops("```\n" + "a line of code\n" * 100 + "```\n\nMore.") == []


# Markers wait


@pytest.mark.parametrize("marker", ["-", "*", "+", "1", "1.", "#", "##", ">", "> -", "```", "~~~", "|", "===", "---"])
@pytest.mark.parametrize("text", ["Some text\n", "Some text\n\n", "- an item\n", "- an item\n\n"])
def test_a_line_that_is_only_a_marker_so_far_waits(text: str, marker: str) -> None:
    assert patches_for(text, marker) == []


@pytest.mark.parametrize(
    ("marker", "html"),
    [
        ("-", '<ul dir="auto"><li></li></ul>'),
        ("*", '<ul dir="auto"><li></li></ul>'),
        ("12", "<p>12</p>"),
        ("#", "<h3></h3>"),
        ("===", "<p>===</p>"),
        ("---", "<hr>"),
        ("|", "<p>|</p>"),
        ("```", figure("", "")),
        (">", '<blockquote dir="auto"></blockquote>'),
    ],
)
def test_at_the_end_nothing_waits(marker: str, html: str) -> None:
    renderer = Renderer()
    renderer.feed("Some text\n\n" + marker)
    assert renderer.html == "<div><p>Some text</p></div>"
    assert renderer.finish() == [Patch(0, 0, f"<div>{html}</div>")]


# What it costs


def test_prose_costs_bytes_in_proportion_to_its_length() -> None:
    renderer = Renderer()
    patches = [patch for start in range(0, len(PROSE), 5) for patch in renderer.feed(PROSE[start : start + 5])]
    assert len(PROSE) == 5000
    assert _size(patches + renderer.finish()) < 1.5 * len(renderer.html)


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("", "a line\n"),
        ("", "- an item\n"),
        ("- an item\n", "  - a nested one\n"),
        ("```\n", "a line of code\n"),
        ("|a|b|\n|-|-|\n", "| a | cell |\n"),
        ("", "> > a quote\n"),
        ("", "A paragraph.\n\n"),
    ],
)
def test_every_kind_of_line_costs_as_much_the_hundredth_time(before: str, line: str) -> None:
    renderer = Renderer()
    renderer.feed(before + line * 2)
    sizes = {_size(renderer.feed(line)) for _ in range(98)}
    assert len(sizes) == 1
    assert sizes.pop() < 3 * len(line)


def _size(patches: list[Patch]) -> int:
    return sum(len(patch.html) for patch in patches)
