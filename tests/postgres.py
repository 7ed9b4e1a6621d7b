"""A PostgreSQL server of the tests' own: a new cluster in a temporary folder on a free port, ended with the tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server import free_port


def programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, or None where it isn't installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster and yield its DATABASE_URL."""
    bin_folder = programs()
    assert bin_folder is not None, "PostgreSQL is not installed"
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="chatstream-postgres-"))
    data = folder / "data"
    _give_away(folder)
    _run(bin_folder / "initdb", "--auth=trust", "--username=postgres", "--no-sync", f"--pgdata={data}")
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
    _run(
        bin_folder / "pg_ctl", "start", "--wait", f"--pgdata={data}", f"--log={folder / 'log'}", f"--options={options}"
    )
    try:
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        _run(bin_folder / "pg_ctl", "stop", "--wait", "--mode=immediate", f"--pgdata={data}")
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
