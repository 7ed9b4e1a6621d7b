"""A database that is locked, full or restarted: the answer ends, keeps what was shown, and nothing spins."""

import resource
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import IS_SQLITE, TAKE_OVER_SECONDS, Site, begun, new_site_on
from tests.postgres import running_cluster
from tests.screen import Screen
from tests.server import Server
from tests.upstream import Finish, Gate, Hang, Say, Step, Upstream
from tests.visitor import Visitor

PATIENCE = 45.0  # seconds: SQLite waits 20 for a lock, the writer 15 for a database
TRIES = 15 / 0.2  # of the writer, at most, before it gives up
HALF_A_PAGE = 4096  # bytes: a page that is cut short is how PostgreSQL notices a full disk
LOCKED, FULL = "locked", "full"
only_sqlite = pytest.mark.skipif(not IS_SQLITE, reason="a lock on the file, and a limit on its size, are SQLite's")
only_postgresql = pytest.mark.skipif(IS_SQLITE, reason="SQLite has no server")


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the write lock of a SQLite file."""
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")


@contextmanager
def table_locked(site: Site, mode: str) -> Iterator[None]:
    """Hold a lock on PostgreSQL's chunks: EXCLUSIVE shuts out who writes, ACCESS EXCLUSIVE who reads as well."""
    with site.peek.transaction() as holder:
        holder.execute(f"LOCK TABLE chat_chunk IN {mode} MODE")
        yield


@contextmanager
def full(server: Server, file: Path) -> Iterator[None]:
    """Let no file of the server's grow any more, as on a full disk."""
    size = file.with_name(f"{file.name}-wal").stat().st_size
    _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, hard))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))


@only_sqlite
@pytest.mark.parametrize(
    ("trouble", "last", "complaint"),
    [
        pytest.param(LOCKED, [Hang()], "A frame could not be stored", id="locked in mid-answer"),
        pytest.param(FULL, [Finish()], "could not be stored", id="full at its end"),
    ],
)
def test_an_answer_the_database_does_not_take_ends_as_failed_and_keeps_what_was_shown(
    site: Site, server: Server, visitor: Visitor, model: Upstream, trouble: str, last: list[Step], complaint: str
) -> None:
    model.script(Say("one "), gate := Gate(), Say("two"), *last)
    answer = visitor.ask()
    screen = Screen(visitor, answer)
    with screen.in_background():
        screen.wait_until_shows("one")
        with locked(site.peek.file) if trouble == LOCKED else full(server, site.peek.file):
            gate.release()
            assert visitor.get(visitor.page)[0] == 200  # reading goes on
            server.wait_for_log(complaint, seconds=PATIENCE)
        screen.wait_until(lambda: screen.is_over)
    assert site.peek.rows("SELECT state, error_code FROM chat_generation") == [("failed", "storage")]
    assert (visitor.text(answer), screen.text) == ("one ", "one")
    assert server.log.read_text().count("did not take a frame") < 2 * TRIES
    again = visitor.ask("And now?", visitor.page)
    visitor.wait_for_state(again, "complete")


@only_postgresql
@pytest.mark.parametrize("mode", ["EXCLUSIVE", "ACCESS EXCLUSIVE"])
@pytest.mark.parametrize(
    "last", [pytest.param([Hang()], id="in mid-answer"), pytest.param([Finish()], id="at its end")]
)
def test_a_table_that_somebody_locks_ends_its_answers_as_failed_with_what_was_shown(
    site: Site, server: Server, visitor: Visitor, model: Upstream, last: list[Step], mode: str
) -> None:
    model.script(Say("one "), gate := Gate(), Say("two"), *last)
    answer = visitor.ask()
    screen = Screen(visitor, answer)
    with screen.in_background():
        screen.wait_until_shows("one")
        with table_locked(site, mode):
            gate.release()
            if mode == "EXCLUSIVE":
                assert visitor.get(visitor.page)[0] == 200  # reading goes on
            server.wait_for_log("could not be stored", seconds=PATIENCE)
        screen.wait_until(lambda: screen.is_over)
    assert site.peek.rows("SELECT state, error_code FROM chat_generation") == [("failed", "storage")]
    assert (visitor.text(answer), screen.text) == ("one ", "one")
    again = visitor.ask("And now?", visitor.page)
    visitor.wait_for_state(again, "complete")


@only_postgresql
def test_a_disk_that_is_full_ends_its_answers_as_failed_with_what_was_shown(tmp_path: Path, model: Upstream) -> None:
    with running_cluster() as cluster, new_site_on(cluster.url, tmp_path, model) as site:
        server = site.serve()
        visitor = Visitor(server.url)
        visitor.wait_for_state(visitor.ask(), "complete")
        more = Say(*["much " * 300] * 20, every=0.06)  # a frame each; the last page may still take a few
        model.script(Say("one "), gate := Gate(), more, Finish())
        screen = Screen(visitor, visitor.ask())
        with screen.in_background():
            screen.wait_until_shows("one")
            with cluster.limited(file_size=fill_table(site) + HALF_A_PAGE):
                gate.release()
                server.wait_for_log("could not be stored", seconds=PATIENCE)
            screen.wait_until(lambda: screen.is_over)
        assert "could not extend file" in server.log.read_text()
        assert site.peek.value("SELECT error_code FROM chat_generation ORDER BY id DESC LIMIT 1") == "storage"
        assert "".join(screen.text.split()) == "".join(visitor.text(screen.answer).split())  # cut at blanks
        model.script(more, Finish())
        visitor.wait_for_state(visitor.ask("And now?", visitor.page), "complete")


def fill_table(site: Site) -> int:
    """Fill the pages of the table of chunks, as long ones of an earlier answer would; return its size in bytes."""
    site.peek.run(
        """INSERT INTO chat_chunk (message_id, claim, part, "offset", text, ms)"""
        " SELECT message_id, gen_random_uuid(), 'reasoning', number, repeat('x', 1000), 0"
        " FROM (SELECT message_id FROM chat_generation ORDER BY id LIMIT 1) first, generate_series(1, 1500) number"
    )
    return int(site.peek.value("SELECT pg_relation_size('chat_chunk')"))


@only_postgresql
def test_sigterm_while_somebody_locks_the_table_ends_the_process_and_leaves_the_answer_to_the_next(
    site: Site, server: Server, visitor: Visitor, model: Upstream
) -> None:
    with begun(visitor, model, Hang()) as (answer, _):
        pass
    with table_locked(site, "EXCLUSIVE"):
        server.signal(signal.SIGTERM)
        server.wait(seconds=PATIENCE)
    server.start()
    visitor.wait_for_state(answer, "interrupted", seconds=TAKE_OVER_SECONDS)
    assert visitor.text(answer) == "so far"


@only_postgresql
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_of_postgresql_in_mid_answer_costs_not_one_word(tmp_path: Path, model: Upstream, mode: str) -> None:
    with running_cluster() as cluster, new_site_on(cluster.url, tmp_path, model) as site:
        visitor = Visitor(site.serve().url)
        words = [f"word{number} " for number in range(60)]
        model.script(Say(*words[:20], every=0.01), gate := Gate(), Say(*words[20:], every=0.02), Finish())
        screen = Screen(visitor, visitor.ask())
        with screen.in_background():
            screen.wait_until_shows("word19")
            gate.release()
            cluster.stop(mode)
            cluster.start()
            screen.wait_until(lambda: screen.is_over)
        assert screen.text == "".join(words).rstrip()
        assert (visitor.state(screen.answer), visitor.text(screen.answer)) == ("complete", "".join(words))
