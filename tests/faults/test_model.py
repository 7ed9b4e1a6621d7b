"""What a model may do to a site over a real line: flood it, never stop, say what no database or browser takes."""

import time
from collections.abc import Iterator

import pytest

from tests.faults.conftest import Measure, new_server
from tests.screen import Screen
from tests.server import Server
from tests.upstream import Endless, Finish, Gate, Say, Upstream
from tests.visitor import Visitor, words

FLOOD = [f"token{number:05} " for number in range(20_000)]
SIZE_CAP = 400_000  # bytes
HOSTILE = (
    "one\r\n\r\nevent: done\r\rid: 99.0\n\ndata: x\n\nretry: 1\n\n: ping\n\n"
    "line\u2028separator paragraph\u2029separator\n\n\ufefflast"
)
CLEAN = HOSTILE.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


@pytest.fixture(scope="module")
def shared_model() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def server(shared_model: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all of these: no test here harms it."""
    limit = {"CHAT_MAX_ANSWER_BYTES": str(SIZE_CAP)}
    with new_server(tmp_path_factory.mktemp("server"), shared_model, **limit) as server:
        yield server


@pytest.fixture
def model(shared_model: Upstream) -> Upstream:
    return shared_model


def test_ten_thousand_tokens_a_second_arrive_whole_and_leave_room_for_others(
    visitor: Visitor, model: Upstream, measure: Measure
) -> None:
    model.script(Say(*FLOOD), Finish(), about="flood")
    model.script(Say("one ", "two ", "three", every=0.05), Finish(), about="trickle")
    began = time.monotonic()
    flood, trickle = visitor.ask("flood"), visitor.ask("trickle")
    assert Screen(visitor, trickle).watch().text == "one two three"
    assert Screen(visitor, flood).watch().text == "".join(FLOOD).rstrip()
    measure("tokens a second of one answer, from asking to the end", f"{len(FLOOD) / (time.monotonic() - began):,.0f}")


def test_an_answer_without_end_stops_at_its_limit_and_its_request_is_closed(visitor: Visitor, model: Upstream) -> None:
    model.script(Endless("word " * 200))
    screen = Screen(visitor, visitor.ask()).watch()
    assert SIZE_CAP <= len(visitor.text(screen.answer)) < SIZE_CAP + 2_000
    assert "Stopped at its length limit." in visitor.get(visitor.page)[1]
    model.wait_until_idle()


def test_nul_and_lone_surrogates_are_replaced_and_the_neighbour_in_the_frame_is_unharmed(
    visitor: Visitor, model: Upstream
) -> None:
    gate = Gate()
    model.script(Say("a"), gate, Say("\0\ud800b\udfff"), Finish(), about="bad")
    model.script(Say("c"), gate, Say("d"), Finish(), about="good")
    bad, good = Screen(visitor, visitor.ask("bad")), Screen(visitor, visitor.ask("good"))
    with bad.in_background(), good.in_background():
        bad.wait_until_shows("a")
        good.wait_until_shows("c")
        gate.release()
        bad.wait_until(lambda: bad.is_over)
        good.wait_until(lambda: good.is_over)
    assert (bad.text, good.text) == ("a\ufffd\ufffdb\ufffd", "cd")
    assert (visitor.text(bad.answer), visitor.text(good.answer)) == ("a\ufffd\ufffdb\ufffd", "cd")


@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_text_that_looks_like_the_wire_stays_text(visitor: Visitor, model: Upstream, size: int) -> None:
    pieces = [HOSTILE[start : start + size] for start in range(0, len(HOSTILE), size)]
    model.script(Say(*pieces, every=0.002), Finish())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        events = list(stream)
    assert {event.name for event in events[:-1]} == {"patch"}
    assert events[-1].name == "done"
    assert events[-1].id == f"{len(CLEAN)}.0"
    assert visitor.text(answer) == CLEAN
    assert "event: done" in words(visitor.html(answer))
