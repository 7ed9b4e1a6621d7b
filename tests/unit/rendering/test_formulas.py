"""Formulas become MathML, and prices stay prices."""

import pytest

from chat.rendering import render
from chat.rendering.formulas import MAX_FORMULA
from tests.unit.rendering.page import Element, parse


def shown(markdown: str) -> Element:
    return parse(render(markdown))


def formulas(markdown: str) -> list[tuple[str, str | None]]:
    """Return the text of each formula, and how it is displayed."""
    return [(math.text, math.attributes["display"]) for math in shown(markdown).find_all("math")]


@pytest.mark.parametrize(
    "markdown",
    [
        *(
            "$x+1$",
            r"\(x+1\)",
            r"\( x+1 \)",
            "($x+1$)",
            "So $x+1$, thus",
            "**$x+1$**",
            "# On $x+1$",
            "- $x+1$",
            "> $x+1$",
        ),
        *("a\n$x+1$\nb", "$x\n+1$", "|a|\n|-|\n|$x+1$|", "[$x+1$](http://x.org)", "$x+1$-axis", r"\$ and $x+1$"),
    ],
)
def test_a_formula_in_a_line(markdown: str) -> None:
    assert formulas(markdown) == [("x+1", "inline")]


@pytest.mark.parametrize(
    "markdown",
    [
        *(
            "$$x+1$$",
            "$$\nx+1\n$$",
            "$$\nx\n+1\n$$",
            r"\[x+1\]",
            "\\[\nx+1\n\\]",
            "\\[\nx\n+ 1\n\\]",
            "So $$x+1$$ holds",
        ),
        *("- so\n  $$\n  x\n  + 1\n  $$", "> $$\n> x\n> + 1\n> $$", "a:\n$$\nx\n+1\n$$\nb"),
    ],
)
def test_a_displayed_formula(markdown: str) -> None:
    assert formulas(markdown) == [("x+1", "block")]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "$5 and $6",
            "It is $5, not $6.",
            "$20,000 to $30,000",
            "from $5-$10",
            "US$5 and US$6",
            "$1",
            "5$ or 6$",
            "a$x$",
        ),
        *(
            "$ x$",
            "$x $",
            "$x$1",
            "$HOME and $USER",
            "$HOME/$USER",
            "${a}${b}",
            "$(pwd):$(id)",
            "$",
            "$$",
            "$$$$",
            "a $ b $ c",
        ),
    ],
)
def test_prices_stay_prices(text: str) -> None:
    assert formulas(text) == []
    assert shown(text).text == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("`$x$`", "$x$"),
        ("`` `$x$` ``", "`$x$`"),
        ("```\n$$\nx\n$$\n```", "$$\nx\n$$\n"),
        ("```sh\necho $x $y$\n```", "echo $x $y$\n"),
        ("    $x$", "$x$"),
    ],
)
def test_code_holds_no_formula(markdown: str, text: str) -> None:
    assert formulas(markdown) == []
    assert shown(markdown).find("code").text == text


def test_an_escaped_dollar_is_one() -> None:
    assert shown(r"\$x\$").text == "$x$"
    assert shown(r"\\(x\\)").text == r"\(x\)"


def test_a_formula_reaches_over_no_blank_line() -> None:
    assert formulas("$x\n\n1$ $$x\n\n1$$ \\[x\n\n1\\]") == []


def test_marks_in_a_formula_are_its_own() -> None:
    page = shown("$a_1*b*c_2$ and $|x|$ and $a<b>c$ and $[x](y)$")
    assert [math.text for math in page.find_all("math")] == ["a1*b*c2", "|x|", "a<b>c", "[x](y)"]
    assert not list(page.find_all("em", "a", "table"))


def test_lines_of_a_displayed_formula_begin_nothing() -> None:
    page = shown("$$\nx\n- y\n= z\n# 1\n> 2\n$$")
    assert {block.tag for block in page.find("div").elements} == {"p"}
    assert len(list(page.find_all("math"))) == 1


def test_a_formula_is_mathml() -> None:
    assert render(r"$\frac{a}{b^2}$") == (
        '<div><p><math display="inline"><mrow><mfrac><mrow><mi>a</mi></mrow><mrow><msup><mi>b</mi><mn>2</mn></msup>'
        "</mrow></mfrac></mrow></math></p></div>"
    )


@pytest.mark.parametrize("name", ["aligned", "align", "align*", "gathered", "split"])
def test_columns_are_aligned_by_classes(name: str) -> None:
    page = shown(f"$$\\begin{{{name}}}a &= b \\\\ c &= d \\nonumber\\end{{{name}}}$$")
    assert [cell.attributes for cell in page.find_all("mtd")] == [{"class": "right"}, {"class": "left"}] * 2


@pytest.mark.parametrize("formula", [r"$\frac$", r"$\foo{$", "$${$$", r"\[\begin{array}\]", r"\(\left(\)"])
def test_a_formula_beyond_us_is_code(formula: str) -> None:
    assert shown(formula).find("code").text == formula


def test_a_formula_too_long_is_text() -> None:
    longest, longer = "x" * MAX_FORMULA, "x" * (MAX_FORMULA + 1)
    assert formulas(f"$$\n{longest[2:]}\n$$") == [(longest[2:], "block")]
    assert formulas(f"$$\n{longer}\n$$ ${longer}$") == []


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\style{color:red}{x}",
        r"\class{message}{x}",
        r"\cssId{message-1}{x}",
    ],
)
def test_no_command_leaves_an_attribute(latex: str) -> None:
    page = shown(f"${latex}$")
    assert [element.attributes for element in page.find("math").find_all() if element.attributes] == []
    assert page.text.endswith("x")


def test_markup_in_a_formula_is_text() -> None:
    text = shown(r"$\text{<img src=x onerror=alert(1)>}$").find("mtext")
    assert text.text.replace("\xa0", " ") == "<img src=x onerror=alert(1)>"
    assert not text.elements


def test_a_letter_may_follow_a_formula() -> None:
    assert shown("The $n$th term").text == "The nth term"
    assert len(list(shown("The $n$th term").find_all("math"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 (the `$` sign)",
        "- Mid: $$\n- Other: $$",
        "**A** ($$) good, **B** ($$) fine",
        "between $$5 and $$10",
        "array\\[0\\]",
        "# $a\n\nb$",
    ],
)
def test_what_only_looks_like_a_formula_is_text(text: str) -> None:
    assert list(shown(text).find_all("math")) == []


@pytest.mark.parametrize(
    "text", ["We get: \\[\nx\n\\]", "so $$x$$ is", "> $$\n> x\n> $$", "- a\n  $$\n  x\n  $$", "| $x$ |\n|-|", "# $x$"]
)
def test_a_formula_may_stand_anywhere_else(text: str) -> None:
    assert [math.text for math in shown(text).find_all("math")] == ["x"]


@pytest.mark.parametrize("latex", ["\\hspace{1000em} x", "a \\above{999em} b"])
def test_no_part_of_a_formula_reaches_over_the_page(latex: str) -> None:
    values = [value or "" for part in shown(f"${latex}$").find_all() for value in part.attributes.values()]
    assert [value for value in values if "999" in value or "1000" in value] == []
