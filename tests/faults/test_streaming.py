"""Streams over real sockets, from a real server process: live, exact to resume, and nobody's but the owner's."""

import re

import pytest

from tests.server import Server
from tests.upstream import Finish, Gate, Say, Upstream
from tests.visitor import Event, Visitor, words

pytestmark = pytest.mark.usefixtures("shared_server")

MARKDOWN = (
    "# Sky\n\nThe *quick* **fox**:\n\n- one\n- two\n\n```py\nx = '<b>'\n```\n\n"
    "| a | b |\n|---|:-:|\n| 1 | 2 |\n\nThe end."
)


def patches(events: list[Event]) -> list[Event]:
    return [event for event in events if event.name == "patch"]


def test_events_arrive_one_by_one_while_the_model_writes(visitor: Visitor, model: Upstream) -> None:
    gates = [Gate(), Gate(), Gate()]
    model.script(Say("one "), gates[0], Say("two "), gates[1], Say("three"), gates[2], Finish())
    with visitor.follow(visitor.ask()) as stream:
        for gate, word in zip(gates, ["one", "two", "three"], strict=True):
            assert word in stream.until(word)[-1].data  # read though the model has not gone on yet
            gate.release()
        assert next(iter(stream)).name == "done"


def test_a_stream_says_what_it_is(visitor: Visitor, model: Upstream) -> None:
    model.script(Say("Hello"), Finish())
    with visitor.follow(visitor.ask()) as stream:
        headers = stream.response.headers
        assert stream.status == 200
        assert headers["Content-Type"] == "text/event-stream"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Encoding"] == "identity"
        assert headers["X-Accel-Buffering"] == "no"
        assert stream.response.readline() == b"retry: 500\n"


def test_leaving_and_reading_change_nothing(visitor: Visitor, model: Upstream) -> None:
    gate = Gate()
    model.script(Say("one "), gate, Say("two"), Finish())
    answer = visitor.ask()
    for _ in range(3):
        with visitor.follow(answer) as stream:
            stream.until("one")
    gate.release()
    visitor.wait_for_state(answer, "complete")
    assert visitor.text(answer) == "one two"
    model.wait_until_idle()


def test_a_resume_from_every_cursor_sends_the_rest_and_only_that(visitor: Visitor, model: Upstream) -> None:
    model.script(Say(*re.findall(r"\S+\s*", MARKDOWN), every=0.06), Finish())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        live = patches(list(stream))
    assert len(live) > 5
    assert live[-1].id == f"{len(MARKDOWN)}.0"
    for number, event in enumerate(live):
        with visitor.follow(answer, after=event.id) as stream:
            rest = patches(list(stream))
        if number == len(live) - 1:
            assert rest == []
        else:
            assert rest[-1].id == live[-1].id
        with visitor.follow(answer, last_event_id=event.id) as stream:
            assert patches(list(stream)) == rest


def test_what_a_resume_sends_is_the_text_after_its_cursor_character_for_character(
    visitor: Visitor, model: Upstream
) -> None:
    text = "Light is scattered by the air, and blue light more than red."
    model.script(Say(*re.findall(r"\S+ ?", text), every=0.06), Finish())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        cursors = [event.id for event in patches(list(stream))]
    assert len(cursors) > 5
    for cursor in cursors:
        with visitor.follow(answer, after=cursor) as stream:
            rest = "".join(words(event.data) for event in patches(list(stream)))
        on_the_page = text[: int(cursor.removesuffix(".0"))].rstrip(" ")  # Markdown shows no blank at the end
        assert on_the_page + rest == text


@pytest.mark.parametrize("cursor", ["", "x", "-1.0", "99999.0", "1e9.1", "%00", "5", "999999999999.0"])
def test_nonsense_for_a_cursor_means_from_the_beginning(visitor: Visitor, model: Upstream, cursor: str) -> None:
    model.script(Say("Hello"), Finish())
    answer = visitor.ask()
    visitor.wait_for_state(answer, "complete")
    with visitor.follow(answer, after=cursor) as stream:
        first, last = list(stream)
    assert "Hello" in first.data
    assert last.name == "done"


def test_the_further_of_the_two_cursors_counts_and_a_bad_header_is_ignored(visitor: Visitor, model: Upstream) -> None:
    model.script(Say("Hello"), Finish())
    answer = visitor.ask()
    visitor.wait_for_state(answer, "complete")
    for after, header in (("5.0", "2.0"), ("2.0", "5.0"), ("5.0", "nonsense")):
        with visitor.follow(answer, after=after, last_event_id=header) as stream:
            assert [event.name for event in stream] == ["done"]


def test_a_stranger_gets_404_and_no_redirect(visitor: Visitor, server: Server, model: Upstream) -> None:
    answer = visitor.ask()
    stranger = Visitor(server.url)
    assert stranger.get(f"/messages/{answer}/stream/")[0] == 404  # anonymous
    stranger.ask("I am somebody else")
    assert stranger.get(f"/messages/{answer}/stream/")[0] == 404
    assert stranger.get(f"/messages/{answer}/live/")[0] == 404


def test_without_script_an_answer_grows_in_a_frame_by_finished_blocks(visitor: Visitor, model: Upstream) -> None:
    gate = Gate()
    model.script(Say("First.\n\nSecond.\n\nThi"), gate, Say("rd."), Finish())
    answer = visitor.ask()
    with visitor.open(f"/messages/{answer}/live/") as stream:
        assert stream.response.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in stream.response.headers["Content-Security-Policy"]
        shown = b""
        while b"First." not in shown:
            shown += stream.response.read1()
        gate.release()
        shown += stream.response.read()
    html = shown.decode()
    assert html.index("First.") < html.index("Second.") < html.index("Third.")
    assert f'<a href="{visitor.page}" target="_top">Show the finished answer</a>' in html


def test_a_page_loaded_in_mid_answer_goes_on_from_its_own_cursor(visitor: Visitor, model: Upstream) -> None:
    gate = Gate()
    model.script(Say("one *two"), gate, Say("* three"), Finish())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        cursor = stream.until("one")[-1].id
    _, page = visitor.get(visitor.page)
    assert f"/messages/{answer}/stream/?after={cursor}" in page
    assert visitor.html(answer) == "<div><p>one <em>two</em></p></div>"
    gate.release()
    with visitor.follow(answer, after=cursor) as stream:
        events = list(stream)
    assert events[0].data == "<template data-at=2> three</template>"
    assert events[-1].name == "done"
    assert visitor.html(answer) == "<div><p>one <em>two</em> three</p></div>"


def test_readiness_reports_the_database_the_broker_and_the_model(visitor: Visitor, model: Upstream) -> None:
    assert visitor.get("/readyz") == (200, '{"database": "ok", "broker": "memory", "model": "ok"}')
