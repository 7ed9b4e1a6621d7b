"""A temporary chat is in no list and says so; it may be kept, or be gone at once."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.errors import Gone
from chat.models import Conversation, Generation, Message, Turn, User
from chat.models.chunk import Row
from chat.models.generation import State
from tests.conftest import MODEL, signed_in
from tests.views.test_chat import HTMX, end
from tests.views.test_sharing import text_of

pytestmark = pytest.mark.django_db

NEW = reverse("chat:new")
SAYS_SO = "Temporary chat : not in your history, gone a day after its last message."


@pytest.fixture
def temporary(turn: Turn) -> Turn:
    Conversation.objects.update(is_temporary=True)
    end(turn)
    turn.question.conversation.refresh_from_db()
    return turn


def url_of(name: str, turn: Turn) -> str:
    return reverse(f"chat:{name}", args=[turn.question.conversation_id])


def page_of(turn: Turn) -> str:
    return turn.question.conversation.get_absolute_url()


def send(client: Client, htmx: bool, **more: str) -> str:
    form = {"text": "Why is the sky blue?", "key": str(uuid.uuid4()), **more}
    return client.post(NEW, form, headers=HTMX if htmx else {}).content.decode()


# Beginning one


def test_the_new_chat_page_leads_to_a_temporary_one_which_leads_back(owner_client: Client) -> None:
    html = owner_client.get(NEW).content.decode()
    assert f'href="{NEW}?temporary=1"' in html
    assert 'name="temporary"' not in html
    response = owner_client.get(f"{NEW}?temporary=1")
    html = response.content.decode()
    assert SAYS_SO in text_of(response)
    assert "Make it an ordinary chat" in html
    assert html.count('<input type="hidden" name="temporary" value="1">') == 2  # the box's and the suggestions'
    assert f'href="{NEW}?temporary=1"' not in html
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("htmx", [True, False])
def test_what_is_sent_from_there_begins_a_temporary_chat(owner_client: Client, htmx: bool) -> None:
    html = send(owner_client, htmx, temporary="1")
    assert Conversation.objects.get().is_temporary
    if htmx:  # the page learns what may be done with it
        assert 'id="temporary" class="temporary" hx-swap-oob="true">' in html
        assert "Delete now" in html
        assert 'name="temporary"' not in html


@pytest.mark.parametrize("htmx", [True, False])
def test_what_is_sent_from_elsewhere_begins_an_ordinary_one(owner_client: Client, htmx: bool) -> None:
    assert "Delete now" not in send(owner_client, htmx)
    assert not Conversation.objects.get().is_temporary


def test_a_first_message_that_is_refused_leaves_it_temporary(owner_client: Client) -> None:
    form = {"text": "", "key": uuid.uuid4(), "temporary": "1"}
    response = owner_client.post(NEW, form)
    assert response.status_code == 400
    assert '<input type="hidden" name="temporary" value="1">' in response.content.decode()


# While it is there


def test_it_is_in_no_list_but_its_address_works_for_its_owner(
    owner_client: Client, other_client: Client, temporary: Turn
) -> None:
    page = page_of(temporary)
    assert page not in owner_client.get(NEW).content.decode()
    response = owner_client.get(page)
    html = response.content.decode()
    assert SAYS_SO in text_of(response)
    assert "Rayleigh" in html
    assert "Keep this chat" in html
    assert f'<a href="{page}" title' not in html
    assert other_client.get(page).status_code == 404


def test_an_ordinary_chat_says_nothing_of_it(owner_client: Client, turn: Turn) -> None:
    html = owner_client.get(page_of(turn)).content.decode()
    assert "Temporary chat" not in html
    assert 'id="temporary" class="temporary" hidden' in html


def test_a_guests_temporary_chat_goes_along_to_the_account(owner: User) -> None:
    guest = User.objects.for_guest("a key")
    conversation = Conversation.objects.create(user=guest, title="Hush", is_temporary=True)
    owner.adopt(guest)
    conversation.refresh_from_db()
    assert (conversation.user, conversation.is_temporary) == (owner, True)


# Keeping it


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("times", [1, 2])
def test_kept_it_is_an_ordinary_chat(owner_client: Client, temporary: Turn, htmx: bool, times: int) -> None:
    for _ in range(times):
        response = owner_client.post(url_of("keep", temporary), headers=HTMX if htmx else {})
    assert response.headers["HX-Redirect" if htmx else "Location"] == page_of(temporary)
    assert not Conversation.objects.get().is_temporary
    assert page_of(temporary) in owner_client.get(NEW).content.decode()


# Deleting it


@pytest.mark.parametrize("htmx", [True, False])
def test_delete_now_leaves_nothing_of_it(owner_client: Client, temporary: Turn, htmx: bool) -> None:
    response = owner_client.post(url_of("delete_now", temporary), headers=HTMX if htmx else {})
    assert (response.status_code, response.headers["HX-Redirect" if htmx else "Location"]) == (
        200 if htmx else 303,
        NEW,
    )
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert owner_client.get(page_of(temporary)).status_code == 404
    assert "The temporary chat is gone." in owner_client.get(NEW).content.decode()
    assert owner_client.post(url_of("delete_now", temporary)).status_code == 404  # it is already


def test_delete_now_ends_what_is_being_written(owner_client: Client, turn: Turn) -> None:
    Conversation.objects.update(is_temporary=True)
    claim = turn.generation.claim_for("a test")
    assert claim
    owner_client.post(url_of("delete_now", turn))
    assert not Conversation.objects.exists()
    row = Row(turn.answer.pk, claim, "text", 0, "too late", 1)
    assert Generation.objects.append([claim], [row], again=False) == {}


def test_an_ordinary_chat_is_not_deleted_this_way(owner_client: Client, turn: Turn) -> None:
    assert owner_client.post(url_of("delete_now", turn)).status_code == 404
    assert Conversation.objects.exists()


# Who may, and how


@pytest.mark.parametrize("name", ["keep", "delete_now"])
def test_both_are_post_only_and_their_owners(
    owner_client: Client, other_client: Client, temporary: Turn, name: str
) -> None:
    assert owner_client.get(url_of(name, temporary)).status_code == 405
    assert other_client.post(url_of(name, temporary)).status_code == 404
    assert Conversation.objects.get().is_temporary


@pytest.mark.parametrize("name", ["keep", "delete_now"])
def test_a_guest_may_too(settings: Settings, temporary: Turn, name: str) -> None:
    guest = User.objects.for_guest("a key")
    Conversation.objects.update(user=guest)
    assert signed_in(guest).post(url_of(name, temporary)).status_code == 303


def test_what_is_gone_for_good_meanwhile_is_said_to_be_gone(temporary: Turn) -> None:
    conversation = temporary.question.conversation
    Conversation.objects.get(pk=conversation.pk).delete()
    with pytest.raises(Gone):
        conversation.post("And now?", uuid.uuid4(), MODEL)


def test_it_is_kept_a_day_after_an_answer_was_continued(temporary: Turn) -> None:
    conversation = temporary.question.conversation
    Conversation.objects.update(updated=timezone.now() - timedelta(days=2))
    Generation.objects.update(state=State.STOPPED)
    conversation.proceed(temporary.answer, MODEL)
    assert not Conversation.objects.expired().exists()
