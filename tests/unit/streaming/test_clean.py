"""The one door every delta passes, cut anywhere."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.streaming.clean import Cleaner

AWKWARD = st.text(st.sampled_from("a\r\n\0\ufeff\ud83d\ude00\u2028é"), max_size=12)


def cleaned(*pieces: str) -> str:
    cleaner = Cleaner()
    return "".join(map(cleaner.feed, pieces)) + cleaner.finish()


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["a\r\nb"], "a\nb"),
        (["a\rb"], "a\nb"),
        (["a\r", "\nb"], "a\nb"),
        (["a\r", "b"], "a\nb"),
        (["a\r"], "a\n"),
        (["\r", "\r", "\n"], "\n\n"),
        (["a\0b"], "a\ufffdb"),
        (["\ufeffa"], "a"),
        (["\ud83d\ude00"], "\U0001f600"),
        (["\ud83d", "\ude00"], "\U0001f600"),
        (["\ud83d", "x"], "\ufffdx"),
        (["\ude00"], "\ufffd"),
        (["\ud83d"], "\ufffd"),
        (["\u2028 \x85 \x0b"], "\u2028 \x85 \x0b"),
    ],
)
def test_it_makes_text_both_databases_take(pieces: list[str], text: str) -> None:
    assert cleaned(*pieces) == text


@given(AWKWARD, st.lists(st.integers(0, 12), max_size=4))
def test_how_the_text_was_cut_does_not_matter(text: str, cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(bounds)]
    assert cleaned(*pieces) == cleaned(text)


@given(AWKWARD)
def test_what_comes_out_is_clean(text: str) -> None:
    out = cleaned(text)
    assert not set(out) & set("\r\0\ufeff")
    out.encode()  # no surrogate is left
    assert cleaned(out) == out
