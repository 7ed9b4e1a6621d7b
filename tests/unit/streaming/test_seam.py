"""Where a continuation repeats the last words of what was there, they are dropped; anything else stays."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.streaming.seam import SHORTEST_OVERLAP, Seam

BEFORE = "The sky is blue because air scatters"


def joined(before: str, *pieces: str) -> str:
    seam = Seam(before)
    return "".join(map(seam.feed, pieces)) + seam.finish()


@pytest.mark.parametrize(
    ("pieces", "added"),
    [
        ([" short waves."], " short waves."),
        (["because air scatters short waves."], " short waves."),
        (["because ", "air ", "scatters", " short ", "waves."], " short waves."),
        (["b", "e", "cause air scatters!"], "!"),
        ([BEFORE + " light."], " light."),
        (["because air"], "because air"),  # a repetition that stops short of the end is none
        (["ers"], "ers"),  # too short to be one
        ([""], ""),
    ],
)
def test_the_seam_is_clean(pieces: list[str], added: str) -> None:
    assert joined(BEFORE, *pieces) == added


def test_digits_that_happen_to_match_are_kept() -> None:
    assert joined("It costs 10", "00 euros") == "00 euros"


def test_an_answer_that_begins_has_no_seam() -> None:
    seam = Seam("")
    assert seam.feed("Hello") == "Hello"


def test_nothing_is_held_back_once_it_cannot_be_a_repetition() -> None:
    seam = Seam(BEFORE)
    assert seam.feed("Yes") == "Yes"
    assert seam.feed("because air scatters") == "because air scatters"


@given(st.text("ab ", min_size=1, max_size=30), st.text("ab ", max_size=30), st.lists(st.integers(0, 30), max_size=4))
def test_how_the_continuation_was_cut_does_not_matter(before: str, more: str, cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(more)]
    pieces = [more[start:end] for start, end in pairwise(bounds)]
    whole = joined(before, more)
    assert joined(before, *pieces) == whole
    assert more.endswith(whole)
    dropped = more[: len(more) - len(whole)]
    assert not dropped or (before.endswith(dropped) and len(dropped) >= SHORTEST_OVERLAP)
