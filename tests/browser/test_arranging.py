"""Arranging one's chats: by the menus in the list and the head, by keyboard, on the pages of many, without script."""

import re
import uuid

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.test_look import complaints_of
from tests.browser.test_tabs import look_at
from tests.server import Server
from tests.steps import Chat, eventually
from tests.upstream import Endless, Finish, Gate, Say, Upstream


def nav(chat: Chat) -> Locator:
    return chat.page.get_by_role("navigation", name="Chats")


def row(chat: Chat, title: str) -> Locator:
    return nav(chat).get_by_role("listitem").filter(has_text=title)


def group(chat: Chat, title: str) -> Locator:
    return nav(chat).locator("section", has=chat.page.get_by_role("heading", name=title)).get_by_role("link")


def open_menu(chat: Chat, title: str) -> Locator:
    row(chat, title).hover()
    row(chat, title).get_by_label("What to do with").click()
    menu = row(chat, title).locator(".choices")
    expect(menu).to_be_visible()
    return menu


def choose(chat: Chat, title: str, deed: str) -> None:
    open_menu(chat, title).get_by_text(deed, exact=True).click()


def titles(chat: Chat) -> list[str]:
    return nav(chat).get_by_role("listitem").get_by_role("link").all_text_contents()


def fill(chat: Chat, server: Server, count: int) -> None:
    """Give whoever has just begun a chat many more, which are older."""
    chat.send("The first of all")
    chat.page.wait_for_url("**/chat/*-*/")
    chat.sees_state("complete")
    begun = uuid.UUID(chat.path.split("/")[2])
    server.manage(
        "shell",
        "--command=from datetime import timedelta as d; from django.utils.timezone import now;"
        f"from chat.models import Conversation as C; u = C.objects.get(pk='{begun}').user;"
        f"many = [C(user=u, title=f'Chat {{n:03}}', updated=now() - d(hours=n + 1)) for n in range({count})];"
        "C.objects.bulk_create(many)",
    )
    chat.reload()


@pytest.fixture
def two(chat: Chat) -> Chat:
    """A person with two chats, the second of which is open."""
    for text in ("First", "Second"):
        chat.open().send(text)
        chat.sees_state("complete")
    return chat


def test_a_chat_is_pinned_and_comes_first(two: Chat) -> None:
    expect(two.chats).to_have_text(["Second", "First"])
    choose(two, "First", "Pin")
    expect(group(two, "Pinned")).to_have_text(["First"])
    expect(two.chats).to_have_text(["First", "Second"])
    expect(two.status).to_have_text("“First” is pinned.")
    two.ask("More")  # what answers bring leaves it there
    two.sees_state("complete")
    expect(two.chats).to_have_text(["First", "Second"])
    choose(two, "First", "Unpin")
    expect(two.chats).to_have_text(["Second", "First"])


def test_a_chat_is_archived_and_found_in_the_archive(two: Chat) -> None:
    choose(two, "First", "Archive")
    expect(two.chats).to_have_text(["Second"])
    two.page.get_by_role("link", name="Manage chats").click()
    two.page.get_by_role("link", name="Archive").click()
    two.page.get_by_label("Select “First”").check()
    two.button("Unarchive").click()
    expect(two.page.get_by_text("1 chat is out of the archive.")).to_be_visible()
    two.page.get_by_role("link", name="New chat").click()
    expect(two.chats).to_have_text(["Second", "First"])


def test_a_chat_is_renamed_in_its_row_by_the_keyboard_alone(two: Chat) -> None:
    title = two.page.get_by_role("textbox", name="Title")
    row(two, "First").get_by_role("link").focus()
    two.page.keyboard.press("Tab")
    two.page.keyboard.press("Enter")
    expect(row(two, "First").locator("summary")).to_be_focused()
    two.page.keyboard.press("Escape")
    expect(row(two, "First").locator(".choices")).to_be_hidden()
    expect(row(two, "First").locator("summary")).to_be_focused()
    two.page.keyboard.press("Enter")
    two.page.keyboard.press("Tab")
    two.page.keyboard.press("Enter")
    expect(title).to_be_focused()
    expect(title).to_have_value("First")
    title.fill("Never")
    two.page.keyboard.press("Escape")
    expect(two.chats).to_have_text(["Second", "First"])
    expect(row(two, "First").locator("summary")).to_be_focused()
    two.page.keyboard.press("Enter")
    two.page.keyboard.press("Tab")
    two.page.keyboard.press("Enter")
    title.fill("Another title")
    title.press("Enter")
    expect(two.chats).to_have_text(["Second", "Another title"])
    expect(row(two, "Another title").get_by_label("What to do with")).to_be_focused()
    expect(two.reload().chats).to_have_text(["Second", "Another title"])


