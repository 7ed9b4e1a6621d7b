"""The commands people start with, as they are: no key, no service, no setting."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import new_database
from tests.server import Server
from tests.visitor import Visitor


@pytest.fixture
def bare_server(tmp_path: Path) -> Iterator[Server]:
    """A server that was told nothing but where its database is."""
    with new_database() as database:
        server = Server(tmp_path, DATABASE_URL=database)
        yield server
        server.stop()


def test_serve_answers_with_the_embedded_model_and_keeps_the_answer(bare_server: Server) -> None:
    visitor = Visitor(bare_server.start().url)
    answer = visitor.ask("Why is the sky blue?")
    with visitor.follow(answer) as stream:
        events = list(stream)
    assert len([event for event in events if event.name == "patch"]) > 5  # word by word, not at once
    assert visitor.state(answer) == "complete"
    text = visitor.text(answer)
    assert re.search(r"light|scatter|atmosphere|sunlight", text)
    bare_server.stop()
    bare_server.start()
    assert visitor.text(answer) == text


def test_serve_says_where_it_is_what_answers_and_how_to_become_staff(bare_server: Server) -> None:
    bare_server.start()
    said = bare_server.log.read_text()
    assert bare_server.url in said
    assert "SmolLM2" in said
    assert "make admin" in said


def test_what_was_asked_is_there_for_staff(bare_server: Server) -> None:
    visitor = Visitor(bare_server.start().url)
    visitor.ask("Why is the sky blue?")
    password = {"DJANGO_SUPERUSER_PASSWORD": "staff secret"}
    bare_server.manage("createsuperuser", "--noinput", "--username=staff", "--email=s@example.org", **password)
    staff = Visitor(bare_server.url)
    staff.get("/accounts/login/")
    assert staff.post("/accounts/login/", login="staff", password="staff secret", next="/admin/")[0] == 302
    status, html = staff.get("/admin/chat/conversation/")
    assert (status, "Why is the sky blue?" in html) == (200, True)


def test_runserver_streams_and_serves_static_files_from_their_sources(bare_server: Server) -> None:
    bare_server.manage("migrate", "--verbosity=0")
    bare_server.start("runserver", str(bare_server.port))
    visitor = Visitor(bare_server.url)
    with visitor.follow(visitor.ask("Hello!")) as stream:
        assert stream.response.headers["Transfer-Encoding"] == "chunked"
        assert list(stream)[-1].name == "done"
    _, page = visitor.get("/chat/")
    styles = re.findall(r'href="(/static/chat/css/[^"]+)"', page)
    assert "/static/chat/css/base.css" in styles
    assert all(visitor.get(path)[0] == 200 for path in styles)


def test_runserver_starts_anew_when_a_source_changes(bare_server: Server) -> None:
    bare_server.start("runserver", str(bare_server.port))
    source = Path(__file__).resolve().parents[2] / "chatsite" / "urls.py"
    before = bare_server.log.read_text()
    source.touch()
    bare_server.wait_for_log("Reloading", after=len(before))
    bare_server.wait_until_alive()


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1", "host:port", "123456"])
def test_runserver_refuses_what_is_no_address(bare_server: Server, address: str) -> None:
    assert bare_server.failure("runserver", address).endswith("is not a port, nor host:port.\n")


def test_runserver_is_ours_and_no_wsgi_is_in_sight(bare_server: Server) -> None:
    assert "no issues" in bare_server.manage("check")
