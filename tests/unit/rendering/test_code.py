"""Blocks of code: a header with the language, and colours by classes once they are closed."""

import pytest

from chat.rendering import Renderer, render
from chat.rendering.elements import figure
from chat.rendering.highlighting import MAX_CODE
from tests.unit.rendering.page import Element, parse


def shown(markdown: str) -> Element:
    return parse(render(markdown))


def colours(page: Element) -> list[tuple[str, str | None]]:
    return [(span.text, span.attributes["class"]) for span in page.find("code").find_all("span")]


def test_a_block_of_code_has_its_language_and_a_button_above() -> None:
    assert render("```text\na < b\n```") == (
        '<div><figure class="code"><figcaption><span>text</span><button type="button">Copy code</button></figcaption>'
        '<pre><code class="language-text">a &lt; b\n</code></pre></figure></div>'
    )


@pytest.mark.parametrize(
    ("fence", "language"),
    [
        *(("```python", "python"), ("~~~ c++ linenos=1", "c++"), ("```C#", "C#"), ("``` objective-c", "objective-c")),
        *(
            ("```", ""),
            ('```"><b>', ""),
            ("```a&nbsp;b", "a"),
            ("```" + "x" * 41, ""),
            ("```$x$", ""),
            ("```f.py:1", ""),
        ),
    ],
)
def test_the_language_is_the_first_word_where_that_could_be_a_name(fence: str, language: str) -> None:
    page = shown(f"{fence}\nx\n{fence[:3]}")
    assert page.find("figcaption").elements[0].text == language
    assert page.find("code").attributes == ({"class": f"language-{language}"} if language else {})
    assert page.find("code").text == "x\n"


def test_indented_code_has_no_language() -> None:
    assert render("    a\n    b") == "<div>" + figure("a\nb", "") + "</div>"


def test_colours_are_classes() -> None:
    assert colours(shown('```python\nif x: "<b>"  # y\n```')) == [
        ("if", "k"),
        ("x", "n"),
        (":", "p"),
        ('"<b>"', "s2"),
        ("# y", "c1"),
    ]


@pytest.mark.parametrize("code", ["a", "a\n", "\n\na\n\n", "  a\n\tb\n", "\n", "'<&>\"\n", "é\u2028\xa0\n"])
@pytest.mark.parametrize("language", ["python", "html", "json", "diff", "console", "text", "nonesuch", ""])
def test_colours_leave_the_code_as_it_is(code: str, language: str) -> None:
    code += "" if code.endswith("\n") else "\n"
    assert shown(f"```{language}\n{code}```").find("code").text == code


@pytest.mark.parametrize("language", ["", "text", "nonesuch", "output"])
def test_a_language_nobody_knows_has_no_colours(language: str) -> None:
    assert colours(shown(f"```{language}\nif x: pass\n```")) == []


def test_colours_come_at_the_close() -> None:
    renderer = Renderer()
    renderer.feed("```python\nif x:\n    y\n")
    assert colours(parse(renderer.html)) == []
    renderer.feed("```\n")
    assert ("if", "k") in colours(parse(renderer.html))


def test_code_that_ends_with_the_answer_is_closed() -> None:
    assert ("if", "k") in colours(shown("```python\nif x:"))


def test_very_long_code_stays_in_one_colour() -> None:
    line = "if x: y\n"
    longest = line * (MAX_CODE // len(line))
    assert ("if", "k") in colours(shown(f"```python\n{longest}```"))
    assert colours(shown(f"```python\n{longest}{line}```")) == []


@pytest.mark.parametrize(
    "markdown",
    [
        "- ```py\n  x\n  ```\n",
        "1. a\n\n   ```py\n   x\n   ```\n",
        "> ```py\n> x\n> ```\n",
        "- > ~~~py\n  > x\n  > ~~~\n",
    ],
)
def test_code_in_lists_and_quotes_is_code(markdown: str) -> None:
    renderer = Renderer()
    for character in markdown + "\nafter":
        renderer.feed(character)
    renderer.finish()
    assert parse(renderer.html).find("figure").find("code").text == "x\n"
    assert colours(parse(renderer.html)) == [("x", "n")]


def test_a_fence_in_a_longer_fence_is_code() -> None:
    code = "```python\nx\n```\n"
    assert shown(f"````markdown\n{code}````\n\nafter").find("code").text == code


def test_code_in_too_many_quotes_keeps_its_lines() -> None:
    renderer = Renderer()
    text = "> " * 60 + "```\n" + "".join("> " * 60 + f"line {number}\n" for number in range(3))
    for line in text.splitlines(keepends=True):
        renderer.feed(line)
    renderer.finish()
    assert parse(renderer.html).text == text