def test_the_open_chat_is_renamed_in_the_head_and_everywhere(two: Chat, complaints: list[str]) -> None:
    menu = two.page.locator("#heading summary")
    title = two.page.get_by_role("textbox", name="Title")
    menu.click()
    two.page.get_by_role("link", name="Rename").click()
    title.fill("  ")
    title.press("Enter")
    expect(two.notice).to_have_text("Give it a title of at least one letter.")
    complaints.clear()  # a 400 is one
    title.fill("A better title")
    title.press("Enter")
    expect(two.page.get_by_role("heading", level=1)).to_have_text("A better title")
    expect(two.page).to_have_title("A better title · ChatStream")
    expect(two.chats).to_have_text(["A better title", "First"])
    expect(two.notice).to_be_empty()
    expect(menu).to_be_focused()
    menu.click()
    two.page.get_by_role("link", name="Rename").click()
    title.fill("By going elsewhere")
    two.box.click()
    expect(two.page.get_by_role("heading", level=1)).to_have_text("By going elsewhere")
    expect(two.box).to_be_focused()


def test_a_deleted_chat_comes_back_by_undo(two: Chat) -> None:
    choose(two, "First", "Delete")
    expect(two.chats).to_have_text(["Second"])
    expect(two.page.get_by_role("form", name="Deleted")).to_have_text(re.compile("“First” was deleted."))
    expect(two.status).to_have_text(re.compile("“First” was deleted."))
    two.button("Undo").press("Enter")
    expect(two.chats).to_have_text(["Second", "First"])
    expect(two.button("Undo")).to_have_count(0)
    two.chats.filter(has_text="First").click()
    expect(two.questions).to_contain_text("First")


def test_the_notice_goes_after_ten_seconds_and_hands_on_the_focus(two: Chat) -> None:
    two.page.clock.install()
    two.page.locator("#heading summary").click()
    two.page.locator("#heading").get_by_role("button", name="Delete").click()
    two.page.wait_for_url("**/chat/")
    expect(two.chats).to_have_text(["First"])
    expect(two.button("Undo")).to_be_visible()
    two.button("Undo").focus()
    two.page.clock.run_for(10_000)
    expect(two.button("Undo")).to_have_count(0)
    expect(two.box).to_be_focused()


def test_a_reader_of_an_answer_whose_chat_is_deleted_is_told(
    chat: Chat, model: Upstream, window: BrowserContext
) -> None:
    model.script(Endless(every=0.02))
    chat.send("On and on")
    chat.sees_growing("word")
    elsewhere = Chat(window.new_page(), chat.url).open()
    choose(elsewhere, "On and on", "Delete")
    expect(chat.answer).to_contain_text("This answer was deleted.")
    expect(chat.answer).to_have_attribute("aria-busy", "false")
    model.wait_until_idle()


def test_the_list_comes_by_itself_as_one_scrolls(chat: Chat, server: Server) -> None:
    fill(chat, server, 120)
    expect(chat.chats.filter(has_text="Chat 000")).to_have_count(1)
    expect(chat.chats.filter(has_text="Chat 119")).to_have_count(0)
    nav(chat).hover()

    def is_at_the_end() -> bool:
        chat.page.mouse.wheel(0, 2_000)
        return chat.chats.filter(has_text="Chat 119").count() == 1

    eventually(is_at_the_end)
    expect(chat.chats).to_have_count(121)
    assert titles(chat) == ["The first of all", *(f"Chat {number:03}" for number in range(120))]
    headings = nav(chat).get_by_role("heading").all_text_contents()
    assert len(set(headings)) == len(headings)


def test_an_answer_that_comes_leaves_what_was_scrolled_in_and_the_place_in_it(chat: Chat, server: Server) -> None:
    fill(chat, server, 120)
    nav(chat).hover()
    chat.page.mouse.wheel(0, 100_000)
    expect(chat.chats).to_have_count(101)
    low = row(chat, "Chat 090")
    low.scroll_into_view_if_needed()
    low.get_by_role("link").focus()
    before = low.bounding_box()
    with chat.page.expect_response("**/messages/"):
        chat.page.evaluate("document.getElementById('message').value = 'One more'")
        chat.page.evaluate("document.getElementById('composer').requestSubmit()")
    chat.sees_state("complete")
    expect(chat.chats).to_have_count(101)
    assert low.bounding_box() == before
    choose(chat, "Chat 090", "Pin")
    expect(group(chat, "Pinned")).to_have_text(["Chat 090"])
    expect(chat.chats).to_have_count(101)
    choose(chat, "Chat 080", "Delete")
    expect(chat.chats).to_have_count(100)
    chat.button("Undo").click()
    expect(chat.chats).to_have_count(101)
    assert titles(chat) == [
        "Chat 090",
        "The first of all",
        *(f"Chat {number:03}" for number in range(99) if number != 90),
    ]


