"""What a message says, without marks."""

import pytest

from chat.rendering import plain_text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# Title\n\nSome **bold** and `code`.", "Title\n\nSome bold and code.\n"),
        ("- a\n  - b\n- c", "- a\n  - b\n- c\n"),
        ("3. a\n4. b", "3. a\n4. b\n"),
        ("- [ ] a\n- [x] b", "- [ ] a\n- [x] b\n"),
        ("1. a\n   ```py\n   x = 1\n   ```\n2. b", "1. a\nx = 1\n2. b\n"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\nafter", "a\tb\n1\t2\n\nafter\n"),
        ("[here](https://x.org/) and <https://y.org>", "here (https://x.org/) and https://y.org\n"),
        ("![a cat](https://x.org/cat.png)", "a cat (https://x.org/cat.png)\n"),
        ("<b>tag</b> & \\*star\\*", "<b>tag</b> & *star*\n"),
        ("so $x^2$ and\n\n\\[\na\n+ b\n\\]", "so $x^2$ and\n\n\\[\na\n+ b\n\\]\n"),
        ("> quoted\n\nnot", "quoted\n\nnot\n"),
        ("one\ntwo  \nthree\n\n---\n\nfour", "one\ntwo\nthree\n\n---\n\nfour\n"),
    ],
)
def test_marks_go_and_what_was_said_stays(markdown: str, text: str) -> None:
    assert plain_text(markdown) == text
