"""The worker tier as processes: whichever of them is deployed or dies, the answer is somebody's and stays whole."""

import json
import signal
from collections.abc import Iterator

import pytest

from tests.faults.conftest import IS_SQLITE, TAKE_OVER_SECONDS, Site, begun
from tests.server import Server, Worker
from tests.upstream import Finish, Gate, Hang, Say, Upstream
from tests.visitor import Visitor, words

pytestmark = pytest.mark.skipif(IS_SQLITE, reason="Procrastinate keeps its queue in PostgreSQL")

ENVIRONMENT = {"CHAT_RUNNER": "procrastinate"}  # web processes leave answers to workers
ABOUT = {"database": "ok", "broker": "memory", "model": "asked by the workers"}


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


def test_a_workers_answer_reaches_the_reader_of_a_web_process(
    site: Site, worker: Worker, visitor: Visitor, model: Upstream
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
    assert site.peek.value("SELECT owner FROM chat_generation").endswith(f":{worker.pid}")


def test_readyz_tells_how_many_workers_are_alive_and_does_not_fail_without_one(site: Site, server: Server) -> None:
    worker = Worker(server)
    assert report(server) == ABOUT | {"workers": 0}
    worker.start()
    site.peek.wait_for(lambda: report(server) == ABOUT | {"workers": 1})
    worker.kill()
    site.peek.run("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    assert report(server) == ABOUT | {"workers": 0}
    worker.start()
    site.peek.wait_for(lambda: report(server) == ABOUT | {"workers": 1})
    worker.stop()
    assert report(server) == ABOUT | {"workers": 0}


def report(server: Server) -> object:
    status, text = Visitor(server.url).get("/readyz")
    assert status == 200
    return json.loads(text)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_answer_goes_on_untouched_while_its_web_process_is_replaced(
    site: Site, server: Server, worker: Worker, visitor: Visitor, model: Upstream, number: signal.Signals
) -> None:
    gate = Gate()
    with begun(visitor, model, gate, Say(" and on"), Finish()) as (answer, _):
        cursor = f"{len('so far')}.0"
        server.signal(number)
        server.wait()
    server.start()
    with visitor.follow(answer, after=cursor) as stream:
        gate.release()
        events = list(stream)
    assert "".join(words(event.data) for event in events if event.name == "patch") == " and on"
    assert (visitor.state(answer), visitor.text(answer)) == ("complete", "so far and on")
    assert site.peek.value("SELECT attempt FROM chat_generation") == 1
    assert len(model.requests) == 1


def test_a_killed_workers_answer_is_interrupted_with_what_it_had(
    worker: Worker, visitor: Visitor, model: Upstream
) -> None:
    with begun(visitor, model, Hang()) as (answer, _):
        worker.kill()
        assert visitor.wait_for_state(answer, "interrupted", seconds=TAKE_OVER_SECONDS)
    assert visitor.text(answer) == "so far"
    worker.start()
    model.script(Say(" and on"), Finish())
    visitor.post(f"/messages/{answer}/continue/")
    visitor.wait_for_state(answer, "complete")
    assert visitor.text(answer) == "so far and on"


def test_what_a_killed_worker_had_not_begun_to_show_another_takes(
    worker: Worker, visitor: Visitor, model: Upstream
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
    site: Site, patient_worker: Worker, visitor: Visitor, model: Upstream
) -> None:
    gate = Gate()
    with begun(visitor, model, gate, Say(" and on"), Finish()) as (answer, _):
        patient_worker.signal(signal.SIGTERM)
        wait_until_none_takes_jobs(site)
        gate.release()
        assert patient_worker.wait() == 0
    assert (visitor.state(answer), visitor.text(answer)) == ("complete", "so far and on")


def test_sigterm_interrupts_what_will_not_finish_and_leaves_what_it_had_not_taken(
    site: Site, server: Server, worker: Worker, visitor: Visitor, model: Upstream
) -> None:
    with begun(visitor, model, Hang()) as (answer, _):
        worker.signal(signal.SIGTERM)
    wait_until_none_takes_jobs(site)
    late = Visitor(server.url)
    late_answer = late.ask("And now?")
    assert worker.wait() == 0
    assert (visitor.state(answer), visitor.text(answer)) == ("interrupted", "so far")
    model.wait_until_idle()
    assert late.state(late_answer) == "queued"
    worker.start()
    late.wait_for_state(late_answer, "complete")
    site.peek.wait_for(lambda: site.peek.value("SELECT count(*) FROM procrastinate_jobs") == 0)


def wait_until_none_takes_jobs(site: Site) -> None:
    site.peek.wait_for(lambda: site.peek.value("SELECT count(*) FROM procrastinate_workers") == 0)


def test_stop_in_the_web_process_ends_a_workers_answer(worker: Worker, visitor: Visitor, model: Upstream) -> None:
    with begun(visitor, model, Hang()) as (answer, stream):
        visitor.post(f"/messages/{answer}/stop/")
        assert list(stream)[-1].name == "done"
    assert (visitor.state(answer), visitor.text(answer)) == ("stopped", "so far")
    model.wait_until_idle()


def test_a_worker_outlives_the_loss_of_all_its_connections(
    site: Site, worker: Worker, visitor: Visitor, model: Upstream
) -> None:
    gate = Gate()
    with begun(visitor, model, gate, Say(" and on"), Finish()) as (answer, _):
        cut_all_connections(site)
    gate.release()
    visitor.wait_for_state(answer, "complete")
    assert visitor.text(answer) == "so far and on"
    cut_all_connections(site)
    next_answer = visitor.ask("And now?", page=visitor.page)
    visitor.wait_for_state(next_answer, "complete")


def cut_all_connections(site: Site) -> None:
    site.peek.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def test_where_web_processes_generate_there_is_no_worker(server: Server) -> None:
    server.environment["CHAT_RUNNER"] = "local"
    assert "CHAT_RUNNER is 'local'" in server.failure("work")
