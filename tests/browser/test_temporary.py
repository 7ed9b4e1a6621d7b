"""A temporary chat is in no list, says so, and is kept or deleted as its owner likes."""

import pytest
from playwright.sync_api import expect

from tests.steps import Chat

SAYS_SO = "Temporary chat: not in your history, gone a day after its last message."


@pytest.fixture(params=["chat", "plain_chat"])
def either(request: pytest.FixtureRequest) -> Chat:
    """With script and without."""
    chat: Chat = request.getfixturevalue(request.param)
    return chat


def begin(chat: Chat) -> None:
    chat.page.get_by_role("link", name="Temporary chat").click()
    expect(chat.page.get_by_text(SAYS_SO)).to_be_visible()
    chat.send("A secret question")
    expect(chat.said).to_have_text(["A secret question"])
    expect(chat.page.get_by_text(SAYS_SO)).to_be_visible()


def test_it_is_in_no_list_and_gone_when_one_says_so(either: Chat) -> None:
    chat = either
    begin(chat)
    expect(chat.chats).to_have_count(0)
    chat.button("Delete now").click()
    expect(chat.page.get_by_text("The temporary chat is gone.")).to_be_visible()
    expect(chat.said).to_have_count(0)
    chat.send("Something else")
    expect(chat.said).to_have_text(["Something else"])
    expect(chat.chats).to_have_text(["Something else"])


def test_kept_it_joins_the_others(either: Chat) -> None:
    chat = either
    begin(chat)
    chat.button("Keep this chat").click()
    expect(chat.chats).to_have_text(["A secret question"])
    expect(chat.page.get_by_text(SAYS_SO)).to_have_count(0)


def test_a_suggestion_begins_one_too_and_it_goes_on(chat: Chat) -> None:
    chat.page.get_by_role("link", name="Temporary chat").click()
    chat.page.get_by_role("form", name="Suggestions").get_by_role("button").first.click()
    chat.sees_state("complete")
    chat.ask("And then?")
    chat.sees_state("complete")
    expect(chat.page.get_by_text(SAYS_SO)).to_be_visible()
    chat.reload()
    expect(chat.answers).to_have_count(2)
    expect(chat.chats).to_have_count(0)


def test_one_may_think_better_of_it_before_the_first_message(chat: Chat) -> None:
    chat.page.get_by_role("link", name="Temporary chat").click()
    chat.page.get_by_role("link", name="Make it an ordinary chat").click()
    chat.send("Why?")
    expect(chat.chats).to_have_text(["Why?"])
