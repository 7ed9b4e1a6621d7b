"""Searching: what one sees of it, and that it leads to the message."""

import re
import uuid
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.models import Conversation, Message, SearchEntry, Turn, User
from tests.conftest import begin
from tests.long import conversation_of
from tests.views.test_chat import HTMX, end

pytestmark = pytest.mark.django_db

URL = "/search/"


def page_of(client: Client, query: str, **more: str) -> str:
    response = client.get(URL, {"q": query, **more})
    assert response.status_code == 200
    return response.content.decode()


def fragment(client: Client, query: str, **more: str) -> str:
    response = client.get(URL, {"q": query, **more}, headers=HTMX)
    assert response.status_code == 200
    assert "<html" not in response.content.decode()
    return response.content.decode()


def links(html: str) -> list[str]:
    return re.findall(r'href="(/messages/[^"]*|/chat/[0-9a-f-]{36}/)"', html)


# What is shown


def test_the_page_shows_title_day_and_the_words_around_the_hit(owner_client: Client, turn: Turn) -> None:
    Message.objects.update(created=timezone.now().replace(2026, 3, 4))
    html = page_of(owner_client, "sky")
    assert "1 result<" in html
    assert '<span class="snippet">Why is the <mark>sky</mark> blue?</span>' in html
    assert '<span class="title">Why is the <mark>sky</mark> blue?</span>' in html
    assert "4 Mar 2026" in html
    assert links(html) == [f"{reverse('chat:message', args=[turn.question.pk])}?find=sky"]
    assert '<input type="search" name="q" value="sky"' in html
    assert 'aria-label="Search chats"' in html


def test_htmx_gets_the_results_alone_and_what_a_screen_reader_says(owner_client: Client, turn: Turn) -> None:
    html = fragment(owner_client, "sky")
    assert "<mark>sky</mark>" in html
    assert '<p id="status" hx-swap-oob="innerHTML">1 result</p>' in html


def test_it_varies_by_who_asks(owner_client: Client) -> None:
    assert "HX-Request" in owner_client.get(URL)["Vary"]


def test_everything_is_escaped(owner_client: Client, owner: User) -> None:
    text = "<script>alert(1)</script> & <b>sky</b>"
    begin(owner, text)
    for html in (page_of(owner_client, "<b>sky"), fragment(owner_client, "alert sky"), page_of(owner_client, "<i>x")):
        assert "<script>alert" not in html
        assert "<b>" not in html
        assert "<i>" not in html
    assert "&lt;b&gt;<mark>sky</mark>&lt;/b&gt;" in fragment(owner_client, "sky")


def test_an_answer_is_shown_in_plain_words(owner_client: Client, turn: Turn) -> None:
    end(turn, "It is **Rayleigh** scattering.")
    html = page_of(owner_client, "rayleigh")
    assert "It is <mark>Rayleigh</mark> scattering." in html
    assert "Answer ·" in html


def test_a_title_alone_leads_to_its_chat(owner_client: Client, owner: User) -> None:
    conversation = Conversation.objects.create(user=owner, title="About rain")
    html = page_of(owner_client, "rain")
    assert "About <mark>rain</mark>" in html
    assert links(html) == [conversation.get_absolute_url()]


def test_an_archived_chat_is_found_and_said_to_be(owner_client: Client, turn: Turn) -> None:
    assert "Archived" not in page_of(owner_client, "sky")
    Conversation.objects.update(is_archived=True)
    assert "Archived" in page_of(owner_client, "sky")


def test_nothing_found_is_said_kindly(owner_client: Client, turn: Turn) -> None:
    for html in (page_of(owner_client, "umbrella"), fragment(owner_client, "umbrella")):
        assert "Nothing found for “umbrella”. Try" in unescape(html)
        assert "No results" in html


def test_without_words_nothing_is_looked_for(owner_client: Client, turn: Turn) -> None:
    for html in (page_of(owner_client, "?!"), fragment(owner_client, "?!")):
        assert "There is no word in “?!” to look for." in unescape(html)
    assert 'hx-swap-oob="innerHTML">No word to look for</p>' in html  # to a screen reader
    assert fragment(owner_client, "").split() == ["<p", 'id="status"', 'hx-swap-oob="innerHTML"></p>']
    assert "Nothing found" not in page_of(owner_client, "")


