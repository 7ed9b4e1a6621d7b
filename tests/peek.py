"""A look into a server's database past the server, and a hand in it: what a test can't see or bring about by HTTP."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg

PATIENCE = 20.0  # seconds
LOCK_TIMEOUT = "-c lock_timeout=20s"


class Peek:
    def __init__(self, folder: Path, url: str) -> None:
        """`url` as the server has it: "" for the SQLite file in `folder`."""
        self.file = folder / "chat.sqlite3"
        self._url = url

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self._connection() as connection:
            return list(connection.execute(sql).fetchall())

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def run(self, sql: str) -> None:
        with self._connection() as connection:
            connection.execute(sql)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Yield a connection inside a transaction, which is rolled back (PostgreSQL)."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("ROLLBACK")

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        if self._url:
            with psycopg.connect(self._url, autocommit=True, options=LOCK_TIMEOUT) as server:
                yield server
        else:
            with closing(sqlite3.connect(self.file, timeout=PATIENCE, isolation_level=None)) as file:
                yield file

    def wait_for(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> float:
        """Look again and again until `condition` holds; return how long it took."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() < began + seconds, f"it did not come about; {self.generations()}"
            time.sleep(0.02)
        return time.monotonic() - began

    # In the domain's words

    def generations(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT id, state, owner, lease, attempt, error_code FROM chat_generation ORDER BY id")

    def states(self) -> list[str]:
        return [state for (state,) in self.rows("SELECT state FROM chat_generation ORDER BY id")]

    def written(self) -> str:
        """The text of all messages and chunks, for a database with one answer."""
        texts = self.rows("SELECT text FROM chat_message WHERE role = 'assistant'")
        chunks = self.rows("""SELECT text FROM chat_chunk WHERE part = 'text' ORDER BY "offset" """)
        return "".join(text for (text,) in texts + chunks)

    def connections(self, pid: int) -> int:
        """How many connections to the database a server holds."""
        if self._url:
            return int(self.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")) - 1
        return sum(file.path == str(self.file) for file in psutil.Process(pid).open_files())

    def expire_leases(self) -> None:
        """Push the leases into the past, as if the time had gone by."""
        self.run("UPDATE chat_generation SET lease = '2000-01-01 00:00:00' WHERE state IN ('queued', 'running')")

    def wait_for_take_over(self) -> float:
        """Wait until nothing is left over from a lease that expire_leases() pushed into the past."""
        left = "SELECT count(*) FROM chat_generation WHERE state IN ('queued', 'running') AND lease < '2001-01-01'"
        return self.wait_for(lambda: self.value(left) == 0)
