"""What is shown is a pure function of the text so far, and the patches lead there exactly."""

from collections.abc import Callable
from itertools import accumulate
from typing import TypeVar

import nh3
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chat.rendering import Renderer, render, renderer
from tests import corpus
from tests.unit.rendering.documents import documents, pieces
from tests.unit.rendering.page import Page, parse

Test = TypeVar("Test", bound=Callable[..., None])

thoroughly = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# What once went wrong, or would at the slightest slip.
DEFINITION_BESIDE_A_LIST = ["- [x\n1. - b\n  \n", "  [a]: /u\n", "~~s\n"]
DEFINITION_AFTER_AN_EMPTY_ITEM = ["*     \n\n", "  [a]: /u\n", "b\n"]
FORM_FEED_IN_CODE = list("    a\n\n\t\x0c\n\n\tcode\n\n- b\n")
GROWING_CODE = ["\t[", "x"]
NESTED_QUOTES = list("> - > - -")
DEFINITION_IN_THE_NEXT_LIST_OF_A_QUOTE = list("> * star\n> -   [a]: /u\npara text\n")
NOTES_WITH_ODD_NAMES = ["[^a\\]]: x\n\n\ty\n", *"[^a]:[^a]:\n\t\tx", "\n\n\n\ty", "\n\n[^a]:[^a]:[ẞ]:u\nb"]
TABLE_ABOVE_A_FORMULA = list("| a | b |\n|---|---|\n| 1 | 2 |\n$$\nx = 1\n- y\n$$\nafter\n")
HEADINGS_BETWEEN_FORMULAS = list("# $$\nb$$\n- $$\n\n# $|\n;$$\n# \n$$")
FORMULA_MARKS_IN_CODE = list("    > \\[ y\n- \n  > \\[ y\n\n> ~~~\n> y\n$$\n- item\n\n\t```\n$$\n>]\n$$\n")
FORMULA_MARKS_BEFORE_A_LIST = list("\\(b\n- $$x\n- \n\n| a | b |\n- $$x\n- \n")
DEFINITION_AFTER_CODE_IN_A_QUOTE = list("- > ```\n  [b]: <http://x y> 'title'\n[a]\n")
TABS_BEFORE_QUOTES = list("> \n\t> quote\n\n    code\n\n>\t\t\n\t>=\n>\n=\n")
FORMULA_ABOVE_A_NOTE = list("\\(\n[^a]:$$\n- \n")
NUMBER_BEFORE_ITS_POINT = ["1. a\n\n2", ". b\n"]


WENT_WRONG = [
    DEFINITION_BESIDE_A_LIST,
    DEFINITION_AFTER_AN_EMPTY_ITEM,
    FORM_FEED_IN_CODE,
    NUMBER_BEFORE_ITS_POINT,
    NOTES_WITH_ODD_NAMES,
    TABLE_ABOVE_A_FORMULA,
    HEADINGS_BETWEEN_FORMULAS,
    FORMULA_ABOVE_A_NOTE,
    FORMULA_MARKS_IN_CODE,
    FORMULA_MARKS_BEFORE_A_LIST,
    DEFINITION_AFTER_CODE_IN_A_QUOTE,
    TABS_BEFORE_QUOTES,
    DEFINITION_IN_THE_NEXT_LIST_OF_A_QUOTE,
    GROWING_CODE,
    NESTED_QUOTES,
]


def with_what_went_wrong(test: Test) -> Test:
    for case in WENT_WRONG:
        test = example(case)(test)
    return test


