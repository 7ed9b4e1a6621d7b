"""Requests nobody should send, or send twice, or send just then."""

import re
import uuid

import pytest

from tests.faults.conftest import Site
from tests.races import at_once
from tests.screen import Screen
from tests.server import Server
from tests.upstream import Endless, Finish, Gate, Hang, Say, Upstream
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("shared_server")


# Streams


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT"])
@pytest.mark.parametrize("view", ["stream", "live"])
def test_a_stream_is_read_by_get_alone(visitor: Visitor, model: Upstream, method: str, view: str) -> None:
    model.script(Say("so far"), gate := Gate(), Finish())
    answer = visitor.ask()
    gate.wait_until_reached()
    with visitor.open(f"/messages/{answer}/{view}/", method=method) as response:
        assert response.status in (403, 405)
        assert response.response.read() == b"" or response.status == 403
    gate.release()
    visitor.wait_for_state(answer, "complete")


def test_another_site_can_neither_read_a_stream_nor_stop_an_answer(
    visitor: Visitor, server: Server, model: Upstream
) -> None:
    elsewhere = {"Origin": "https://elsewhere.example", "Referer": "https://elsewhere.example/"}
    model.script(Say("so far"), gate := Gate(), Finish())
    answer = visitor.ask()
    gate.wait_until_reached()
    with visitor.open(f"/messages/{answer}/stream/", elsewhere) as stream:
        assert not [name for name in stream.response.headers if name.lower().startswith("access-control")]
    assert visitor.morsels["sessionid"]["samesite"] == "Lax"  # so that browsers send no cookie from there
    assert Visitor(server.url).get(f"/messages/{answer}/stream/", elsewhere)[0] == 404
    with visitor.open(f"/messages/{answer}/stop/", elsewhere, method="POST", body="x=1") as response:
        assert response.status == 403
    gate.release()
    visitor.wait_for_state(answer, "complete")


# Stop


def test_stop_twice_is_stop(visitor: Visitor, model: Upstream) -> None:
    model.script(Say("so far"), Hang())
    answer = visitor.ask()
    Screen(visitor, answer).read_once(until=lambda screen: "so far" in screen.text)
    said = at_once(2, lambda: visitor.post(f"/messages/{answer}/stop/")[0])
    visitor.wait_for_state(answer, "stopped")
    assert [*said, visitor.post(f"/messages/{answer}/stop/")[0]] == [303, 303, 303]
    assert (visitor.state(answer), visitor.text(answer)) == ("stopped", "so far")
    model.wait_until_idle()


def test_a_stop_that_races_the_end_leaves_one_ending_and_the_text_that_was_shown(
    visitor: Visitor, model: Upstream
) -> None:
    for _ in range(20):
        model.script(Say("so far"), gate := Gate(), Say(" and on"), Finish())
        answer = visitor.ask()
        screen = Screen(visitor, answer)
        screen.read_once(until=lambda screen: "so far" in screen.text)
        gate.release()
        assert visitor.post(f"/messages/{answer}/stop/")[0] == 303
        state = visitor.wait_for_state(answer, "stopped", "complete")
        assert visitor.text(answer) in (["so far and on"] if state == "complete" else ["so far", "so far and on"])
        assert screen.watch().text == visitor.text(answer)
        assert visitor.state(answer) == state


# Send


def test_one_form_sent_from_two_tabs_at_once_gives_one_turn(visitor: Visitor, site: Site) -> None:
    visitor.ask()
    visitor.wait_for_state(visitor.answers()[-1], "complete")
    for _ in range(10):
        form = {"text": "And now?", "key": str(uuid.uuid4())}
        before = site.peek.value("SELECT count(*) FROM chat_message")
        said = at_once(2, lambda form=form: visitor.post(f"{visitor.page}messages/", **form))  # type: ignore[misc]
        assert {(status, headers["Location"]) for status, headers, _ in said} == {(303, visitor.page)}
        assert site.peek.value("SELECT count(*) FROM chat_message") == before + 2
        visitor.wait_for_state(visitor.answers()[-1], "complete")


def test_two_messages_sent_at_once_give_one_turn_and_one_refusal(visitor: Visitor, model: Upstream) -> None:
    visitor.wait_for_state(visitor.ask(), "complete")
    model.script(gate := Gate(), Finish())
    said = at_once(2, lambda: visitor.post(f"{visitor.page}messages/", text="And now?", key=str(uuid.uuid4()))[0])
    assert sorted(said) == [303, 409]
    gate.release()


