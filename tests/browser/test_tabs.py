"""Several tabs on one conversation, tabs that were left alone, and lines that break."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import BrowserContext, BrowserType, Route, expect

from tests.faults.conftest import new_site
from tests.server import Server
from tests.stage import chromium
from tests.steps import Chat, eventually
from tests.upstream import Cut, Finish, Gate, Say, Upstream


def look_at(chat: Chat) -> None:
    """As when one comes back to a tab: a headless browser's tabs never lose the focus by themselves."""
    chat.page.evaluate("window.dispatchEvent(new Event('focus'))")


@pytest.fixture
def other(chat: Chat, window: BrowserContext) -> Chat:
    """A second tab on the conversation of the first, which has one turn."""
    chat.send("First")
    chat.sees_state("complete")
    return Chat(window.new_page(), chat.url).open(chat.path)


def test_a_second_tab_shows_the_turns_of_the_first_when_it_is_looked_at(
    chat: Chat, other: Chat, model: Upstream
) -> None:
    gate = Gate()
    other.box.fill("A draft of its own")
    model.script(Say("so far"), gate, Finish())
    chat.ask("Second")
    chat.sees_growing("so far")
    look_at(other)
    other.sees_growing("so far")
    expect(other.button("Stop generating")).to_be_visible()
    look_at(other)
    gate.release()
    for tab in (chat, other):
        tab.sees_state("complete")
    expect(other.answers).to_have_count(2)
    expect(other.box).to_have_value("A draft of its own")
    assert chat.picture() == other.picture() == other.reload().picture()


def test_a_second_tab_learns_that_an_answer_was_continued_or_written_anew(
    chat: Chat, other: Chat, model: Upstream
) -> None:
    model.script(Say("one "), Cut())
    chat.ask("Second")
    chat.sees_state("interrupted")
    look_at(other)
    other.sees_state("interrupted")
    model.script(Say("two"), Finish())
    chat.button("Continue").click()
    chat.sees_state("complete")
    look_at(other)
    expect(other.text).to_have_text("one two")
    model.script(Say("three"), Finish())
    chat.answer.get_by_role("button", name="Regenerate").click()
    expect(chat.text).to_have_text("three")  # the answer before it is complete too
    chat.sees_state("complete")
    look_at(other)
    expect(other.text).to_have_text("three")
    expect(other.answer.get_by_text("2/2")).to_be_visible()


def test_looking_at_a_tab_that_shows_all_changes_nothing(chat: Chat, other: Chat) -> None:
    other.text.locator("p").evaluate("element => element.dataset.seen = 'before'")
    with other.page.expect_response("**/news/**") as asked:
        look_at(other)
    assert asked.value.status == 204
    expect(other.text.locator("p")).to_have_attribute("data-seen", "before")


def test_a_turn_sent_from_a_tab_that_was_behind_shows_what_came_in_between(
    chat: Chat, other: Chat, model: Upstream
) -> None:
    chat.ask("Second")
    chat.sees_state("complete")
    other.send("Third")
    expect(other.questions).to_have_text([re.compile("First"), re.compile("Second"), re.compile("Third")])
    other.sees_state("complete")
    expect(other.box).to_have_value("")


