"""What is shown of a text that was found."""

import time
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.models.search import Query
from chat.snippets import LENGTH, Marker, Piece


def snippet(query: str, text: str, *, is_markdown: bool = False) -> str:
    """Return a snippet with its hits in brackets."""
    return shown(Marker(Query(query)).snippet(text, is_markdown=is_markdown))


def shown(pieces: list[Piece]) -> str:
    return "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("sky", "Why is the sky blue?", "Why is the [sky] blue?"),
        ("BLUE why", "Why is the sky blue?", "[Why] is the sky [blue]?"),
        ("blu", "Why is the sky blue?", "Why is the sky [blue]?"),
        ('"the sky"', "Why is the  sky blue?", "Why is [the  sky] blue?"),
        ("is", "This is it, isn't it", "This [is] it, [isn]'t it"),
        ('"is"', "This is Islam", "This [is] Islam"),
        ("cafe", "Ein Café in Köln", "Ein [Café] in Köln"),
        ("cafe", "Ein Cafe\u0301", "Ein [Café]"),
        ("strasse", "die Straße", "die [Straße]"),
        ("fine", "ﬁne", "[ﬁne]"),
        ("東京", "昔の東京タワー", "昔の[東京]タワー"),
        ("手机", "我的iPhone手机", "我的iPhone[手机]"),
        ("iphone手机", "我的iPhone 手机", "我的[iPhone 手机]"),
        ("well-known", "A well-known place", "A [well-known] place"),
        ("한", "대한민국", "대[한]민국"),
        ("nothing", "Why is the sky blue?", "Why is the sky blue?"),
    ],
)
def test_hits_are_marked(query: str, text: str, expected: str) -> None:
    assert snippet(query, text) == expected


def test_it_shows_what_is_around_the_first_hit_between_words() -> None:
    text = "before " * 100 + "the hit " + "after " * 100
    found = snippet("hit", text)
    assert found.startswith("…before ")
    assert "before the [hit] after after" in found
    assert found.endswith(" after…")
    assert len(found) <= LENGTH + 4


def test_a_text_without_blanks_is_cut_all_the_same() -> None:
    found = snippet("東京", "山" * 500 + "東京" + "川" * 500)
    assert "山[東京]川" in found
    assert len(found) <= LENGTH + 4


def test_an_answer_is_shown_without_markdown() -> None:
    text = "## Colours\n\nThe **sky** is `blue`, as [one may read](https://example.org/).\n\n- one\n- two"
    assert snippet("sky", text, is_markdown=True) == (
        "Colours The [sky] is blue, as one may read (https://example.org/). - one - two"
    )


def test_what_only_the_marks_say_is_shown_too() -> None:
    assert "[python]" in snippet("python", "```python\nprint()\n```", is_markdown=True)


def test_a_question_is_shown_as_it_was_written() -> None:
    assert snippet("bold", "some **bold** words") == "some **[bold]** words"


@settings(deadline=None)
@given(query=st.text(max_size=20), text=st.text(max_size=400), is_markdown=st.booleans())
def test_no_text_and_no_query_are_beyond_it(query: str, text: str, is_markdown: bool) -> None:
    pieces = Marker(Query(query)).snippet(text, is_markdown=is_markdown)
    assert len("".join(piece.text for piece in pieces)) <= LENGTH + 2
    assert all(piece.text for piece in pieces)


@settings(deadline=None)
@given(query=st.text(max_size=20), text=st.text(max_size=200))
def test_a_title_stays_whole(query: str, text: str) -> None:
    assert "".join(piece.text for piece in Marker(Query(query)).marked(text)) == normalize("NFC", text)


def test_a_megabyte_takes_no_longer_than_its_bound() -> None:
    began = time.process_time()
    snippet("nowhere", "è so " * 200_000, is_markdown=True)
    assert time.process_time() - began < 1
