"""A PostgreSQL server of the tests' own: a new cluster in a temporary folder on a free port, ended with the tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.server import free_port


def programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, or None where it isn't installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


class Cluster:
    """A running cluster that can be restarted on its port."""

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self._bin, self._folder, self._port = bin_folder, folder, free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        _give_away(self._folder)
        options = ["--auth=trust", "--username=postgres", "--no-sync", "--wal-segsize=1"]  # small: see limited()
        _run(self._bin / "initdb", *options, f"--pgdata={self._data}")

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self._port} -k {self._folder} -c fsync=off"
        self._control("start", f"--log={self._folder / 'log'}", f"--options={options}")

    def stop(self, mode: str = "immediate") -> None:
        """End it: "immediate" as a crash does, "fast" as an operator does."""
        self._control("stop", f"--mode={mode}")

    @contextmanager
    def limited(self, file_size: int) -> Iterator[None]:
        """Let no file grow past `file_size` bytes by who serves clients, as on a full disk.

        The log's segments, of 1 MB, have to stay below it.
        """
        self._limit(str(file_size))
        yield
        self._limit("unlimited")

    def _limit(self, file_size: str) -> None:
        self._limit_process((self._data / "postmaster.pid").read_text().split()[0], file_size)  # who comes later has it
        with psycopg.connect(self.url, autocommit=True) as connection:
            clients = connection.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
            for (pid,) in clients.fetchall():
                self._limit_process(pid, file_size)

    def _limit_process(self, pid: object, file_size: str) -> None:
        _run(Path("prlimit"), f"--pid={pid}", f"--fsize={file_size}:")  # the soft limit alone

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _control(self, action: str, *arguments: str) -> None:
        _run(self._bin / "pg_ctl", action, "--wait", f"--pgdata={self._data}", *arguments)


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster and yield its DATABASE_URL."""
    with running_cluster() as running:
        yield running.url


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    bin_folder = programs()
    assert bin_folder is not None, "PostgreSQL is not installed"
    folder = Path(tempfile.mkdtemp(prefix="chatstream-postgres-"))
    running = Cluster(bin_folder, folder)
    running.create()
    running.start()
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)


def _run(program: Path, *arguments: str) -> None:
    """Run a server program, as the postgres user where we are root: PostgreSQL refuses to be run by root."""
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run(
        [*as_postgres, str(program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=120
    )


def _give_away(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