@pytest.mark.parametrize("query", ['"', "*", "a AND", "NEAR(", "\0", "🎉", "'", "x" * 10_000, "sky " * 2_000, "%00"])
def test_whatever_is_typed_is_answered(owner_client: Client, turn: Turn, query: str) -> None:
    page_of(owner_client, query)
    fragment(owner_client, query)


def test_bytes_that_are_no_text_are_answered(owner_client: Client) -> None:
    assert owner_client.get(f"{URL}?q=%ff%ed%a0%80").status_code == 200


@pytest.mark.parametrize("query", ["", "sky", "?!"])
def test_the_page_begins_in_its_box(owner_client: Client, query: str) -> None:
    assert re.search(r'<input type="search"[^>]* autofocus>', page_of(owner_client, query))


# Pages


@pytest.fixture
def fifty(owner: User) -> Conversation:
    conversation = Conversation.objects.create(user=owner, title="Many")
    Message.objects.bulk_create(
        Message(conversation=conversation, role=Message.Role.USER, text=f"rain {number}") for number in range(50)
    )
    SearchEntry.objects.index(conversation)
    return conversation


def test_more_results_come_twenty_at_a_time_and_each_once(owner_client: Client, fifty: Conversation) -> None:
    for ask in (page_of, fragment):
        seen: list[str] = []
        for number, count in ((1, 20), (2, 20), (3, 10)):
            html = ask(owner_client, "rain", page=str(number))
            assert len(links(html)) == count
            assert ("More results" in html) == (number < 3)
            seen += links(html)
        assert len(set(seen)) == 50
    assert f'hx-get="{URL}?q=rain&amp;page=3"' in fragment(owner_client, "rain", page="2")
    assert "50 results" in page_of(owner_client, "rain")


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "²", "9" * 50, "400"])
def test_a_page_that_is_not_there_is_answered(owner_client: Client, fifty: Conversation, page: str) -> None:
    page_of(owner_client, "rain", page=page)
    fragment(owner_client, "rain", page=page)


def test_more_than_are_ranked_are_said_to_be(
    owner_client: Client, owner: User, monkeypatch: pytest.MonkeyPatch, fifty: Conversation
) -> None:
    monkeypatch.setattr("chat.models.search.MOST", 30)
    assert "The newest 30 results" in page_of(owner_client, "rain")


# Whose


def test_another_persons_messages_are_not_found(other_client: Client, turn: Turn) -> None:
    assert links(page_of(other_client, "sky")) == []


def test_a_guest_finds_their_own(client: Client, settings: Settings) -> None:
    settings.CHAT_GUESTS = True
    assert "No results" in fragment(client, "sky")
    client.get("/chat/")
    client.post("/chat/", {"text": "Why is the sky blue?", "key": str(uuid.uuid4())})
    assert "1 result" in fragment(client, "sky")


def test_a_visitor_who_may_be_no_guest_signs_in_first(client: Client, settings: Settings) -> None:
    settings.CHAT_GUESTS = False
    assert client.get(URL, {"q": "sky"})["Location"] == "/accounts/login/?next=/search/%3Fq%3Dsky"
    assert client.get(URL, {"q": "sky"}, headers=HTMX).status_code == 403


def test_searching_is_looking(owner_client: Client) -> None:
    assert owner_client.post(URL).status_code == 405


# The way to a message


def test_a_result_leads_to_its_message(owner_client: Client, turn: Turn) -> None:
    url = reverse("chat:message", args=[turn.question.pk])
    conversation = turn.question.conversation
    assert owner_client.get(url)["Location"] == f"{conversation.get_absolute_url()}#message-{turn.question.pk}"