def test_sending_while_an_answer_is_written_is_refused_and_keeps_the_draft(visitor: Visitor, model: Upstream) -> None:
    model.script(Say("so far"), gate := Gate(), Say(" and on"), Finish())
    answer = visitor.ask()
    gate.wait_until_reached()
    status, _, html = visitor.post(f"{visitor.page}messages/", text="My <next> question", key=str(uuid.uuid4()))
    assert status == 409
    assert "An answer is still being written." in html
    assert re.search(r"<textarea[^>]*>\s*My &lt;next&gt; question</textarea>", html)
    gate.release()
    visitor.wait_for_state(answer, "complete")
    assert (visitor.text(answer), len(visitor.answers())) == ("so far and on", 1)


# Edit


def test_an_edit_in_mid_answer_stops_that_one_and_keeps_its_text(visitor: Visitor, model: Upstream) -> None:
    model.script(Say("so far"), Hang())
    stopped = visitor.ask("Why is the sky blue?")
    Screen(visitor, stopped).read_once(until=lambda screen: "so far" in screen.text)
    old = visitor.questions()[-1]
    model.script(Say("Anew."), Finish())
    assert visitor.post(f"/messages/{old}/edit/", text="Why is the sea blue?", key=str(uuid.uuid4()))[0] == 303
    [answer] = visitor.answers()
    visitor.wait_for_state(answer, "complete")
    model.wait_until_idle()  # nobody listens to the one that was stopped
    assert (visitor.text(answer), visitor.text(visitor.questions()[0])) == ("Anew.", "Why is the sea blue?")
    assert model.requests[-1].body["messages"][-1] == {"role": "user", "content": "Why is the sea blue?"}
    visitor.post(f"/messages/{old}/choose/")
    assert visitor.answers() == [stopped]
    assert (visitor.state(stopped), visitor.text(stopped)) == ("stopped", "so far")


def test_one_edit_sent_from_two_tabs_at_once_gives_one_version(visitor: Visitor, site: Site) -> None:
    visitor.wait_for_state(visitor.ask(), "complete")
    for _ in range(10):
        path = f"/messages/{visitor.questions()[-1]}/edit/"
        form = {"text": "Why is the sea blue?", "key": str(uuid.uuid4())}
        before = site.peek.value("SELECT count(*) FROM chat_message")
        said = at_once(2, lambda path=path, form=form: visitor.post(path, **form))  # type: ignore[misc]
        assert {(status, headers["Location"]) for status, headers, _ in said} == {(303, visitor.page)}
        assert site.peek.value("SELECT count(*) FROM chat_message") == before + 2
        visitor.wait_for_state(visitor.answers()[-1], "complete")


def test_two_edits_at_once_are_two_versions_and_one_answer_is_written(
    visitor: Visitor, model: Upstream, site: Site
) -> None:
    visitor.wait_for_state(visitor.ask(), "complete")
    path = f"/messages/{visitor.questions()[-1]}/edit/"
    before = site.peek.value("SELECT count(*) FROM chat_message")
    edits = ["And the sea?", "And grass?"]
    for text in edits:
        model.script(Hang(), about=text)  # one of them may be stopped before it is asked
    words = iter(edits)
    said = at_once(2, lambda: visitor.post(path, text=next(words), key=str(uuid.uuid4()))[0])
    assert said == [303, 303]
    assert site.peek.value("SELECT count(*) FROM chat_message") == before + 4
    assert site.peek.value("SELECT count(*) FROM chat_generation WHERE state IN ('queued', 'running')") == 1
    [answer] = visitor.answers()  # of the later one
    visitor.post(f"/messages/{answer}/stop/")
    visitor.wait_for_state(answer, "stopped")
    model.wait_until_idle()


# Delete


def test_a_conversation_deleted_by_another_process_between_two_chunks_ends_its_stream_and_its_request(
    visitor: Visitor, server: Server, model: Upstream, site: Site
) -> None:
    model.script(Endless(every=0.01))
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("word")
        delete = f"from chat.models import Conversation; Conversation.objects.get(messages='{answer}').delete()"
        server.manage("shell", "-c", delete)
        last = [*stream][-1]
        assert last.name == "done"
        assert "This answer was deleted." in last.data
    model.wait_until_idle()
    assert visitor.get(f"/messages/{answer}/stream/")[0] == 404
    assert site.peek.value(f"SELECT count(*) FROM chat_chunk WHERE message_id = '{uuid.UUID(answer).hex}'") == 0
    assert "Traceback" not in server.log.read_text()
