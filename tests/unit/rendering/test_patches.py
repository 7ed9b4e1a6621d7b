"""Growth is an addition where it can be one, and never touches what is finished."""

import pytest

from chat.rendering import Patch, Renderer
from chat.rendering.patches import Begin, Drop, Extend, Replace, difference

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
        ("Some text", " and more", Extend(1, "p", " and more")),
        ("Some *text*", " & more", Extend(1, "p", " &amp; more")),
        ("Some text", " *and* more", Extend(1, "p", " <em>and</em> more")),
        ("Some text\n", "and more", Extend(1, "p", "\nand more")),
        ("Some text", "  \nand more", Extend(1, "p", "<br>\nand more")),
        ("# Some", " title", Extend(1, "h3", " title")),
        ("```\none", " two", Extend(2, "code", " two")),
        ("```\none\n", "two\n", Extend(2, "code", "two\n")),
        ("```python\nif a:", " b<c", Extend(2, "code", " b&lt;c")),
        ("    one", " two", Extend(2, "code", " two")),
        ("- one\n", "- two", Extend(1, "ul", "<li>two</li>\n")),
        ("- one\n- two", " three", Extend(2, "li", " three")),
        ("1. one\n", "2. two", Extend(1, "ol", "<li>two</li>\n")),
        ("- one\n  - a\n", "  - b", Extend(3, "ul", "<li>b</li>\n")),
        ("- one\n  - a\n", "- two", Extend(1, "ul", "<li>two</li>\n")),
        ("> quote\n>\n", "> more", Extend(1, "blockquote", "<p>more</p>\n")),
        ("> quote", " of it", Extend(2, "p", " of it")),
        ("|a|b|\n|-|-|\n|1|2|\n", "|3|4|", Extend(2, "tbody", "<tr><td>3</td><td>4</td></tr>\n")),
        ("|a|b|\n|-|-|\n|1|2", "3", Extend(4, "td", "3")),
        ("One.\n\n", "Two", Begin("<p>Two</p>")),
        ("One.\n\n[a", "]: /url", Drop()),
        ("Some *te", "xt*", Replace("<p>Some <em>text</em></p>")),
        ("Some text\n", "---\n", Replace("<h4>Some text</h4>")),
    ],
)
def test_growth_is_the_smallest_patch(text: str, more: str, patch: Patch) -> None:
    assert patches_for(text, more) == [patch]


@pytest.mark.parametrize(
    ("text", "more", "patches"),
    [
        ("- one", " and\n- two", [Extend(2, "li", " and"), Extend(1, "ul", "<li>two</li>\n")]),
        (
            "|a|b|\n|-|-|\n|1|2",
            "3|\n|4|5|",
            [Extend(4, "td", "3"), Extend(2, "tbody", "<tr><td>4</td><td>5</td></tr>\n")],
        ),
        ("> one", " and\n>\n> two", [Extend(2, "p", " and"), Extend(1, "blockquote", "<p>two</p>\n")]),
        ("- one\n  - a", "b\n- two", [Extend(4, "li", "b"), Extend(1, "ul", "<li>two</li>\n")]),
    ],
)
def test_growth_over_the_end_of_an_element_is_a_patch_for_each_level(
    text: str, more: str, patches: list[Patch]
) -> None:
    assert patches_for(text, more) == patches


def test_what_changes_nothing_is_no_patch() -> None:
    assert patches_for("Some text", "\n") == []
    assert patches_for("Some text\n\n", "-") == []
    assert difference(["<p>a</p>"], ["<p>a</p>"]) == []


@pytest.mark.parametrize("marker", ["-", "*", "+", "1", "1.", "#", "##", ">", "> -", "```", "~~~", "|", "===", "---"])
@pytest.mark.parametrize("text", ["Some text\n", "Some text\n\n", "- an item\n", "- an item\n\n"])
def test_a_line_that_is_only_a_marker_so_far_waits(text: str, marker: str) -> None:
    assert patches_for(text, marker) == []


@pytest.mark.parametrize(
    ("marker", "html"),
    [
        ("-", "<ul>\n<li></li>\n</ul>"),
        ("*", "<ul>\n<li></li>\n</ul>"),
        ("12", "<p>12</p>"),
        ("#", "<h3></h3>"),
        ("===", "<p>===</p>"),
        ("---", "<hr>"),
        ("|", "<p>|</p>"),
        ("```", "<pre><code></code></pre>"),
        (">", "<blockquote>\n</blockquote>"),
    ],
)
def test_at_the_end_nothing_waits(marker: str, html: str) -> None:
    renderer = Renderer()
    renderer.feed("Some text\n\n" + marker)
    assert renderer.blocks == ["<p>Some text</p>"]
    assert renderer.finish() == [Begin(html)]


@pytest.mark.parametrize(
    ("old", "new", "patches"),
    [
        ([], ["a", "b"], [Begin("a"), Begin("b")]),
        (["a", "b", "c"], ["a"], [Drop(), Drop()]),
        (["a", "b", "c"], ["a", "x"], [Drop(), Replace("x")]),
        (["a", "b", "c"], ["a", "<p>x</p>", "y"], [Drop(), Replace("<p>x</p>"), Begin("y")]),
        (["<p>a</p>"], ["<p>ab</p>", "<hr>"], [Extend(1, "p", "b"), Begin("<hr>")]),
        (["<p>a</p>"], ["<p>a</p>\n<hr>"], [Extend(0, "div", "\n<hr>")]),
        (["<p>a</p>"], ["<p>b</p>"], [Replace("<p>b</p>")]),
        (["<p>ab</p>"], ["<p>a</p>"], [Replace("<p>a</p>")]),
        (["<p>a</p>"], ["<p>a<em>b</p>"], [Replace("<p>a<em>b</p>")]),
        (
            ["<ul><li>a</li></ul>"],
            ["<ul><li>a</li></ul><ul><li>a</li></ul>"],
            [Extend(0, "div", "<ul><li>a</li></ul>")],
        ),
    ],
)
def test_blocks_after_the_first_difference_are_made_anew(old: list[str], new: list[str], patches: list[Patch]) -> None:
    assert difference(old, new) == patches


def test_no_patch_touches_a_finished_block() -> None:
    renderer = Renderer()
    shown = 0
    for character in LONG_ANSWER:
        finished = len(renderer.finished)
        for patch in renderer.feed(character):
            shown += isinstance(patch, Begin)
            assert isinstance(patch, Begin) or shown > finished, f"{patch} acts on a finished block"
            shown -= isinstance(patch, Drop)
        assert shown == len(renderer.blocks)
    assert len(renderer.finished) >= 12


def test_a_block_is_finished_as_soon_as_the_next_one_stands() -> None:
    renderer = Renderer()
    for block in LONG_ANSWER.split("\n\n")[:2]:
        renderer.feed(block + "\n\n")
    assert len(renderer.finished) == 1


def test_prose_costs_bytes_in_proportion_to_its_length() -> None:
    renderer = Renderer()
    patches = [patch for start in range(0, len(PROSE), 5) for patch in renderer.feed(PROSE[start : start + 5])]
    sent = _size(patches + renderer.finish())
    assert len(PROSE) == 5000
    assert sent < 4 * len(renderer.html)


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
    return sum(len(patch.html) for patch in patches if not isinstance(patch, Drop))
