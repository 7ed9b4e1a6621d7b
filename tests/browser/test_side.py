"""The list of chats: a column one can fold, a drawer on a phone, and what it says of each chat."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, ViewportSize, expect

from tests.server import Server
from tests.steps import Chat
from tests.upstream import Finish, Gate, Say, Upstream

NARROW: ViewportSize = {"width": 390, "height": 780}


def nav(chat: Chat) -> Locator:
    return chat.page.get_by_role("navigation", name="Chats")


def test_the_list_folds_away_and_stays_so(chat: Chat) -> None:
    fold = chat.button("List of chats")
    expect(fold).to_have_attribute("aria-expanded", "true")
    fold.press("Enter")
    expect(nav(chat)).to_be_hidden()
    expect(fold).to_have_attribute("aria-expanded", "false")
    chat.reload()
    expect(nav(chat)).to_be_hidden()
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(chat.page.get_by_role("link", name="New chat")).to_be_visible()
    fold.click()
    expect(chat.page.get_by_role("link", name="New chat")).to_be_hidden()
    expect(nav(chat)).to_be_visible()


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def narrow_chat(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Chat]:
    context = browser.new_context(viewport=NARROW, java_script_enabled=request.param)
    yield Chat(context.new_page(), server.url).open()
    context.close()


def test_on_a_narrow_page_the_list_is_a_drawer(narrow_chat: Chat) -> None:
    chat = narrow_chat
    chat.send("First")
    chat.page.wait_for_url("**/chat/*-*/")
    expect(nav(chat)).to_be_hidden()
    chat.button("Show chats").press("Enter")
    expect(nav(chat)).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(nav(chat)).to_be_hidden()
    chat.button("Show chats").click()
    chat.button("Hide chats").click()
    expect(nav(chat)).to_be_hidden()
    chat.page.get_by_role("link", name="New chat").click()
    expect(chat.answers).to_have_count(0)
    chat.button("Show chats").click()
    chat.chats.click()
    expect(chat.questions).to_contain_text("First")
    expect(nav(chat)).to_be_hidden()


def test_an_open_drawer_becomes_the_column_when_the_page_grows_wide(chat: Chat) -> None:
    chat.page.set_viewport_size(NARROW)
    chat.button("Show chats").click()
    chat.page.set_viewport_size({"width": 1280, "height": 800})
    expect(nav(chat)).to_be_visible()
    expect(chat.page.locator("#side:popover-open")).to_have_count(0)


def test_a_chat_that_is_being_answered_says_so(chat: Chat, model: Upstream, window: BrowserContext) -> None:
    gate = Gate()
    model.script(Say("so far"), gate, Finish())
    chat.send("Why?")
    chat.sees_growing("so far")
    writing = nav(chat).get_by_text("writing…")
    expect(writing).to_be_visible()
    elsewhere = Chat(window.new_page(), chat.url).open()
    expect(nav(elsewhere).get_by_text("writing…")).to_be_visible()
    gate.release()
    chat.sees_state("complete")
    expect(writing).to_be_hidden()
    expect(nav(elsewhere.reload()).get_by_text("writing…")).to_have_count(0)


def test_the_current_chat_is_marked(chat: Chat) -> None:
    for text in ("First", "Second"):
        chat.open().send(text)
        chat.sees_state("complete")
    expect(nav(chat).locator('[aria-current="page"]')).to_have_text("Second")
    nav(chat).get_by_role("link", name="First").click()
    expect(nav(chat).locator('[aria-current="page"]')).to_have_text("First")


def test_today_is_the_readers(browser: Browser, server: Server) -> None:
    """The page learns the reader's time zone with its first visit."""
    context = browser.new_context(timezone_id="Pacific/Kiritimati")
    chat = Chat(context.new_page(), server.url).open()
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    assert cookies["timezone"] == "Pacific/Kiritimati"
    chat.send("First")
    chat.sees_state("complete")
    expect(nav(chat).get_by_role("heading")).to_have_text("Today")
    shown = chat.answer.locator("time")
    today = datetime.now(ZoneInfo("Pacific/Kiritimati"))
    expect(shown).to_contain_text(f"{today:%-d %b %Y}")
    context.close()