def test_what_was_found_goes_along(owner_client: Client, owner: User) -> None:
    text = "Größe & 100% of it, größe #1?\nThe sky\nis 東京's"
    turn = begin(owner, text)
    link = unescape(links(page_of(owner_client, 'grosse 100 "the sky" 東京'))[0])
    assert parse_qs(urlsplit(link).query)["find"] == ["Größe", "100", "größe", "The sky", "東京"]
    location = urlsplit(owner_client.get(link)["Location"])
    assert parse_qs(location.query)["find"] == ["Größe", "100", "größe", "The sky", "東京"]
    assert location.fragment == f"message-{turn.question.pk}"
    assert "js/found." in owner_client.get(location.path + "?" + location.query).content.decode()
    assert "js/found." not in owner_client.get(location.path).content.decode()


@pytest.mark.parametrize("find", ["x" * 10_000, "a#b&c=d\r\nSet-Cookie: e", "\0", "", "<script>"])
def test_whatever_is_to_be_marked_leads_to_the_message(owner_client: Client, turn: Turn, find: str) -> None:
    response = owner_client.get(reverse("chat:message", args=[turn.question.pk]), {"find": find})
    location = urlsplit(response["Location"])
    assert location.path == turn.question.conversation.get_absolute_url()
    assert location.fragment == f"message-{turn.question.pk}"
    assert len(response["Location"]) < 2_000
    page = owner_client.get(f"{location.path}?{location.query}")
    assert page.status_code == 200
    assert "<script>" not in page.content.decode()


def test_one_further_up_leads_to_the_part_around_it(owner_client: Client, owner: User) -> None:
    conversation = conversation_of(owner, 100)
    message = conversation.thread()[10]
    location = owner_client.get(reverse("chat:message", args=[message.pk]))["Location"]
    assert location == f"{conversation.get_absolute_url()}?at={message.pk}#message-{message.pk}"
    assert f'id="message-{message.pk}"' in owner_client.get(location).content.decode()


@pytest.fixture
def elsewhere(turn: Turn) -> Message:
    """The answer to a question that was then asked in other words."""
    end(turn, "It is <b>scattering</b>.")
    turn.question.conversation.edit(turn.question, "Why is it dark?", uuid.uuid4(), "scripted")
    return turn.answer


def test_looking_at_one_in_another_version_changes_nothing(owner_client: Client, elsewhere: Message) -> None:
    conversation = elsewhere.conversation
    before = conversation.thread()
    html = owner_client.get(reverse("chat:message", args=[elsewhere.pk])).content.decode()
    assert "It is &lt;b&gt;scattering&lt;/b&gt;." in html
    assert "Show it in the chat" in html
    assert Conversation.objects.get(pk=conversation.pk).thread() == before


def test_a_button_has_the_thread_lead_to_it(owner_client: Client, elsewhere: Message) -> None:
    assert links(page_of(owner_client, "scattering")) == [
        f"{reverse('chat:message', args=[elsewhere.pk])}?find=scattering"
    ]
    response = owner_client.post(reverse("chat:message", args=[elsewhere.pk]))
    assert response.status_code == 303
    conversation = Conversation.objects.get(pk=elsewhere.conversation_id)
    assert response["Location"] == f"{conversation.get_absolute_url()}#message-{elsewhere.pk}"
    assert elsewhere in conversation.thread()
    again = owner_client.post(reverse("chat:message", args=[elsewhere.pk]))
    assert again["Location"] == response["Location"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_persons_message_is_not_there(other_client: Client, turn: Turn, method: str) -> None:
    assert getattr(other_client, method)(reverse("chat:message", args=[turn.question.pk])).status_code == 404


def test_a_message_of_a_deleted_chat_is_not_there(owner_client: Client, turn: Turn) -> None:
    Conversation.objects.update(deleted=timezone.now() - timedelta(days=1))
    assert owner_client.get(reverse("chat:message", args=[turn.question.pk])).status_code == 404


def test_the_chat_page_has_the_box(owner_client: Client, turn: Turn) -> None:
    html = owner_client.get("/chat/").content.decode()
    assert 'aria-label="Search chats"' in html
    assert 'hx-get="/search/"' in html