def test_news_that_come_after_a_turn_of_ones_own_are_dropped(chat: Chat, other: Chat, model: Upstream) -> None:
    """Both hold that turn; it is to stand there once."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    other.page.route("**/news/**", hold)
    with other.page.expect_request("**/news/**"):
        look_at(other)
    other.ask("Second")
    other.sees_state("complete")
    with other.page.expect_response("**/news/**"):
        held[0].continue_()
    chat.open(other.path)
    look_at(other)
    expect(other.answers).to_have_count(2)
    assert other.picture() == chat.picture()


def test_a_page_that_comes_back_from_the_cache_catches_up(
    browser_type: BrowserType, server: Server, model: Upstream
) -> None:
    """Playwright switches the back/forward cache off; this browser has it."""
    browser = browser_type.launch(**chromium(), ignore_default_args=["--disable-back-forward-cache"])
    context = browser.new_context()
    chat = Chat(context.new_page(), server.url).open()
    chat.send("First")
    chat.sees_state("complete")
    chat.reload()
    chat.page.evaluate("window.addEventListener('pageshow', (event) => (window.kept = event.persisted))")
    path = chat.path
    chat.open("/offline/")
    other = Chat(context.new_page(), server.url).open(path)
    other.page.get_by_title("Dark").click()
    other.ask("Second")
    other.sees_state("complete")
    chat.page.go_back(wait_until="commit")
    expect(chat.answers).to_have_count(2)
    assert chat.page.evaluate("window.kept") is True
    assert chat.picture() == other.picture()
    expect(chat.page.locator("html")).to_have_attribute("data-theme", "dark")
    browser.close()


# Tabs put to sleep


@contextmanager
def asleep() -> Iterator[None]:
    """Stop the processes of all this browser's tabs, as a system that saves power does.

    Chromium's own "frozen" spares a tab that is visible, as a headless browser's always are.
    """
    tabs = [each for each in psutil.Process().children(recursive=True) if "--type=renderer" in each.cmdline()]
    sleeping = {psutil.STATUS_STOPPED}
    for tab in tabs:
        tab.suspend()
    try:
        eventually(lambda: {tab.status() for tab in tabs} == sleeping)
        yield
        assert {tab.status() for tab in tabs} == sleeping
    finally:
        for tab in tabs:
            tab.resume()


def test_a_tab_asleep_while_its_answer_grows_and_ends_shows_it_whole_when_it_wakes(
    chat: Chat, window: BrowserContext, model: Upstream
) -> None:
    first, second = Gate(), Gate()
    model.script(Say("one "), first, Say("two "), second, Say("three"), Finish())
    chat.send("Count")
    chat.sees_growing("one")
    with asleep():
        first.release()
        second.wait_until_reached()
        second.release()
        eventually(lambda: 'data-state="complete"' in window.request.get(chat.page.url).text())
    chat.sees_state("complete")
    expect(chat.text).to_have_text("one two three")
    assert chat.picture() == chat.reload().picture()


# Lines that break


def refuse(route: Route) -> None:
    route.fulfill(status=503, body="Not now")


def break_off(route: Route) -> None:
    route.abort()


@pytest.mark.parametrize("fault", [refuse, break_off])
def test_a_stream_that_can_not_be_opened_for_a_while_loses_and_doubles_nothing(
    chat: Chat, model: Upstream, fault: Callable[[Route], None], complaints: list[str]
) -> None:
    gate = Gate()
    model.script(Say("one "), gate, Say("two"), Finish())
    chat.page.route("**/stream/**", fault)
    chat.send("Count")
    expect(chat.answer.get_by_text("No connection, trying again…")).to_be_visible()
    chat.page.unroute_all()
    chat.sees_growing("one")
    gate.release()
    chat.sees_state("complete")
    expect(chat.text).to_have_text("one two")
    assert chat.picture() == chat.reload().picture()
    complaints.clear()


def test_a_server_that_dies_and_comes_back_in_mid_answer_doubles_nothing(
    window: BrowserContext, model: Upstream, tmp_path: Path, complaints: list[str]
) -> None:
    with new_site(tmp_path, model) as site:
        server = site.serve()
        chat = Chat(window.new_page(), server.url).open()
        gate = Gate()
        model.script(Say("one "), gate)
        chat.send("Count")
        chat.sees_growing("one")
        server.kill()
        expect(chat.answer.get_by_text("No connection, trying again…")).to_be_visible()
        site.peek.expire_leases()  # else only a process that is alone takes over at once
        server.start()
        chat.sees_state("interrupted")
        expect(chat.text).to_have_text("one")
        gate.release()
        model.script(Say("two"), Finish())
        chat.button("Continue").click()
        chat.sees_state("complete")
        expect(chat.text).to_have_text("one two")
        assert chat.picture() == chat.reload().picture()
    complaints.clear()


def test_a_connection_that_stays_away_is_given_up_with_a_way_back(
    chat: Chat, model: Upstream, server: Server, complaints: list[str]
) -> None:
    gate = Gate()
    model.script(Say("one "), gate, Say("two"), Finish())
    chat.page.clock.install()
    chat.page.route("**/stream/**", break_off)
    chat.send("Count")
    again = chat.answer.get_by_role("link", name="Connection lost. Reconnect")

    def is_given_up() -> bool:
        chat.page.clock.run_for(5_000)
        return again.count() == 1

    eventually(is_given_up)
    expect(chat.button("Send message")).to_be_visible()
    expect(chat.status).to_have_text("Connection lost.")
    chat.page.unroute_all()
    again.click()
    chat.sees_growing("one")
    gate.release()
    chat.sees_state("complete")
    expect(chat.text).to_have_text("one two")
    complaints.clear()
