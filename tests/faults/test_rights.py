"""A long stream and what may happen to its reader's rights meanwhile; and how many streams one reader may have."""

from contextlib import ExitStack
from pathlib import Path

from tests.faults.conftest import new_server
from tests.server import Server
from tests.upstream import Finish, Gate, Hang, Say, Upstream
from tests.visitor import Stream, Visitor


def ending(stream: Stream) -> str:
    """Read a stream to its end, which has to come in time, and return what its last event says."""
    last = list(stream)[-1]
    assert last.name == "done"  # terminal: the page closes the stream and does not come back
    return last.data


def test_a_stream_ends_when_its_reader_may_no_longer_read(server: Server, model: Upstream) -> None:
    """Three readers at once, for a stream looks again only every few seconds."""
    with ExitStack() as opened:
        streams: dict[str, Stream] = {}
        visitors: dict[str, Visitor] = {}
        for name in ("signs out", "is shut out", "stays"):
            model.script(Say("so far"), Hang(), about=name)
            visitors[name] = Visitor(server.url)
            answer = visitors[name].ask(name)
            streams[name] = opened.enter_context(visitors[name].follow(answer))
            streams[name].until("so far")
        assert visitors["signs out"].post("/accounts/logout/")[0] == 302
        shut_out = "Conversation.objects.get(title='is shut out').user_id"
        server.manage(
            "shell", f"--command=from chat.models import *; User.objects.filter(pk={shut_out}).update(is_active=False)"
        )
        for name in ("signs out", "is shut out"):
            assert 'data-state="closed"' in ending(streams[name])
        stays = visitors["stays"].answers()[-1]
        assert visitors["stays"].post(f"/messages/{stays}/stop/")[0] == 303
        assert 'data-state="stopped"' in ending(streams["stays"])


def test_one_reader_has_so_many_streams_and_is_asked_back_for_more(tmp_path: Path, model: Upstream) -> None:
    with new_server(tmp_path, model, CHAT_MAX_STREAMS="2") as server, ExitStack() as opened:
        visitor, gate = Visitor(server.url), Gate()
        model.script(Say("so far"), gate, Finish())
        answer = visitor.ask()
        first, second = (opened.enter_context(visitor.follow(answer)) for _ in range(2))
        for stream in (first, second):
            stream.until("so far")
        with visitor.follow(answer) as third:
            assert third.status == 200
            assert third.response.read() == b"retry: 5000\n: one moment: too many streams are open\n\n"
        with visitor.open(f"/messages/{answer}/live/") as page:
            assert page.status == 429
            assert "One moment" in page.response.read().decode()
        another = Visitor(server.url)
        model.script(Say("mine"), Finish(), about="Mine")
        with another.follow(another.ask("Mine")) as stream:
            stream.until("mine")
        first.close()
        while not begins(visitor, answer):  # till the server has seen it go
            pass
        gate.release()
        assert list(second)[-1].name == "done"


def begins(visitor: Visitor, answer: str) -> bool:
    """Whether one more stream is let in."""
    with visitor.follow(answer) as stream:
        return next(iter(stream), None) is not None
