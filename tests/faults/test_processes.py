"""What happens to an answer when the process that writes it is told to end, or just dies."""

import re
import signal
import socket
import time

from chat.management.commands.serve import SERVER
from tests.faults.conftest import IS_SQLITE, TAKE_OVER_SECONDS, Site, begun
from tests.server import Server
from tests.upstream import Finish, Gate, Hang, Say, Upstream
from tests.visitor import Visitor, words


def test_what_was_shown_is_there_after_a_kill(server: Server, visitor: Visitor, model: Upstream) -> None:
    model.script(Say(*[f"word{number} " for number in range(40)], every=0.02), Hang())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        shown = "".join(words(event.data) for event in stream.until("word20"))
        server.kill()
    server.start()
    assert visitor.wait_for_state(answer, "interrupted", seconds=TAKE_OVER_SECONDS)
    kept = visitor.text(answer)
    assert set(re.findall(r"word\d+ ", shown)) <= set(re.findall(r"word\d+ ", kept))
    assert len(visitor.answers()) == 1


def test_an_interrupted_answer_goes_on_where_it_stopped(server: Server, visitor: Visitor, model: Upstream) -> None:
    with begun(visitor, model, Hang()) as (answer, _):
        server.kill()
    server.start()
    visitor.wait_for_state(answer, "interrupted", seconds=TAKE_OVER_SECONDS)
    model.script(Say(" and on"), Finish())
    assert visitor.post(f"/messages/{answer}/continue/")[0] == 303
    visitor.wait_for_state(answer, "complete")
    assert visitor.text(answer) == "so far and on"


def test_an_answer_that_had_shown_nothing_is_asked_for_again(server: Server, visitor: Visitor, model: Upstream) -> None:
    hang = Hang()
    model.script(hang)
    answer = visitor.ask()
    hang.wait_until_reached()
    server.kill()
    server.start()
    visitor.wait_for_state(answer, "complete", seconds=TAKE_OVER_SECONDS)
    assert visitor.text(answer) == "Hello world"


def test_an_abandoned_answer_that_can_not_be_ended_holds_up_no_other(
    site: Site, server: Server, visitor: Visitor, model: Upstream
) -> None:
    model.default = (Say("so far"), Hang())
    answers = [visitor.ask() for _ in range(3)]
    site.peek.wait_for(lambda: site.peek.value("SELECT count(*) FROM chat_chunk") == 3)
    server.kill()
    second = "SELECT id, '[]' FROM chat_generation ORDER BY id LIMIT 1 OFFSET 1"
    site.peek.run(f"INSERT INTO chat_timeline (generation_id, points) {second}")  # where its end has to write one
    site.peek.expire_leases()
    server.start()
    site.peek.wait_for(lambda: site.peek.states() == ["interrupted", "running", "interrupted"])
    server.wait_for_log("can't be taken over")
    site.peek.run("DELETE FROM chat_timeline WHERE points = '[]'")
    site.peek.expire_leases()
    site.peek.wait_for(lambda: site.peek.states() == ["interrupted"] * 3)
    assert [visitor.text(answer) for answer in answers] == ["so far"] * 3


def test_sigterm_ends_streams_cleanly_and_interrupts_what_will_not_finish(
    server: Server, visitor: Visitor, model: Upstream
) -> None:
    with begun(visitor, model, Hang()) as (answer, stream):
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        assert [event.name for event in stream] == []
        # Ended by us at once, not by the server's backstop, which cuts what is still open.
        assert time.monotonic() - began < SERVER["timeout_graceful_shutdown"]
    server.wait()
    model.wait_until_idle()
    server.start()
    assert visitor.state(answer) == "interrupted"
    assert visitor.text(answer) == "so far"


def test_sigterm_lets_an_answer_finish_within_the_grace(server: Server, visitor: Visitor, model: Upstream) -> None:
    gate = Gate()
    with begun(visitor, model, gate, Say(" and on"), Finish()) as (answer, _):
        server.signal(signal.SIGTERM)
        gate.release()
    server.wait()
    server.start()
    assert (visitor.state(answer), visitor.text(answer)) == ("complete", "so far and on")


def test_sigterm_waits_for_no_client_that_stalls_in_mid_request(
    server: Server, visitor: Visitor, model: Upstream
) -> None:
    stalled = socket.create_connection(("127.0.0.1", server.port))
    with stalled, begun(visitor, model, Hang()) as (answer, _):
        stalled.sendall(b"POST /chat/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nx")
        visitor.get(visitor.page)  # by then it has reached the server
        server.signal(signal.SIGTERM)
        server.wait()
    server.start()
    assert (visitor.state(answer), visitor.text(answer)) == ("interrupted", "so far")


def test_an_error_leaves_a_trace_in_the_log(site: Site, server: Server, visitor: Visitor) -> None:
    visitor.ask()
    server.stop()
    server.start()
    if IS_SQLITE:
        site.peek.file.rename(site.peek.file.with_name("away.sqlite3"))
    else:
        site.peek.run("DROP SCHEMA public CASCADE")
    assert visitor.get("/chat/")[0] == 500
    assert "Traceback" in server.log.read_text()
