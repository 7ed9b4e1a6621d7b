"""Awkward Markdown, awkwardly cut."""

from itertools import pairwise

from hypothesis import strategies as st

PREFIXES = [
    *("", "", "", "", "", " ", "  ", "   ", "    ", "     ", "\t"),
    *("> ", "- ", "* ", "1. ", "> - ", "- > ", "-\n\n", "1.\n\n  "),
]
LINES = [
    *("", "", "", " ", "  ", "    ", "\t"),
    *("para text", "a  ", "b\\", "\\", "a*b_c", "**bo", "ld**", "_em *x", "~~s", "~~", "`code", "``c`` `d", "\\[a]: b"),
    *("- item", "- item two", "* star", "+ plus", "1. one", "2. two", "10) ten", "  nested", "  - nested item"),
    *("- - a", "1. - b", "- # h", "- > q", "-     code", "-\ttab", "- ```", "- [ ] todo", "- [x] done", "- [a]: /u"),
    *("> quote", "> - q item", "> > deep", ">", "> [!NOTE]", "> [!TIP]", "> [g]: /u"),
    *("```", "```python", "  ```", "~~~", "    code", "\tcode", "\t- tab"),
    *("| a | b |", "|---|:-:|", "| 1 | 2 |", "| 1 | 2", "a | b", "--- | ---"),
    *("===", "---", "***", "# h", "#", "## h2 ##", "term\n: definition"),
    *("-", "+", "*", "_", "=", ":", "|", "`", "~", "1.", "[x", "![", "[x]:"),
    *(
        "[a]: /url",
        "[b]: <http://x y> 'title'",
        "[c]:",
        "http://e",
        '[c]: http://f "t',
        't"',
        "  [a]: /u",
        "   [e]: /u",
    ),
    *("[a]", "[b][a]", "see [b] and [c](http://d)", "[e] [g]", "[^1]", "[^1]: note"),
    *("<div>", "</div>", "<!-- c", "-->", "<script>alert(1)</script>", "\\<b>", "]: <", "](<b>", "](<!-->", "<?a@b"),
    *("<http://x.y>", "<a@b.c>", "<x:y>", "https://bare.url", "![img](http://x)", "[![b](http://i)](http://l)"),
    *("$x$", "a $x_1", "+ y$", "$$", "\\[", "\\]", "\\(a\\)", "\\(b", "$5 and $6", "$$a$$", "- $$x", "> \\[ y"),
    *("[^1]: a\n    more", "    [^2]: b", "- [^1]: in an item", "text[^2]", "[^a b]"),
    *("www.x.org", "see http://x.org/a_b.", "(https://y.org/c)", "a.b@c.org", "http://x", "*www.x.org*"),
    *("- ```py\n  x\n  ```", "> ~~~\n> y", "````", "1. ```\n\n   ```", "- | a | b |\n  |--|--|\n  | 1 | 2 |"),
    *(
        "&#13;",
        "&#10;",
        "&#0;",
        "&#12;",
        "&amp; & &lt",
        "&#xfdd0;&#xfdd1;[a](b)",
        "&#xFDD2;7&#64979; $x$",
        "%EF%B7%90",
        "\ufdd0\ufdd1",
    ),
    *("\u2028", "a\u2028b", "\x85", "\x0b", "\x0c", "x\x0cy", "\xa0", "\x1c", "a\rb", "👩‍👩‍👧 family", "שלום עולם"),
]
SOUP = "`*_~[]()<>!#-+=|:1.\n \t\\&;ab\"'/x\u2028\x0b\x0c\x85\xa0"
ENDINGS = ["\n", "\n", "\n\n", ""]

_line = st.one_of(
    st.tuples(st.sampled_from(PREFIXES), st.sampled_from(LINES), st.sampled_from(ENDINGS)).map("".join),
    st.tuples(st.text(SOUP, max_size=8), st.sampled_from(ENDINGS)).map("".join),
)
documents = st.lists(_line, min_size=1, max_size=9).map("".join)


def cut(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, *(place % (len(text) + 1) for place in cuts), len(text)})
    return [text[start:end] for start, end in pairwise(places)]


# The pieces of a document; a third of the time its single characters, as models send them.
pieces = st.one_of(
    documents.map(list),
    st.builds(cut, documents, st.lists(st.integers(0, 500), max_size=6)),
    st.builds(cut, documents, st.lists(st.integers(0, 500), max_size=30)),
)
