"""A chat is shared by a link, read and continued by somebody else, and taken back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_look import complaints_of
from tests.server import Server
from tests.steps import Chat, eventually


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """A browser that has never been here."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def plain_stranger(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def share(chat: Chat) -> str:
    """Make a link to the chat that is open, and return it."""
    chat.choose("Share…")
    chat.button("Make a link").click()
    return chat.page.get_by_label("Whoever has this link can read it").input_value()


def test_a_link_is_made_read_by_a_stranger_who_continues_as_a_guest_and_taken_back(chat: Chat, stranger: Page) -> None:
    chat.send("Why is the sky blue?")
    chat.sees_state("complete")
    link = share(chat)

    stranger.goto(link)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Why is the sky blue?")
    expect(stranger.locator('article[data-role="assistant"] [data-part="text"]')).to_have_text("Hello world")
    assert stranger.context.cookies() == []

    stranger.get_by_role("link", name="Continue in my account").click()
    stranger.get_by_role("button", name="Continue as a guest").click()
    theirs = Chat(stranger, chat.url)
    expect(theirs.text).to_have_text("Hello world")
    expect(theirs.chats).to_have_text(["Why is the sky blue?"])
    theirs.ask("And in the evening?")
    theirs.sees_state("complete")

    chat.page.get_by_role("link", name="Why is the sky blue?").click()
    expect(chat.answers).to_have_count(1)  # theirs is theirs
    chat.page.get_by_role("link", name="Shared", exact=True).click()
    chat.page.get_by_role("navigation", name="Manage chats").get_by_role("link", name="Shared links").click()
    chat.page.get_by_role("button", name="Take back the link to “Why is the sky blue?”").click()
    expect(chat.status).to_have_text("The link to “Why is the sky blue?” is taken back.")
    response = stranger.goto(link)
    assert response
    assert response.status == 404


def test_the_link_is_copied(chat: Chat) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.send("Why?")
    chat.sees_state("complete")
    link = share(chat)
    chat.button("Copy link").click()
    expect(chat.status.filter(has_text="Link copied")).to_be_attached()
    expect(chat.button("Copied")).to_be_visible()
    assert chat.page.evaluate("navigator.clipboard.readText()") == link
    expect(chat.button("Copy link")).to_be_visible()


def test_what_is_said_later_reaches_readers_when_its_owner_says_so(chat: Chat, stranger: Page) -> None:
    chat.send("Why is the sky blue?")
    chat.sees_state("complete")
    link = share(chat)
    chat.page.get_by_role("link", name="Why is the sky blue?").click()
    chat.ask("And in the evening?")
    chat.sees_state("complete")
    stranger.goto(link)
    expect(stranger.get_by_role("article")).to_have_count(2)
    chat.choose("Share…")
    chat.button("Update to what the chat holds now").click()
    expect(chat.page.get_by_text("It shows 4 messages")).to_be_visible()
    stranger.reload()
    expect(stranger.get_by_role("article")).to_have_count(4)


def test_all_of_it_works_without_script(plain_chat: Chat, plain_stranger: Page) -> None:
    plain_chat.send("Why is the sky blue?")
    eventually(lambda: is_complete(plain_chat))
    link = share(plain_chat)
    expect(plain_chat.button("Copy link")).to_be_hidden()
    plain_stranger.goto(link)
    expect(plain_stranger.get_by_role("article")).to_have_count(2)
    plain_stranger.get_by_role("link", name="Continue in my account").click()
    plain_stranger.get_by_role("button", name="Continue as a guest").click()
    expect(Chat(plain_stranger, plain_chat.url).text).to_have_text("Hello world")
    plain_chat.button("Take the link back").click()
    response = plain_stranger.goto(link)
    assert response
    assert response.status == 404


def is_complete(chat: Chat) -> bool:
    return chat.reload().answer.get_attribute("data-state") == "complete"


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_can_be_read_and_used_by_everyone(browser: Browser, server: Server, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    page = context.new_page()
    chat = Chat(page, server.url).open()
    chat.send("Why is the sky blue? " + "abcdefghij" * 12)
    chat.sees_state("complete")
    chat.choose("Share…")
    check(page)
    chat.button("Make a link").click()
    check(page)
    link = page.get_by_label("Whoever has this link can read it").input_value()
    for address in (link, link + "continue/", server.url + "/shared/", server.url + "/chat/?temporary=1"):
        page.goto(address)
        check(page)
    chat.send("Hush")
    chat.sees_state("complete")
    check(page)
    chat.choose("Share…")
    check(page)
    context.close()


def check(page: Page) -> None:
    assert complaints_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
