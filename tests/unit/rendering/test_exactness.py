"""What is shown is a pure function of the text so far, and the patches lead there exactly."""

import nh3
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chat.rendering import Renderer, render
from tests.unit.rendering.documents import documents, pieces
from tests.unit.rendering.page import Page, page_of, parse

thoroughly = settings(max_examples=300, deadline=None)

# What once went wrong, or would at the slightest slip.
DEFINITION_BESIDE_A_LIST = ["- [x\n1. - b\n  \n", "  [a]: /u\n", "~~s\n"]
DEFINITION_AFTER_AN_EMPTY_ITEM = ["*     \n\n", "  [a]: /u\n", "b\n"]
FORM_FEED_IN_CODE = list("    a\n\n\t\x0c\n\n\tcode\n\n- b\n")
GROWING_CODE = ["\t[", "x"]
NESTED_QUOTES = list("> - > - -")
NUMBER_BEFORE_ITS_POINT = ["1. a\n\n2", ". b\n"]


def fed(*texts: str) -> Renderer:
    renderer = Renderer()
    for text in texts:
        renderer.feed(text)
    return renderer


def finished(*texts: str) -> Renderer:
    renderer = fed(*texts)
    renderer.finish()
    return renderer


@thoroughly
@given(pieces)
@example(DEFINITION_BESIDE_A_LIST)
@example(DEFINITION_AFTER_AN_EMPTY_ITEM)
@example(FORM_FEED_IN_CODE)
@example(NUMBER_BEFORE_ITS_POINT)
def test_a_finished_text_looks_the_same_however_it_was_cut(pieces: list[str]) -> None:
    text = "".join(pieces)
    streamed = finished(*pieces)
    assert streamed.blocks == finished(text).blocks
    assert streamed.html == render(text)


@thoroughly
@given(pieces)
@example(DEFINITION_BESIDE_A_LIST)
def test_an_unfinished_text_looks_the_same_however_it_was_cut(pieces: list[str]) -> None:
    renderer, text = Renderer(), ""
    for piece in pieces:
        renderer.feed(piece)
        text += piece
        assert renderer.blocks == fed(text).blocks


@thoroughly
@given(pieces)
@example(GROWING_CODE)
@example(NESTED_QUOTES)
def test_the_patches_turn_each_page_into_the_next(pieces: list[str]) -> None:
    renderer, page = Renderer(), Page()
    for piece in pieces:
        page.apply(renderer.feed(piece))
        assert page.container == page_of(renderer.blocks)
    page.apply(renderer.finish())
    assert page.container == page_of(renderer.blocks)


@thoroughly
@given(documents, st.integers(0, 500), st.integers(1, 20))
def test_a_reader_who_comes_later_sees_what_one_who_never_left_sees(text: str, place: int, step: int) -> None:
    place %= len(text) + 1
    page = Page(fed(text[:place]).blocks)
    resumed = fed(text[:place])  # silently: its patches go nowhere
    for start in range(place, len(text), step):
        page.apply(resumed.feed(text[start : start + step]))
    page.apply(resumed.finish())
    assert page.container == page_of(finished(text).blocks)


@thoroughly
@given(pieces)
def test_a_finished_block_never_changes(pieces: list[str]) -> None:
    renderer = Renderer()
    for piece in pieces:
        before = list(renderer.finished)
        renderer.feed(piece)
        assert renderer.finished[: len(before)] == before
    before = list(renderer.finished)
    renderer.finish()
    assert renderer.finished[: len(before)] == before


@thoroughly
@given(documents)
def test_a_browser_has_nothing_to_repair(text: str) -> None:
    """Parsed as HTML5 and written out again, every block is what it was: innerHTML makes exactly this tree."""
    for block in [*fed(text).blocks, *finished(text).blocks]:
        assert "\r" not in block
        assert _as_html5(block) == block


def _as_html5(html: str) -> str:
    every_tag = {element.tag for element in parse(html).find_all()}
    every_attribute = {name for element in parse(html).find_all() for name in element.attributes}
    return nh3.clean(html, tags=every_tag, attributes={"*": every_attribute}, link_rel=None)
