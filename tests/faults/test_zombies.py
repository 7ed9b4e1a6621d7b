"""Several processes on one database: an answer has one owner, and one that comes back too late writes nothing."""

import time

import pytest

from tests.fated import FREEZE
from tests.faults.conftest import IS_SQLITE, Measure, Site
from tests.server import Server
from tests.upstream import Finish, Gate, Hang, Say, Upstream
from tests.visitor import Visitor

LEASE_SECONDS, REAPER_SECONDS = 15.0, 5.0
only_postgresql = pytest.mark.skipif(IS_SQLITE, reason="on SQLite every process has the one clock and the one lock")


def test_what_a_dead_and_a_frozen_process_left_is_taken_over_and_the_frozen_one_writes_nothing_more(
    site: Site, model: Upstream, measure: Measure
) -> None:
    doomed, frozen, other = site.serve(), site.serve("freezes before a frame"), site.serve()
    visitor = Visitor(frozen.url)
    model.script(Say("one "), Hang(), about="dies")
    model.script(Say("one "), gate := Gate(), Say(FREEZE, " on"), Hang(), about="freezes")
    visitor.get("/chat/")
    orphan = visitor.at(doomed.url)
    orphaned, answer = orphan.ask("Who dies?"), visitor.ask("Who freezes?")
    site.peek.wait_for(lambda: site.peek.value("SELECT count(*) FROM chat_chunk") == 2)
    began = time.monotonic()
    doomed.kill()
    gate.release()
    frozen.wait_until_frozen()
    site.peek.wait_for(lambda: set(site.peek.states()) == {"interrupted"}, LEASE_SECONDS + REAPER_SECONDS + 10)
    took = time.monotonic() - began
    measure("seconds until another process took over", f"{took:.1f}")
    assert LEASE_SECONDS - 2 < took < LEASE_SECONDS + REAPER_SECONDS + 3
    visitor = visitor.at(other.url)
    assert (visitor.text(orphaned), visitor.text(answer)) == ("one ", "one ")
    model.script(Say("two"), Finish())
    visitor.post(f"/messages/{answer}/continue/")
    visitor.wait_for_state(answer, "complete")
    frozen.thaw()
    model.wait_until_idle()  # the request of the one that was frozen too
    assert (visitor.text(answer), visitor.state(answer)) == ("one two", "complete")
    assert site.peek.value("SELECT count(*) FROM chat_chunk") == 0
    assert frozen.is_running


@only_postgresql
def test_a_process_frozen_inside_its_transaction_holds_up_nobody_and_writes_nothing(
    site: Site, model: Upstream
) -> None:
    frozen, other = site.serve("freezes inside a frame"), site.serve()
    visitor = Visitor(frozen.url)
    model.script(Say("one "), gate := Gate(), Say(FREEZE, " on"), Hang())
    answer = visitor.ask()
    site.peek.wait_for(lambda: site.peek.written() == "one ")
    gate.release()
    frozen.wait_until_frozen()
    neighbour = Visitor(other.url)
    neighbours = neighbour.ask()
    neighbour.wait_for_state(neighbours, "complete")
    site.peek.expire_leases()  # waits for the row, until PostgreSQL ends the frozen transaction
    visitor = visitor.at(other.url)
    visitor.wait_for_state(answer, "interrupted")
    frozen.thaw()
    model.wait_until_idle()
    assert visitor.text(answer) == "one "
    assert visitor.state(answer) == "interrupted"


@only_postgresql
@pytest.mark.parametrize(
    ("one", "other"),
    [("is ten minutes ahead", "is ten minutes behind"), ("is ten minutes behind", "is ten minutes ahead")],
)
def test_clocks_apart_take_no_answer_from_who_is_alive(site: Site, model: Upstream, one: str, other: str) -> None:
    writes = site.serve(one)
    visitor = Visitor(writes.url)
    model.default = (Hang(),)
    model.script(Say("one "), gate := Gate(), Say("two"), Finish(), about="sky")
    bait, answer = visitor.ask("the bait"), visitor.ask("the sky")
    site.peek.wait_for(lambda: site.peek.written() == "one ")
    reaps = site.serve(other)
    site.peek.wait_for(lambda: is_taken_by(site, reaps, bait))  # and so it has looked at both
    assert site.peek.value("SELECT max(lease) < now() + interval '16 seconds' FROM chat_generation")
    gate.release()
    visitor.wait_for_state(answer, "complete")
    assert visitor.text(answer) == "one two"


def is_taken_by(site: Site, server: Server, answer: str) -> bool:
    """Lay out an abandoned answer that has shown nothing; tell whether this process was the one that took it over."""
    owner = site.peek.value(f"SELECT owner FROM chat_generation WHERE message_id = '{answer}'")
    site.peek.run(
        "UPDATE chat_generation SET claim = gen_random_uuid(), attempt = 1, lease = '2000-01-01'"
        f" WHERE message_id = '{answer}' AND state = 'running' AND lease > '2001-01-01'"
    )
    return str(owner).endswith(f":{server.pid}")


def test_stop_is_felt_in_another_process_within_two_seconds(site: Site, model: Upstream, measure: Measure) -> None:
    writes, other = site.serve(), site.serve()
    visitor = Visitor(writes.url)
    model.script(Say("so far"), Hang())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("so far")
        began = time.monotonic()
        assert visitor.at(other.url).post(f"/messages/{answer}/stop/")[0] == 303
        assert [event.name for event in stream] == ["done"]
    took = time.monotonic() - began
    measure("seconds from Stop in another process to the end on the screen", f"{took:.2f}")
    assert took < 2
    assert (visitor.state(answer), visitor.text(answer)) == ("stopped", "so far")
    model.wait_until_idle()
