"""Good answer and Bad answer in a browser: by mouse, by keyboard, without script; and the operator's announcements."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.server import Server
from tests.steps import Chat
from tests.upstream import Finish, Gate, Hang, Say, Upstream


@pytest.fixture
def answered(chat: Chat, model: Upstream) -> Chat:
    model.script(Say("Because of *Rayleigh*."), Finish())
    chat.send("Why is the sky blue?")
    chat.sees_state("complete")
    return chat


def sees_rating(chat: Chat, good: bool = False, bad: bool = False) -> None:
    for name, is_pressed in (("Good answer", good), ("Bad answer", bad)):
        expect(chat.answer.get_by_role("button", name=name)).to_have_attribute(
            "aria-pressed", "true" if is_pressed else "false"
        )


def test_an_answer_is_rated_explained_changed_and_taken_back(answered: Chat) -> None:
    chat = answered
    sees_rating(chat)
    chat.button("Bad answer").click()
    sees_rating(chat, bad=True)
    expect(chat.status).to_have_text("Rated as a bad answer.")
    expect(chat.button("Bad answer")).to_be_focused()
    expect(chat.why).to_be_in_viewport(ratio=1)
    expect(chat.why).to_contain_text("The staff of this site may read this chat.")
    chat.why.get_by_label("Not true").check()
    chat.comment.fill("It is green.")
    chat.why.get_by_role("button", name="Save").click()
    expect(chat.why).to_have_count(0)
    expect(chat.status).to_have_text("Your feedback is saved.")
    expect(chat.button("Bad answer")).to_be_focused()
    assert chat.picture() == chat.reload().picture()
    sees_rating(chat, bad=True)
    chat.page.get_by_role("link", name="Your feedback").click()
    expect(chat.why.get_by_label("Not true")).to_be_checked()
    expect(chat.why.get_by_label("Not true")).to_be_focused()
    expect(chat.comment).to_have_value("It is green.")
    chat.button("Good answer").click()
    sees_rating(chat, good=True)
    expect(chat.why.get_by_label("Clear")).not_to_be_checked()
    expect(chat.comment).to_have_value("")  # a complaint is no praise
    chat.why.get_by_role("button", name="Cancel").click()
    expect(chat.why).to_have_count(0)
    expect(chat.button("Good answer")).to_be_focused()
    assert chat.picture() == chat.reload().picture()
    chat.button("Good answer").click()
    sees_rating(chat)
    expect(chat.status).to_have_text("Your rating is taken back.")
    assert chat.picture() == chat.reload().picture()


def test_all_of_it_is_done_by_the_keyboard(answered: Chat) -> None:
    chat, keyboard = answered, answered.page.keyboard
    chat.answer.get_by_role("button", name="Copy message").focus()
    for _ in range(3):  # past Regenerate and Good answer
        keyboard.press("Tab")
    expect(chat.button("Bad answer")).to_be_focused()
    keyboard.press("Enter")
    expect(chat.why).to_be_visible()
    keyboard.press("Escape")
    expect(chat.why).to_have_count(0)
    expect(chat.button("Bad answer")).to_be_focused()
    keyboard.press("Tab")
    keyboard.press("Enter")  # Say why
    expect(chat.why.get_by_label("Not true")).to_be_focused()
    keyboard.press("Space")
    while not chat.comment.evaluate("comment => comment === document.activeElement"):
        keyboard.press("Tab")
    keyboard.type("Half of ")
    keyboard.press("Escape")
    expect(chat.button("Bad answer")).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("Space")
    sees_rating(chat, good=True)
    expect(chat.button("Good answer")).to_be_focused()
    keyboard.press("Space")
    sees_rating(chat)
    expect(chat.button("Good answer")).to_be_focused()


def test_what_can_not_be_saved_is_said_at_the_form_and_nothing_is_lost(answered: Chat, complaints: list[str]) -> None:
    chat = answered
    chat.button("Good answer").click()
    chat.why.get_by_label("Clear").check()
    chat.comment.fill("x" * 2_001)
    chat.why.get_by_role("button", name="Save").click()
    expect(chat.why.get_by_role("alert")).to_have_text(re.compile("at most 2,000 fit"))
    expect(chat.comment).to_be_focused()
    expect(chat.comment).to_have_value("x" * 2_001)
    expect(chat.why.get_by_label("Clear")).to_be_checked()
    chat.comment.press("End")
    chat.comment.press("Backspace")
    expect(chat.why.get_by_role("alert")).to_be_empty()
    chat.why.get_by_role("button", name="Save").click()
    expect(chat.why).to_have_count(0)
    complaints.clear()  # the refusal is one


def test_an_answer_that_was_rated_and_continued_shows_it_at_its_end(chat: Chat, model: Upstream) -> None:
    """What the end of the stream draws is what the page shows later."""
    gate = Gate()
    model.script(Say("So far"), Hang())
    chat.send("Why?")
    chat.sees_growing("So far")
    expect(chat.button("Good answer")).to_have_count(0)
    chat.button("Stop generating").click()
    chat.sees_state("stopped")
    chat.button("Bad answer").click()
    sees_rating(chat, bad=True)
    model.script(gate, Say(", and on."), Finish())
    chat.button("Continue").click()
    expect(chat.button("Bad answer")).to_have_count(0)
    gate.release()
    chat.sees_state("complete")
    sees_rating(chat, bad=True)
    assert chat.picture() == chat.reload().picture()


def test_without_script_there_is_a_page_for_it(plain_chat: Chat, model: Upstream) -> None:
    chat = plain_chat
    model.script(Say("Because."), Finish())
    chat.send("Why?")
    chat.page.frame_locator("iframe").get_by_role("link", name="Show the finished answer").click()
    chat.button("Bad answer").click()
    sees_rating(chat, bad=True)
    assert "#message-" in chat.page.url
    chat.page.get_by_role("link", name="Say why").click()
    expect(chat.page.get_by_role("heading", name="Rate this answer")).to_be_visible()
    chat.page.get_by_label("Incomplete").check()
    chat.comment.fill("More!")
    chat.button("Save").click()
    sees_rating(chat, bad=True)
    chat.page.get_by_role("link", name="Your feedback").click()
    expect(chat.page.get_by_label("Incomplete")).to_be_checked()
    expect(chat.comment).to_have_value("More!")
    chat.page.get_by_role("link", name="Cancel").click()
    chat.button("Bad answer").click()
    sees_rating(chat)


# Announcements


@pytest.fixture
def announcement(server: Server) -> Iterator[str]:
    """One the operator has made, for all who come to this server; taken away at the end."""
    text = "The site rests on Sunday from 8 to 9."
    make = (
        f"from chat.models import Announcement; print(Announcement.objects.create(text={text!r}, level='warning').pk)"
    )
    server.manage("shell", "-c", make)
    yield text
    server.manage("shell", "-c", "from chat.models import Announcement; Announcement.objects.all().delete()")


def announcements(page: Page) -> Locator:
    return page.get_by_role("region", name="Announcements")


def test_an_announcement_is_dismissed_for_this_window_and_nothing_jumps(
    chat: Chat, announcement: str, server: Server
) -> None:
    page = chat.page
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({type: "layout-shift", buffered: true})"""
    )
    chat.open()
    expect(announcements(page)).to_contain_text(announcement)
    expect(announcements(page).locator("p")).to_have_text(f"Warning: {announcement}")
    assert page.evaluate("window.shift") < 0.02
    announcements(page).get_by_role("button", name="Dismiss").press("Enter")
    expect(page.get_by_text(announcement)).to_be_hidden()
    expect(chat.box).to_be_focused()
    chat.reload()
    expect(page.get_by_text(announcement)).to_be_hidden()
    chat.open("/accounts/login/")
    expect(page.get_by_text(announcement)).to_be_hidden()
    assert page.evaluate("window.shift") < 0.02
    another = Chat(page.context.new_page(), server.url).open("/accounts/login/")
    expect(announcements(another.page)).to_contain_text(announcement)


