"""The worker tier as processes: whichever of them is deployed or dies, the answer is somebody's and stays whole."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.conftest import new_server
from tests.faults.test_processes import IS_SQLITE, TAKE_OVER_SECONDS
from tests.server import Server, Worker
from tests.upstream import Finish, Gate, Hang, Say, Upstream
from tests.visitor import Visitor, words

pytestmark = pytest.mark.skipif(IS_SQLITE, reason="Procrastinate keeps its queue in PostgreSQL")

ABOUT = {"database": "ok", "broker": "memory", "model": "asked by the workers"}


@pytest.fixture
def server(tmp_path: Path, model: Upstream) -> Iterator[Server]:
    """A web process that leaves answers to workers."""
    with new_server(tmp_path, model, CHAT_RUNNER="procrastinate") as server:
        yield server


@pytest.fixture
def worker(server: Server) -> Iterator[Worker]:
    worker = Worker(server)
    yield worker.start()
    worker.stop()


@pytest.fixture
def patient_worker(server: Server) -> Iterator[Worker]:
    """One that gives its answers more time than a test takes."""
    worker = Worker(server, CHAT_GRACE_SECONDS="60")
    yield worker.start()
    worker.stop()


def rows(server: Server, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.environment["DATABASE_URL"], autocommit=True) as connection:
        return connection.execute(query).fetchall()


def owner(server: Server) -> str:
    return str(rows(server, "SELECT owner FROM chat_generation ORDER BY id DESC LIMIT 1")[0][0])


def pid(process: Server) -> int:
    assert process.process is not None
    return process.process.pid


def test_a_workers_answer_reaches_the_reader_of_a_web_process(
    server: Server, worker: Worker, visitor: Visitor, model: Upstream
) -> None:
    gate = Gate()
    model.script(Say("one "), gate, Say("two"), Finish())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("one")
        gate.release()
        stream.until("two")
        assert next(iter(stream)).name == "done"
    assert visitor.text(answer) == "one two"
    assert owner(server).endswith(f":{pid(worker)}")


def test_readyz_tells_how_many_workers_are_alive_and_does_not_fail_without_one(server: Server) -> None:
    worker = Worker(server)
    assert report(server) == (200, ABOUT | {"workers": 0})
    worker.start()
    assert report(server) == (200, ABOUT | {"workers": 1})
    worker.kill()
    rows(server, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds' RETURNING id")
    assert report(server) == (200, ABOUT | {"workers": 0})
    worker.start()
    assert report(server) == (200, ABOUT | {"workers": 1})
    worker.stop()
    assert report(server) == (200, ABOUT | {"workers": 0})


def report(server: Server) -> tuple[int, dict[str, object]]:
    status, text = Visitor(server.url).get("/readyz")
    return status, json.loads(text)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_answer_goes_on_untouched_while_its_web_process_is_replaced(
    server: Server, worker: Worker, visitor: Visitor, model: Upstream, number: signal.Signals
) -> None:
    gate = Gate()
    model.script(Say("before"), gate, Say(" and after"), Finish())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        cursor = stream.until("before")[-1].id
        server.signal(number)
        server.wait()
    server.start()
    with visitor.follow(answer, after=cursor) as stream:
        gate.release()
        events = list(stream)
    assert "".join(words(event.data) for event in events if event.name == "patch") == " and after"
    assert (visitor.state(answer), visitor.text(answer)) == ("complete", "before and after")
    assert rows(server, "SELECT attempt FROM chat_generation") == [(1,)]
    assert len(model.requests) == 1


def test_a_killed_workers_answer_is_interrupted_with_what_it_had(
    server: Server, worker: Worker, visitor: Visitor, model: Upstream
) -> None:
    model.script(Say("so far"), Hang())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("so far")
        worker.kill()
        assert visitor.wait_for_state(answer, "interrupted", seconds=TAKE_OVER_SECONDS)
    assert visitor.text(answer) == "so far"
    worker.start()
    model.script(Say(" and on"), Finish())
    visitor.post(f"/messages/{answer}/continue/")
    visitor.wait_for_state(answer, "complete")
    assert visitor.text(answer) == "so far and on"


def test_what_a_killed_worker_had_not_begun_to_show_another_takes(
    server: Server, worker: Worker, visitor: Visitor, model: Upstream
) -> None:
    hang = Hang()
    model.script(hang)
    answer = visitor.ask()
    hang.wait_until_reached()
    worker.kill()
    worker.start()
    visitor.wait_for_state(answer, "complete", seconds=TAKE_OVER_SECONDS)
    assert visitor.text(answer) == "Hello world"


def test_sigterm_lets_an_answer_finish_within_the_grace(
    server: Server, patient_worker: Worker, visitor: Visitor, model: Upstream
) -> None:
    gate = Gate()
    model.script(Say("so far"), gate, Say(" and on"), Finish())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("so far")
        patient_worker.signal(signal.SIGTERM)
        wait_for_rows(server, "SELECT 1 FROM procrastinate_workers", count=0)  # it takes no more jobs
        gate.release()
        assert patient_worker.wait() == 0
    assert (visitor.state(answer), visitor.text(answer)) == ("complete", "so far and on")


def test_sigterm_interrupts_what_will_not_finish_and_leaves_what_it_had_not_taken(
    server: Server, worker: Worker, visitor: Visitor, model: Upstream
) -> None:
    model.script(Say("so far"), Hang())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("so far")
    worker.signal(signal.SIGTERM)
    wait_for_rows(server, "SELECT 1 FROM procrastinate_workers", count=0)
    late = Visitor(server.url)
    late_answer = late.ask("And now?")
    assert worker.wait() == 0
    assert (visitor.state(answer), visitor.text(answer)) == ("interrupted", "so far")
    model.wait_until_idle()
    assert late.state(late_answer) == "queued"
    worker.start()
    late.wait_for_state(late_answer, "complete")
    wait_for_rows(server, "SELECT 1 FROM procrastinate_jobs", count=0)


def wait_for_rows(server: Server, query: str, count: int) -> None:
    give_up = time.monotonic() + 20
    while len(rows(server, query)) != count:
        assert time.monotonic() < give_up, rows(server, query)
        time.sleep(0.02)


def test_stop_in_the_web_process_ends_a_workers_answer(worker: Worker, visitor: Visitor, model: Upstream) -> None:
    model.script(Say("so far"), Hang())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("so far")
        visitor.post(f"/messages/{answer}/stop/")
        assert list(stream)[-1].name == "done"
    assert (visitor.state(answer), visitor.text(answer)) == ("stopped", "so far")
    model.wait_until_idle()


def test_a_worker_outlives_the_loss_of_all_its_connections(
    server: Server, worker: Worker, visitor: Visitor, model: Upstream
) -> None:
    gate = Gate()
    model.script(Say("before"), gate, Say(" and after"), Finish())
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("before")
    cut_all_connections(server)
    gate.release()
    visitor.wait_for_state(answer, "complete")
    assert visitor.text(answer) == "before and after"
    cut_all_connections(server)
    next_answer = visitor.ask("And now?", page=visitor.page)
    visitor.wait_for_state(next_answer, "complete")


def cut_all_connections(server: Server) -> None:
    rows(
        server,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


def test_where_web_processes_generate_there_is_no_worker(server: Server) -> None:
    server.environment["CHAT_RUNNER"] = "local"
    assert "CHAT_RUNNER is 'local'" in server.failure("work")
