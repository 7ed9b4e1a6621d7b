"""Two web processes on one database: with Redis a reader sees the other's answer at once, without it a little later."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import new_database
from tests.redis_server import RedisServer
from tests.server import Server
from tests.upstream import Finish, Gate, Hang, Say, Upstream
from tests.visitor import Visitor

WORDS = [f"word{number} " for number in range(12)]


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


def test_an_answer_of_another_process_comes_word_by_word(tmp_path: Path, model: Upstream, redis: RedisServer) -> None:
    with two_processes(tmp_path, model, redis.url) as (one, two):
        visitor, gates = Visitor(one.url), [Gate() for _ in WORDS]
        model.script(*[step for pair in zip(map(Say, WORDS), gates, strict=True) for step in pair], Finish())
        answer = visitor.ask()
        reader = at_the_other(visitor, two)
        with reader.follow(answer) as stream:
            for word, gate in zip(WORDS, gates, strict=True):
                stream.until(word.strip())
                gate.release()
            assert list(stream)[-1].name == "done"
        assert reader.text(answer) == "".join(WORDS)
        assert '"broker": "redis"' in reader.get("/readyz")[1]


def test_redis_may_die_in_mid_answer_and_come_back(tmp_path: Path, model: Upstream) -> None:
    with RedisServer() as redis, two_processes(tmp_path, model, redis.url) as (one, two):
        visitor, gates = Visitor(one.url), [Gate(), Gate(), Gate()]
        model.script(Say("one "), gates[0], Say("two "), gates[1], Say("three "), gates[2], Say("four"), Finish())
        answer = visitor.ask()
        with at_the_other(visitor, two).follow(answer) as stream:
            stream.until("one")
            redis.kill()
            gates[0].release()
            stream.until("two")
            redis.start()
            gates[1].release()
            stream.until("three")
            gates[2].release()
            assert "four" in "".join(event.data for event in stream)
        assert visitor.text(answer) == "one two three four"


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
