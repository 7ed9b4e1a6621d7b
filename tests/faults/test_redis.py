"""Two web processes on one database: with Redis a reader sees the other's answer at once, without it a little later."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from chat.streaming.poll import EVERY_SECONDS
from tests.faults.conftest import new_database
from tests.redis_server import RedisServer
from tests.server import Server
from tests.upstream import Finish, Gate, Hang, Say, Upstream
from tests.visitor import PATIENCE, Stream, Visitor

WORDS = [f"word{number} " for number in range(12)]
BY_POLL = 5 * EVERY_SECONDS  # the poll shows a word a round: nine of them or more can't be had by it in that time


@contextmanager
def two_processes(folder: Path, model: Upstream, redis_url: str) -> Iterator[tuple[Server, Server]]:
    """Yield two servers with one database and one secret."""
    with new_database() as database, ExitStack() as running:
        settings = {
            "DATABASE_URL": database or f"sqlite:///{folder}/shared.sqlite3",
            "SECRET_KEY": "shared between the two",
            "OPENAI_BASE_URL": model.base_url,
            "CHAT_MODELS": "scripted",
            "CHAT_GUESTS": "on",
            "CHAT_GRACE_SECONDS": "1",
            "REDIS_URL": redis_url,
        }
        servers = []
        for name in ("one", "two"):
            (folder / name).mkdir()
            server = Server(folder / name, **settings)
            running.callback(server.stop)
            servers.append(server.start())
        yield servers[0], servers[1]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


def at_the_other(visitor: Visitor, server: Server) -> Visitor:
    """The same person at another process."""
    other = Visitor(server.url)
    other._cookies = visitor._cookies
    other.page = visitor.page
    return other


def wait_for_broker(status: str, *servers: Server) -> None:
    give_up = time.monotonic() + PATIENCE
    while any(f'"broker": "{status}"' not in Visitor(server.url).get("/readyz")[1] for server in servers):
        assert time.monotonic() < give_up, f"the broker is not {status!r}"
        time.sleep(0.05)


class Dictation:
    """An answer that says its next word only when the one before has been read."""

    def __init__(self, model: Upstream) -> None:
        self._gates = [Gate() for _ in WORDS]
        self._read = 0
        model.script(*[step for pair in zip(map(Say, WORDS), self._gates, strict=True) for step in pair], Finish())

    def read(self, stream: Stream, count: int) -> float:
        """Read so many words more; return the seconds it took."""
        began = time.monotonic()
        for number in range(self._read, self._read + count):
            stream.until(WORDS[number].strip())
            self._gates[number].release()
        self._read += count
        return time.monotonic() - began


def test_an_answer_of_another_process_comes_word_by_word(tmp_path: Path, model: Upstream, redis: RedisServer) -> None:
    with two_processes(tmp_path, model, redis.url) as (one, two):
        wait_for_broker("redis", one, two)
        visitor, dictation = Visitor(one.url), Dictation(model)
        answer = visitor.ask()
        reader = at_the_other(visitor, two)
        with reader.follow(answer) as stream:
            assert dictation.read(stream, len(WORDS)) < BY_POLL
            assert list(stream)[-1].name == "done"
        assert reader.text(answer) == "".join(WORDS)


def test_redis_may_die_in_mid_answer_and_come_back(tmp_path: Path, model: Upstream) -> None:
    with RedisServer() as redis, two_processes(tmp_path, model, redis.url) as (one, two):
        wait_for_broker("redis", one, two)
        visitor, dictation = Visitor(one.url), Dictation(model)
        answer = visitor.ask()
        with at_the_other(visitor, two).follow(answer) as stream:
            dictation.read(stream, 1)
            redis.kill()
            dictation.read(stream, 2)
            redis.start()
            wait_for_broker("redis", one, two)
            assert dictation.read(stream, len(WORDS) - 3) < BY_POLL
            assert list(stream)[-1].name == "done"
        assert visitor.text(answer) == "".join(WORDS)


def test_a_redis_that_hangs_holds_no_answer_up(tmp_path: Path, model: Upstream) -> None:
    with RedisServer() as redis, two_processes(tmp_path, model, redis.url) as (one, two):
        wait_for_broker("redis", one, two)
        visitor, dictation = Visitor(one.url), Dictation(model)
        answer = visitor.ask()
        redis.pause()
        with visitor.follow(answer) as own, at_the_other(visitor, two).follow(answer) as elsewhere:
            assert dictation.read(own, len(WORDS)) < BY_POLL
            assert list(own)[-1].name == list(elsewhere)[-1].name == "done"
        assert visitor.text(answer) == "".join(WORDS)


def test_an_end_by_sigterm_is_told_to_readers_elsewhere(tmp_path: Path, model: Upstream, redis: RedisServer) -> None:
    with two_processes(tmp_path, model, redis.url) as (one, two):
        wait_for_broker("redis", one, two)
        visitor = Visitor(one.url)
        model.script(Say("so far"), Hang())
        answer = visitor.ask()
        with at_the_other(visitor, two).follow(answer) as stream:
            stream.until("so far")
            one.signal(signal.SIGTERM)
            assert 'data-state="interrupted"' in list(stream)[-1].data


def test_without_redis_from_the_start_all_is_as_complete(tmp_path: Path, model: Upstream) -> None:
    with two_processes(tmp_path, model, "redis://127.0.0.1:1/0") as (one, two):
        visitor = Visitor(one.url)
        model.script(Say(*WORDS, every=0.05), Finish())
        answer = visitor.ask()
        with at_the_other(visitor, two).follow(answer) as stream:
            assert list(stream)[-1].name == "done"
        assert visitor.text(answer) == "".join(WORDS)
        status, report = visitor.get("/readyz")
        assert (status, '"broker": "redis: unreachable"' in report) == (200, True)


@pytest.mark.parametrize("url", ["", "with redis"])
def test_stop_is_felt_at_another_process(tmp_path: Path, model: Upstream, redis: RedisServer, url: str) -> None:
    with two_processes(tmp_path, model, redis.url if url else "") as (one, two):
        visitor = Visitor(one.url)
        model.script(Say("so far"), Hang())
        answer = visitor.ask()
        with visitor.follow(answer) as stream:
            stream.until("so far")
            assert at_the_other(visitor, two).post(f"/messages/{answer}/stop/")[0] == 303
            assert 'data-state="stopped"' in list(stream)[-1].data
        model.wait_until_idle()
