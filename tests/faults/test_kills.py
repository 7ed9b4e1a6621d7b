"""A process that writes dies at any moment, the worst ones included: what was shown stays, and the answer goes on."""

import http.client
import random
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import IS_SQLITE, Measure, Site, new_site
from tests.screen import Screen
from tests.server import MANAGE, Server
from tests.upstream import Finish, Gate, Hang, Request, Say, Step, Upstream
from tests.visitor import Visitor

KILLS = 20
LONGEST_LIFE = 0.6  # seconds
TEXT = "".join(f"word{number:03} " for number in range(700))


class Rest:
    """Says the rest of TEXT to whoever hands in its beginning."""

    def __init__(self, every: float) -> None:
        self.every = every

    def __call__(self, request: Request) -> tuple[Step, ...]:
        last = request.body["messages"][-1]
        begun = last["content"] if last["role"] == "assistant" else ""
        assert TEXT.startswith(begun), begun
        rest = TEXT[len(begun) :]
        return Say(*[f"{word} " for word in rest.split()], every=self.every), Finish()


@pytest.fixture
def site(tmp_path: Path, model: Upstream) -> Iterator[Site]:
    """A site whose model is handed the beginning of an answer and goes on from there."""
    with new_site(tmp_path, model, CHAT_CONTINUE="prefill") as site:
        yield site


def restart(site: Site, server: Server) -> None:
    """Start a process again after its death, and have it take over now: not alone, it would wait for the lease."""
    if not IS_SQLITE:
        site.peek.expire_leases()
    server.start()
    site.peek.wait_for_take_over()


def test_twenty_kills_at_random_moments_lose_nothing_that_was_shown(
    site: Site, model: Upstream, measure: Measure
) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    measure("seed of the random kills", seed)
    moments = random.Random(seed)
    model.default_for = Rest(every=0.02)
    server = site.serve()
    visitor = Visitor(server.url)
    answer = visitor.ask()
    stays = Screen(visitor, answer)
    for _ in range(KILLS):
        comes = Screen(visitor, answer)
        with stays.in_background(), comes.in_background():
            time.sleep(moments.uniform(0, LONGEST_LIFE))
            server.kill()
        restart(site, server)
        kept = visitor.text(answer)
        assert TEXT.startswith(kept)
        assert len(kept) >= max(stays.reached, comes.reached)
        assert TEXT.startswith(comes.text)
        if visitor.state(answer) not in ("queued", "running"):
            assert visitor.post(f"/messages/{answer}/continue/")[0] == 303
    model.default_for = Rest(every=0)
    assert stays.watch().text == TEXT.rstrip()
    assert (visitor.state(answer), visitor.text(answer)) == ("complete", TEXT)
    assert visitor.answers() == [answer]


def test_a_kill_inside_a_frame_takes_back_nothing_that_was_shown(site: Site, model: Upstream) -> None:
    server = site.serve("dies inside a frame")
    visitor = Visitor(server.url)
    model.script(Say("Whoever "), gate := Gate(), Say("must die"), Hang())
    screen = Screen(visitor, visitor.ask())
    with screen.in_background():
        screen.wait_until_shows("Whoever")
        gate.release()
        server.wait()
    server.program = MANAGE
    restart(site, server)
    visitor.wait_for_state(screen.answer, "interrupted")
    assert (screen.text, visitor.text(screen.answer)) == ("Whoever", "Whoever ")


def test_a_kill_between_the_models_last_word_and_the_end_loses_no_word_shown(site: Site, model: Upstream) -> None:
    server = site.serve("dies before the end")
    visitor = Visitor(server.url)
    screen = killed_at_its_end(server, visitor, model)
    assert site.peek.states() == ["running"]
    restart(site, server)
    visitor.wait_for_state(screen.answer, "interrupted")
    kept = visitor.text(screen.answer)
    assert "The sky is blue.".startswith(kept) and kept.startswith(screen.text)
    assert screen.watch().text == kept.rstrip()


def test_a_kill_between_the_end_and_its_wake_up_leaves_a_complete_answer(site: Site, model: Upstream) -> None:
    server = site.serve("dies after the end")
    visitor = Visitor(server.url)
    screen = killed_at_its_end(server, visitor, model)
    assert site.peek.states() == ["complete"]
    assert not screen.is_over
    restart(site, server)
    assert screen.watch().text == "The sky is blue."
    assert visitor.state(screen.answer) == "complete"


def killed_at_its_end(server: Server, visitor: Visitor, model: Upstream) -> Screen:
    """Watch an answer whose process has a fate; return the screen once that came true. The next process has none."""
    gate = Gate()
    model.script(Say("The sky "), gate, Say("is blue."), Finish())
    screen = Screen(visitor, visitor.ask())
    with screen.in_background():
        screen.wait_until_shows("The sky")
        gate.release()
        server.wait()
    server.program = MANAGE
    return screen


def test_a_kill_between_a_send_and_its_start_costs_neither_question_nor_answer(site: Site) -> None:
    server = site.serve("dies before the start")
    visitor = Visitor(server.url)
    visitor.get("/chat/")
    send = {"text": "Why is the sky blue?", "key": str(uuid.uuid4())}
    with pytest.raises((OSError, http.client.HTTPException)):
        visitor.post("/chat/", **send)
    server.wait()
    assert site.peek.states() == ["queued"]
    server.program = MANAGE
    restart(site, server)
    site.peek.wait_for(lambda: site.peek.states() == ["complete"])
    assert site.peek.value("SELECT count(*) FROM chat_message") == 2
    assert site.peek.written() == "Hello world"