def test_an_open_menu_is_not_disturbed_by_what_an_answer_brings(
    two: Chat, model: Upstream, window: BrowserContext
) -> None:
    gate = Gate()
    model.script(Say("so far"), gate, Finish())
    other = Chat(window.new_page(), two.url).open()
    other.send("Third")
    other.sees_growing("so far")
    look_at(two)
    expect(row(two, "Third").get_by_text("writing…")).to_be_visible()
    menu = open_menu(two, "First")
    gate.release()
    other.sees_state("complete")
    with two.page.expect_response("**/news/**"):
        look_at(two)
    expect(menu).to_be_visible()
    expect(row(two, "Third").get_by_text("writing…")).to_be_visible()
    two.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(row(two, "Third").get_by_text("writing…")).to_have_count(0)
    expect(row(two, "First").get_by_label("What to do with")).to_be_focused()


def test_an_empty_page_that_is_looked_at_again_shows_the_list_as_it_is(chat: Chat, window: BrowserContext) -> None:
    chat.send("First")
    chat.sees_state("complete")
    empty = Chat(window.new_page(), chat.url).open()
    choose(chat, "First", "Pin")
    expect(group(chat, "Pinned")).to_have_count(1)
    look_at(empty)
    expect(group(empty, "Pinned")).to_have_text(["First"])


def test_the_menu_of_the_lowest_row_is_whole(chat: Chat, server: Server) -> None:
    fill(chat, server, 40)
    lowest = chat.chats.last
    lowest.scroll_into_view_if_needed()
    menu = open_menu(chat, "Chat 039").bounding_box()
    size = chat.page.viewport_size
    assert menu and size
    assert menu["y"] >= 0
    assert menu["y"] + menu["height"] <= size["height"]
    row(chat, "Chat 039").get_by_role("button", name="Delete").click()  # nothing covers it
    expect(chat.chats).to_have_count(40)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_arranging_can_be_read_and_used_by_everyone(two: Chat, scheme: str, width: int) -> None:
    page = two.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    if width < 500:
        two.button("Show chats").click()
    choose(two, "First", "Pin")
    expect(group(two, "Pinned")).to_have_count(1)
    open_menu(two, "Second")
    assert complaints_of(page) == []
    page.keyboard.press("Escape")
    choose(two, "Second", "Rename")
    assert complaints_of(page) == []
    page.keyboard.press("Escape")
    choose(two, "First", "Delete")
    expect(two.button("Undo")).to_be_visible()
    assert complaints_of(page) == []
    chat = two.path
    for path in ("/chats/", "/chats/archive/", "/chats/delete-all/", f"{chat}manage/", f"{chat}rename/"):
        page.goto(two.url + path)
        assert complaints_of(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


# The pages of many, and all of it without script


@pytest.fixture(params=["script", "no script"])
def any_chat(request: pytest.FixtureRequest) -> Chat:
    chat: Chat = request.getfixturevalue("chat" if request.param == "script" else "plain_chat")
    for text in ("First", "Second", "Third"):
        chat.open().send(text)
        chat.page.wait_for_url("**/chat/*-*/")
    chat.open("/chats/")
    return chat


def test_several_are_deleted_and_come_back(any_chat: Chat) -> None:
    page = any_chat.page
    names = page.locator(".rows .name")
    for title in ("First", "Third"):
        page.get_by_label(f"Select “{title}”").check()
    any_chat.button("Delete").click()
    expect(names).to_have_text(["Second"])
    expect(page.get_by_text("2 chats were deleted.")).to_be_visible()
    any_chat.button("Undo").click()
    expect(names).to_have_count(3)
    page.locator("#select-all:visible, noscript a").click()
    expect(page.locator(".rows :checked")).to_have_count(3)
    any_chat.button("Archive").click()
    expect(names).to_have_count(0)
    expect(page.get_by_text("3 chats are in the archive.")).to_be_visible()


def test_all_are_deleted_by_typing_the_word(any_chat: Chat, complaints: list[str]) -> None:
    page = any_chat.page
    page.get_by_role("link", name="Delete all chats…").click()
    any_chat.button("Delete all chats").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("Nothing was deleted."))
    complaints.clear()  # a 400 is one
    page.get_by_label("Type “delete” to confirm").fill("delete")
    any_chat.button("Delete all chats").click()
    expect(page.get_by_text("3 chats were deleted.")).to_be_visible()
    expect(page.locator(".rows .name")).to_have_count(0)


def test_without_script_a_row_leads_to_a_page_with_all_that_can_be_done(plain_chat: Chat) -> None:
    chat = plain_chat
    chat.send("First")
    chat.page.wait_for_url("**/chat/*-*/")
    row(chat, "First").hover()
    row(chat, "First").get_by_role("button").click()
    chat.button("Pin").click()
    expect(group(chat, "Pinned")).to_have_text(["First"])
    chat.page.locator("#heading summary").click()
    chat.page.get_by_role("link", name="Rename").click()
    chat.page.get_by_role("textbox", name="Title").fill("Another title")
    chat.button("Save").click()
    expect(chat.chats).to_have_text(["Another title"])
    chat.page.locator("#heading summary").click()
    chat.button("Delete").click()
    expect(chat.chats).to_have_count(0)
    chat.button("Undo").click()
    expect(chat.chats).to_have_text(["Another title"])
    expect(chat.questions).to_contain_text("First")
