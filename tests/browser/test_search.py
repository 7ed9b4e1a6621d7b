"""Searching in the sidebar: as one types, by the keyboard, and without script."""

import re

import pytest
from playwright.sync_api import expect

from tests.steps import Chat
from tests.upstream import Finish, Say, Upstream


@pytest.fixture
def talked(chat: Chat, model: Upstream) -> Chat:
    """A guest who asked of two things in two chats, and has an empty one open."""
    for text, answer in (("Why does rain fall?", "Because **drops** grow."), ("Who painted Guernica?", "Picasso.")):
        model.script(Say(answer), Finish())
        chat.open().send(text)
        chat.page.wait_for_url("**/chat/*-*/")
        chat.sees_state("complete")
    return chat.open()


def test_results_come_as_one_types_and_lead_to_the_message(talked: Chat) -> None:
    chat = talked
    expect(chat.chats).to_have_count(2)
    address = chat.page.url
    chat.search_box.press_sequentially("dro")
    expect(chat.results).to_have_count(1)
    expect(chat.results.locator("mark")).to_have_text("drops")
    expect(chat.page.get_by_role("navigation", name="Chats")).to_be_hidden()
    expect(chat.status).to_have_text("1 result")
    assert chat.page.url == address
    chat.results.get_by_role("link").click()
    chat.page.wait_for_url(re.compile("/chat/.*find=drops#message-"))
    expect(chat.text).to_have_text("Because drops grow.")


def test_the_words_are_marked_and_in_sight_in_a_long_message(chat: Chat, model: Upstream) -> None:
    answer = (
        "A brain stays dry.\n\n"
        + "And so it goes on.\n\n" * 99
        + "It is rain, **heavy** rain (a lot).\n\n"
        + "So.\n\n" * 50
    )
    model.script(Say(answer), Finish())
    chat.send("What falls?")
    chat.sees_state("complete")
    markup = chat.text.inner_html()
    chat.search_box.fill('"heavy rain" lot')
    chat.results.get_by_role("link").click()
    chat.page.wait_for_url(re.compile("/chat/.*find=.*lot#message-"))
    place = chat.text.get_by_text("It is rain")
    expect(place).to_be_in_viewport()
    assert marked(chat) == ["heavy rain", "lot"]
    assert chat.text.inner_html() == markup
    chat.search_box.fill("rain")
    chat.results.get_by_role("link").click()
    chat.page.wait_for_url(re.compile("/chat/.*find=rain#message-"))
    expect(place).to_be_in_viewport()
    assert marked(chat) == ["rain", "rain"]
    assert 0 <= chat.height_of(place) < 0.75


def marked(chat: Chat) -> list[str]:
    found: list[str] = chat.page.evaluate("() => Array.from(CSS.highlights.get('found'), String)")
    return found


def test_more_results_leave_the_keyboard_at_the_first_of_them(talked: Chat, model: Upstream) -> None:
    chat = talked
    for _ in range(11):
        model.script(Say("Snow."), Finish())
        chat.ask("Does snow fall?")
        chat.sees_state("complete")
    chat.search_box.fill("snow")
    expect(chat.results).to_have_count(21)
    more = chat.results.get_by_role("link", name="More results")
    more.focus()
    more.press("Enter")
    expect(chat.results).to_have_count(22)
    expect(chat.results.nth(20).get_by_role("link")).to_be_focused()


def test_arrow_keys_lead_through_results_and_menus(talked: Chat) -> None:
    chat = talked
    press, link = chat.page.keyboard.press, chat.results.get_by_role("link")
    chat.search_box.press_sequentially("rain")
    expect(link).to_have_count(1)
    press("ArrowDown")
    expect(link).to_be_focused()
    press("ArrowDown")
    expect(link).to_be_focused()
    press("ArrowUp")
    expect(chat.search_box).to_be_focused()
    press("ArrowDown")
    press("Enter")
    chat.page.wait_for_url(re.compile("/chat/.*#message-"))
    menu = chat.page.locator("#heading .menu")
    menu.locator("summary").press("Enter")
    press("ArrowDown")
    expect(menu.get_by_role("link", name="Rename")).to_be_focused()
    press("ArrowDown")
    expect(menu.get_by_role("button", name="Pin")).to_be_focused()
    press("ArrowUp")
    press("ArrowUp")
    expect(menu.locator("summary")).to_be_focused()


def test_escape_and_emptying_bring_the_list_back(talked: Chat) -> None:
    chat = talked
    listed = chat.page.get_by_role("navigation", name="Chats")
    chat.search_box.fill("rain")
    expect(chat.results).to_have_count(1)
    chat.search_box.press("Escape")
    expect(listed).to_be_visible()
    expect(chat.search_box).to_have_value("")
    expect(chat.results).to_have_count(0)
    chat.search_box.fill("rain")
    expect(listed).to_be_hidden()
    chat.search_box.fill("")
    expect(listed).to_be_visible()


def test_nothing_found_is_said(talked: Chat) -> None:
    talked.search_box.fill("umbrella")
    expect(talked.page.get_by_text("Nothing found for “umbrella”.")).to_be_visible()
    expect(talked.status).to_have_text("No results")


def test_control_k_leads_to_the_box_also_where_it_is_hidden(talked: Chat) -> None:
    chat = talked
    chat.box.press("Control+k")
    expect(chat.search_box).to_be_focused()
    chat.button("List of chats").click()
    expect(chat.search_box).to_be_hidden()
    chat.box.press("Control+k")
    expect(chat.search_box).to_be_focused()
    chat.page.set_viewport_size({"width": 390, "height": 780})
    expect(chat.search_box).to_be_hidden()
    chat.page.keyboard.press("Control+k")
    expect(chat.search_box).to_be_focused()
    chat.search_box.fill("rain")
    expect(chat.results).to_have_count(1)
    chat.search_box.press("Escape")
    expect(chat.page.get_by_role("navigation", name="Chats")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.search_box).to_be_hidden()


def test_without_script_enter_leads_to_a_page_of_results(plain_chat: Chat) -> None:
    chat = plain_chat
    chat.send("Why does rain fall?")
    chat.page.wait_for_url("**/chat/*-*/")
    chat.search_box.fill("rain")
    chat.search_box.press("Enter")
    expect(chat.page.get_by_text("1 result", exact=True)).to_be_visible()
    chat.page.get_by_role("link", name=re.compile("rain fall")).click()
    expect(chat.said).to_have_text("Why does rain fall?")
    assert "#message-" in chat.page.url


def test_a_message_in_another_version_is_shown_by_a_button(talked: Chat, model: Upstream) -> None:
    chat = talked
    chat.chats.filter(has_text="rain").click()
    model.script(Say("Crystals."), Finish())
    chat.edit(chat.questions, "Why does snow fall?")
    expect(chat.text).to_have_text("Crystals.")
    chat.search_box.fill("drops")
    chat.results.get_by_role("link").click()
    chat.button("Show it in the chat").click()
    expect(chat.text).to_have_text("Because drops grow.")
