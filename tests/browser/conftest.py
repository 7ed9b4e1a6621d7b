"""A real Chromium at a real server. The page may not complain: a console error or a refused script fails the test."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.faults.conftest import new_server
from tests.server import Server
from tests.stage import chromium
from tests.steps import Chat
from tests.upstream import Upstream

PATIENCE = 15_000  # milliseconds


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, **chromium()}


@pytest.fixture(scope="session")
def model() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def server(model: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with new_server(tmp_path_factory.mktemp("server"), model) as server:
        yield server


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the pages complained of; a test that expects some empties it."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def window(browser: Browser, complaints: list[str]) -> Iterator[BrowserContext]:
    """A browser's window of its own, listened to."""
    context = browser.new_context()

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def watch(page: Page) -> None:
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))

    context.on("page", watch)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def plain_chat(browser: Browser, server: Server) -> Iterator[Chat]:
    """A guest's browser with JavaScript off."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    yield Chat(context.new_page(), server.url).open()
    context.close()


@pytest.fixture
def chat(window: BrowserContext, server: Server) -> Chat:
    """A guest's browser with an empty chat open."""
    return Chat(window.new_page(), server.url).open()