def test_without_script_it_is_read_and_not_dismissed(plain_chat: Chat, announcement: str) -> None:
    plain_chat.reload()
    expect(announcements(plain_chat.page)).to_contain_text(announcement)
    expect(plain_chat.button("Dismiss")).to_be_hidden()


# Legible, named, in order


RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]


def complaints_of(page: Page) -> list[str]:
    page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
    violations = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in violations for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_everyone_can_rate_and_read_what_is_announced(
    browser: Browser, server: Server, model: Upstream, announcement: str, scheme: str, width: int
) -> None:
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    chat = Chat(context.new_page(), server.url).open()
    model.script(Say("Because."), Finish())
    chat.send("Why?")
    chat.sees_state("complete")
    chat.button("Bad answer").click()
    chat.why.get_by_label("Not true").check()
    expect(announcements(chat.page)).to_contain_text(announcement)
    assert complaints_of(chat.page) == []
    assert chat.thread.evaluate("thread => thread.scrollWidth - thread.clientWidth") == 0
    assert chat.page.evaluate("document.documentElement.scrollWidth") == width
    link = chat.answer.locator("a.why").get_attribute("href")
    assert link
    chat.open(link)
    expect(chat.page.get_by_label("Not true")).to_be_visible()
    assert complaints_of(chat.page) == []
    assert chat.page.evaluate("document.documentElement.scrollWidth") == width
    assert complaints_of(chat.open("/accounts/login/").page) == []
    context.close()
