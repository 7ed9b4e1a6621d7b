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
    chat.page.wait_for_url("**/chat/*/#message-*")
    expect(chat.text).to_have_text("Because drops grow.")


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
