"""Server processes with the scripted model behind them, each with a database of its own."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests.fated import fated
from tests.peek import Peek
from tests.server import MANAGE, Server
from tests.upstream import Upstream
from tests.visitor import Visitor


@contextmanager
def new_database() -> Iterator[str]:
    """Yield a database's URL: on PostgreSQL a new one, on SQLite "", which means a file in the server's own folder."""
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        yield ""
        return
    cluster = f"postgres://{default['USER']}@{default['HOST']}:{default['PORT']}"
    name = f"server_{uuid.uuid4().hex}"
    with psycopg.connect(f"{cluster}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{cluster}/{name}"
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Site:
    """One database, one scripted model, and the processes that serve them."""

    def __init__(self, folder: Path, database: str, model: Upstream, **environment: str) -> None:
        self.peek = Peek(folder, database)
        self._folder = folder
        self._environment = {
            "DATABASE_URL": database,
            "OPENAI_BASE_URL": model.base_url,
            "CHAT_MODELS": "scripted",
            "CHAT_GUESTS": "on",
            "CHAT_GRACE_SECONDS": "1",
            "CHAT_RETRIES": "0",
            "CHAT_MAX_RUNNING": "100",  # these visitors are crowds
            "CHAT_MAX_STREAMS": "1000",
            **environment,
        }
        self._servers: list[Server] = []

    def serve(self, fate: str = "") -> Server:
        """Start one more process, with a fate if one is named (tests/fated.py)."""
        server = Server(self._folder, program=fated(fate) if fate else MANAGE, **self._environment)
        self._servers.append(server)
        return server.start()

    def close(self) -> None:
        for server in self._servers:
            if server.is_running:
                server.thaw()
        for server in self._servers:
            server.stop()


@contextmanager
def new_site(folder: Path, model: Upstream, **environment: str) -> Iterator[Site]:
    with new_database() as database, new_site_on(database, folder, model, **environment) as site:
        yield site


@contextmanager
def new_site_on(database: str, folder: Path, model: Upstream, **environment: str) -> Iterator[Site]:
    site = Site(folder, database, model, **environment)
    try:
        yield site
    finally:
        site.close()


@contextmanager
def new_server(folder: Path, model: Upstream, **environment: str) -> Iterator[Server]:
    with new_site(folder, model, **environment) as site:
        yield site.serve()


@pytest.fixture
def site(tmp_path: Path, model: Upstream) -> Iterator[Site]:
    """A database that several processes serve."""
    with new_site(tmp_path, model) as site:
        yield site


@pytest.fixture
def server(site: Site) -> Server:
    """A server for tests that kill it."""
    return site.serve()


@pytest.fixture
def visitor(server: Server) -> Visitor:
    return Visitor(server.url)


# Figures: what docs/reliability.md quotes is printed at the end of a run

Measure = Callable[[str, object], None]


@pytest.fixture
def measure(record_property: Measure) -> Measure:
    """Have a figure printed at the end of the run."""
    return record_property


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    figures = [figure for report in reports if report.when == "call" for figure in report.user_properties]
    if figures:
        terminalreporter.section("measured")
    for name, value in figures:
        terminalreporter.write_line(f"{name}: {value}")