@pytest.fixture(params=[renderer.MAX_UNIT, 25], ids=["units of any length", "long units cut"], autouse=True)
def max_unit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how long a unit may be: in half of the runs most are cut."""
    length: int = request.param
    monkeypatch.setattr(renderer, "MAX_UNIT", length)
    return length


def fed(*texts: str) -> Renderer:
    renderer = Renderer()
    for text in texts:
        renderer.feed(text)
    return renderer


def finished(*texts: str) -> str:
    renderer = fed(*texts)
    renderer.finish()
    return renderer.html


@thoroughly
@given(pieces)
@with_what_went_wrong
def test_a_finished_text_looks_the_same_however_it_was_cut(pieces: list[str]) -> None:
    assert finished(*pieces) == render("".join(pieces))


@thoroughly
@given(pieces)
@with_what_went_wrong
def test_an_unfinished_text_looks_the_same_however_it_was_cut(pieces: list[str]) -> None:
    renderer = Renderer()
    for piece, text in zip(pieces, accumulate(pieces), strict=True):
        renderer.feed(piece)
        assert renderer.html == fed(text).html


@thoroughly
@given(pieces)
@with_what_went_wrong
def test_the_patches_turn_each_page_into_the_next(pieces: list[str]) -> None:
    renderer, page = Renderer(), Page()
    for piece in pieces:
        page.apply(renderer.feed(piece))
        assert page.container == parse(renderer.html)
    page.apply(renderer.finish())
    assert page.container == parse(renderer.html)


@thoroughly
@given(documents, st.integers(0, 500), st.integers(1, 20))
def test_a_reader_who_comes_later_sees_what_one_who_never_left_sees(text: str, place: int, step: int) -> None:
    assert_resumes(text, place % (len(text) + 1), step)


def assert_resumes(text: str, place: int, step: int) -> None:
    renderer = fed(text[:place])  # silently: its patches go nowhere
    page = Page(renderer.html)
    for start in range(place, len(text), step):
        page.apply(renderer.feed(text[start : start + step]))
    page.apply(renderer.finish())
    assert page.container == parse(render(text))


@thoroughly
@given(pieces)
@with_what_went_wrong
def test_what_is_settled_is_only_added_to(pieces: list[str]) -> None:
    renderer = Renderer()
    settled: list[str] = []
    for piece in pieces:
        renderer.feed(piece)
        assert renderer.settled[: len(settled)] == settled
        assert renderer.html.startswith("".join(renderer.settled))
        settled = list(renderer.settled)
    renderer.finish()
    assert renderer.settled[: len(settled)] == settled
    assert renderer.html == "".join(renderer.settled)


@thoroughly
@given(documents)
def test_a_browser_has_nothing_to_repair(text: str) -> None:
    """Parsed as HTML5 and written out again, the page is what it was: innerHTML makes exactly this tree."""
    for html in (fed(text).html, render(text)):
        assert "\r" not in html
        assert _as_html5(html) == html


def _as_html5(html: str) -> str:
    every_tag = {element.tag for element in parse(html).find_all()}
    every_attribute = {name for element in parse(html).find_all() for name in element.attributes}
    return nh3.clean(html, tags=every_tag, attributes={"*": every_attribute}, link_rel=None)


@thoroughly
@given(documents)
def test_nothing_is_shown_as_it_was_written_but_what_is_out_of_hand(text: str) -> None:
    for html in (fed(text).html, render(text)):
        assert html.count("<pre>") == html.count("</figcaption><pre>")


@pytest.mark.parametrize("kind", corpus.KINDS)
def test_an_answer_of_every_kind_is_streamed_exactly(kind: str, max_unit: int) -> None:
    text = corpus.answer(kind, 2_000 if max_unit > 25 else 200)
    renderer, page = Renderer(), Page()
    for frame in corpus.frames(text):
        page.apply(renderer.feed(frame))
    page.apply(renderer.finish())
    assert renderer.html == render(text)
    assert page.container == parse(renderer.html)


@pytest.mark.parametrize("kind", corpus.KINDS)
def test_an_answer_of_every_kind_can_be_resumed_anywhere(kind: str, max_unit: int) -> None:
    text = corpus.answer(kind, 1_000 if max_unit > 25 else 100)
    for place in range(0, len(text), 97):
        assert_resumes(text, place, step=500)


@pytest.mark.parametrize("before, after", [("", ""), ("- item\n  ", "\n  "), ("> ", "\n> "), ("1. > ", "\n   > ")])
def test_a_line_of_code_without_end_is_not_read_again_and_none_of_it_is_lost(before: str, after: str) -> None:
    line = "  " + "".join(f"<{number}>" for number in range(3_000))
    text = f"{before}```{after or chr(10)}{line}{after or chr(10)}end{after or chr(10)}```\n\nafter"
    renderer, page = Renderer(), Page()
    for start in range(0, len(text), 100):
        page.apply(renderer.feed(text[start : start + 100]))
        assert page.container == parse(renderer.html)
    page.apply(renderer.finish())
    assert renderer.html == render(text)
    assert page.container.find("code").text == f"{line}\nend\n"
