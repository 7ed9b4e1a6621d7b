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
from tests.upstream import Say, Step, Upstream
from tests.visitor import Stream, Visitor

IS_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
TAKE_OVER_SECONDS = 10 if IS_SQLITE else 40  # alone with its file it reaps at once; else the lease has to run out


@contextmanager
def new_database() -> Iterator[str]:
    """Yield a database's URL: on PostgreSQL a new one, on SQLite "", which means a file in the server's own folder."""
    if IS_SQLITE:
        yield ""
        return
    default = settings.DATABASES["default"]
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


# Each test has a model, a database and a server of its own, which it may harm; a file that harms none has one for all:
# pytestmark = pytest.mark.usefixtures("shared_server"). Its servers' settings, if any, are ENVIRONMENT.


@pytest.fixture(scope="module")
def shared_model() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def shared_site(
    request: pytest.FixtureRequest, shared_model: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with new_site(tmp_path_factory.mktemp("site"), shared_model, **environment_of(request)) as site:
        yield site


@pytest.fixture(scope="module")
def shared_server(shared_site: Site) -> Server:
    return shared_site.serve()


def environment_of(request: pytest.FixtureRequest) -> dict[str, str]:
    return getattr(request.module, "ENVIRONMENT", {})


def is_shared(request: pytest.FixtureRequest) -> bool:
    return "shared_server" in request.fixturenames


@pytest.fixture
def model(request: pytest.FixtureRequest) -> Iterator[Upstream]:
    if is_shared(request):
        yield request.getfixturevalue("shared_model")
        return
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path, model: Upstream) -> Iterator[Site]:
    """A database that several processes serve."""
    if is_shared(request):
        yield request.getfixturevalue("shared_site")
        return
    with new_site(tmp_path, model, **environment_of(request)) as site:
        yield site


@pytest.fixture
def server(request: pytest.FixtureRequest, site: Site) -> Server:
    if is_shared(request):
        shared: Server = request.getfixturevalue("shared_server")
        return shared
    return site.serve()


@pytest.fixture
def visitor(server: Server) -> Visitor:
    return Visitor(server.url)


# An answer in its middle


@contextmanager
def begun(visitor: Visitor, model: Upstream, *more: Step) -> Iterator[tuple[str, Stream]]:
    """Ask; yield the answer and its stream once that has shown "so far". The model goes on with `more`."""
    model.script(Say("so far"), *more)
    answer = visitor.ask()
    with visitor.follow(answer) as stream:
        stream.until("so far")
        yield answer, stream


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
