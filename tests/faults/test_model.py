"""What a model may do to a site over a real line: flood it, never stop, say what no database or browser takes."""

import time

import pytest

from tests.faults.conftest import Measure, Site
from tests.screen import Screen
from tests.upstream import Endless, Finish, Gate, Say, Upstream
from tests.visitor import Visitor, words

pytestmark = pytest.mark.usefixtures("shared_server")

FLOOD = [f"token{number:05} " for number in range(30_000)]
SIZE_CAP = 400_000  # bytes
ENVIRONMENT = {"CHAT_MAX_ANSWER_BYTES": str(SIZE_CAP)}
HOSTILE = (
    "one\r\n\r\nevent: done\r\rid: 99.0\n\ndata: x\n\nretry: 1\n\n: ping\n\n"
    "soft\nevent: done\nid: 98.0\n: ping\nretry: 2\n\nline\u2028separator paragraph\u2029separator\n\n\ufefflast"
)
CLEAN = HOSTILE.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


def test_ten_thousand_tokens_a_second_arrive_whole_and_leave_room_for_others(
    site: Site, visitor: Visitor, model: Upstream, measure: Measure
) -> None:
    gate, end = Gate(), Gate()
    model.script(gate, Say(*FLOOD), Finish(), about="flood")
    model.script(Say("one"), gate, Say(" two", " three", every=0.05), end, Finish(), about="trickle")
    flood, trickle = visitor.ask("flood"), visitor.ask("trickle")
    with visitor.follow(trickle) as stream:
        stream.until("one")
        began = time.monotonic()
        gate.release()
        stream.until("three")
        with visitor.follow(trickle) as late:  # a new reader's page and stream take many turns of the loop
            late.until("one two three")
        assert site.peek.states() == ["running", "running"]
        end.release()
    shown = Screen(visitor, flood).watch().text
    assert "".join(shown.split()) == "".join(map(str.strip, FLOOD))  # so long a paragraph is cut at blanks
    measure(
        "tokens a second of one answer, from its first to the end", f"{len(FLOOD) / (time.monotonic() - began):,.0f}"
    )


def test_an_answer_without_end_stops_at_its_limit_and_its_request_is_closed(visitor: Visitor, model: Upstream) -> None:
    model.script(Endless("word " * 200))
    screen = Screen(visitor, visitor.ask()).watch()
    assert SIZE_CAP <= len(visitor.text(screen.answer)) < SIZE_CAP + 2_000
    assert "Stopped at its length limit." in visitor.get(visitor.page)[1]
    model.wait_until_idle()


def test_nul_and_lone_surrogates_are_replaced_and_the_neighbour_in_the_frame_is_unharmed(
    visitor: Visitor, model: Upstream
) -> None:
    gate, end = Gate(), Gate()
    model.script(Say("a"), gate, Say("\0\ud800b\udfff"), end, Finish(), about="bad")
    model.script(Say(*"c" * 100, every=0.01), Finish(), about="good")  # has a part in every frame
    bad, good = Screen(visitor, visitor.ask("bad")), Screen(visitor, visitor.ask("good"))
    with bad.in_background(), good.in_background():
        bad.wait_until_shows("a")
        good.wait_until_shows("cc")
        gate.release()
        bad.wait_until(lambda: "b" in bad.text or bad.is_over)
        end.release()
        bad.wait_until(lambda: bad.is_over)
        good.wait_until(lambda: good.is_over)
    assert (bad.text, good.text) == ("a\ufffd\ufffdb\ufffd", "c" * 100)
    assert (visitor.text(bad.answer), visitor.text(good.answer)) == ("a\ufffd\ufffdb\ufffd", "c" * 100)


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
    sent = "".join(words(event.data) for event in events)
    assert [line for line in CLEAN.split("\n") if line not in sent] == []
    assert visitor.text(answer) == CLEAN
    assert "event: done" in words(visitor.html(answer))
