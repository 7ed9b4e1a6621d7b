"""Events, cursors and timelines: small things everything else rests on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.models.timeline import MAX_POINTS, points_of
from chat.streaming import sse
from chat.streaming.follow import Cursor


def decoded(stream: str) -> tuple[str, str, str]:
    """Read one event as the specification says, lines ended by LF alone."""
    fields: dict[str, list[str]] = {"event": [], "id": [], "data": []}
    lines = stream.split("\n")
    assert lines[-2:] == ["", ""]
    for line in lines[:-2]:
        name, _, value = line.partition(":")
        fields[name].append(value.removeprefix(" "))
    return "\n".join(fields["event"]), "\n".join(fields["id"]), "\n".join(fields["data"])


def test_an_event_has_its_name_its_cursor_and_its_data() -> None:
    assert sse.encode("patch", "<p>Hi</p>", "12.0") == "event: patch\nid: 12.0\ndata: <p>Hi</p>\n\n"


@given(st.text(st.sampled_from("a <:\n\r\u2028\x85 event: done data"), max_size=40))
def test_data_can_end_no_line_but_its_own(data: str) -> None:
    encoded = sse.encode("patch", data, "1.0")
    assert "\r" not in encoded
    assert decoded(encoded) == ("patch", "1.0", data.replace("\r\n", "\n").replace("\r", "\n"))


@pytest.mark.parametrize(
    "value",
    ["", "1", "1.", ".1", "a.b", "-1.0", "1.0.0", " 1.0", "1.0\n", "١.٠", "1e3.0", "9" * 10 + ".0", "0x1.0"],
)
def test_what_is_not_a_cursor_is_none(value: str) -> None:
    assert Cursor.parse(value) is None


@given(st.integers(0, 999_999_999), st.integers(0, 999_999_999))
def test_a_cursor_survives_the_wire(text: int, reasoning: int) -> None:
    assert Cursor.parse(str(Cursor(text, reasoning))) == Cursor(text, reasoning)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 50)), max_size=5_000 // 50))
def test_a_timeline_ends_with_the_whole_length(arrivals: list[tuple[int, int]]) -> None:
    points = points_of(arrivals)
    assert len(points) == len(arrivals)
    assert not points or points[-1][1] == sum(characters for _, characters in arrivals)


@pytest.mark.parametrize("count", [MAX_POINTS, MAX_POINTS + 1, 3 * MAX_POINTS + 7])
def test_a_long_timeline_is_thinned_and_keeps_its_end(count: int) -> None:
    points = points_of([(number, 2) for number in range(count)])
    assert MAX_POINTS // 2 <= len(points) <= MAX_POINTS
    assert points[-1] == [count - 1, 2 * count]
