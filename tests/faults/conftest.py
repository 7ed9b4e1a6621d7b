"""Server processes with the scripted model behind them, each with a database of its own."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests.server import Server
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


@contextmanager
def new_server(folder: Path, model: Upstream, **environment: str) -> Iterator[Server]:
    with new_database() as database:
        server = Server(
            folder,
            DATABASE_URL=database,
            OPENAI_BASE_URL=model.base_url,
            CHAT_MODELS="scripted",
            CHAT_GUESTS="on",
            CHAT_GRACE_SECONDS="1",
            CHAT_RETRIES="0",
            **environment,
        )
        try:
            yield server.start()
        finally:
            server.stop()


@pytest.fixture
def server(tmp_path: Path, model: Upstream) -> Iterator[Server]:
    """A server for tests that kill it."""
    with new_server(tmp_path, model) as server:
        yield server


@pytest.fixture
def visitor(server: Server) -> Visitor:
    return Visitor(server.url)
