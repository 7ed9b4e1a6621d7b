"""Fork makes another conversation of what leads to a message, and leaves the first as it is."""

import re
import uuid

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chat.models import Conversation, Generation, Message, Persona, Turn, User
from chat.models import conversation as conversations
from chat.models.generation import State
from tests.conftest import begin, signed_in
from tests.long import conversation_of
from tests.races import at_once
from tests.views.test_chat import HTMX, end
from tests.views.test_sharing import said, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(turn: Turn) -> Turn:
    end(turn, "Because of *Rayleigh*.", prompt_tokens=5, completion_tokens=7, response_id="chatcmpl-1")
    return turn


@pytest.fixture
def later(answered: Turn) -> Turn:
    later = answered.question.conversation.post("And in the evening?", uuid.uuid4(), "scripted")
    end(later, "Red.")
    return later


def fork_of(message: Message) -> str:
    return reverse("chat:fork", args=[message.pk])


def fork(client: Client, message: Message, key: str = "", htmx: bool = False) -> HttpResponse:
    form = {"key": key or str(uuid.uuid4())}
    return client.post(fork_of(message), form, headers=HTMX if htmx else {})  # type: ignore[return-value]


def forked(turn: Turn) -> Conversation:
    return Conversation.objects.exclude(pk=turn.question.conversation_id).get()


def picture(conversation: Conversation) -> list[tuple[uuid.UUID, str, str]]:
    return list(conversation.messages.values_list("pk", "text", "reasoning"))


@pytest.mark.parametrize("htmx", [True, False])
def test_fork_from_here_makes_a_chat_of_what_leads_to_the_message_and_goes_there(
    owner_client: Client, answered: Turn, later: Turn, htmx: bool
) -> None:
    before = picture(answered.question.conversation)
    response = fork(owner_client, answered.answer, htmx=htmx)
    copy = forked(answered)
    where = response.headers["HX-Redirect" if htmx else "Location"]
    assert (response.status_code, where) == (200 if htmx else 303, copy.get_absolute_url())
    assert copy.title == "Why is the sky blue? (fork)"
    assert said(copy) == [("user", "Why is the sky blue?"), ("assistant", "Because of *Rayleigh*.")]
    assert picture(answered.question.conversation) == before
    html = owner_client.get(copy.get_absolute_url()).content.decode()
    assert "Rayleigh" in html
    assert "Red." not in html


def test_every_finished_message_has_the_button_and_each_a_key_of_its_own(
    owner_client: Client, answered: Turn, later: Turn
) -> None:
    html = owner_client.get(answered.question.conversation.get_absolute_url()).content.decode()
    assert html.count("Fork from here</button>") == 4
    for message in Message.objects.all():
        assert f'action="{fork_of(message)}"' in html
    keys = re.findall(r'name="key" value="([^"]+)"><button><svg', html)
    assert len(set(keys)) == 4


def test_what_produced_an_answer_comes_along_but_not_what_it_cost(answered: Turn, later: Turn) -> None:
    Message.objects.filter(pk=answered.answer.pk).update(reasoning="A thought.")
    facts = {"persona": "Pirate", "system_prompt": "Arr.", "parameters": {"temperature": 0.5}, "cost": "0.25"}
    Generation.objects.filter(pk=answered.generation.pk).update(**facts, finish_reason="stop")
    old = Generation.objects.get(pk=answered.generation.pk)
    answer = answered.question.conversation.fork(later.answer, uuid.uuid4()).thread()[1]
    copied = Message.objects.get(pk=answer.pk)
    assert (copied.reasoning, copied.created) == ("A thought.", Message.objects.get(pk=answered.answer.pk).created)
    new = copied.generations.get()
    same = ("model", "persona", "system_prompt", "parameters", "finish_reason", "response_id", "started", "finished")
    for name in (*same, "created", "ordinal", "prompt_tokens", "completion_tokens", "state"):
        assert getattr(new, name) == getattr(old, name), name
    assert (new.pk != old.pk, new.cost, new.claim) == (True, None, None)
    assert new.conversation_id == copied.conversation_id


def test_versions_beside_the_branch_stay_behind(owner_client: Client, answered: Turn) -> None:
    conversation = answered.question.conversation
    edited = conversation.edit(answered.question, "In other words?", uuid.uuid4(), "scripted")
    end(edited, "The second.")
    fork(owner_client, edited.answer)
    assert said(forked(answered)) == [("user", "In other words?"), ("assistant", "The second.")]
    Conversation.objects.exclude(pk=conversation.pk).delete()
    fork(owner_client, answered.answer)  # of a version that isn't shown
    assert said(forked(answered)) == [("user", "Why is the sky blue?"), ("assistant", "Because of *Rayleigh*.")]
    assert forked(answered).messages.count() == 2


def test_what_the_conversation_is_asked_for_with_comes_along(owner: User, answered: Turn) -> None:
    conversation = answered.question.conversation
    settings = {"model": "big", "system_prompt": "Arr.", "temperature": 0.5, "max_tokens": 9, "is_title_given": True}
    for name, value in settings.items():
        setattr(conversation, name, value)
    conversation.persona = Persona.objects.create(owner=owner, name="Pirate", prompt="Arr.")
    conversation.is_pinned = conversation.is_archived = True
    conversation.save()
    copy = conversation.fork(answered.answer, uuid.uuid4())
    assert {name: getattr(copy, name) for name in settings} == settings
    assert copy.persona == conversation.persona
    assert not (copy.is_pinned or copy.is_archived or copy.is_temporary)


def test_a_fork_of_a_fork_is_called_the_same_and_a_long_title_fits(answered: Turn) -> None:
    copy = answered.question.conversation.fork(answered.answer, uuid.uuid4())
    assert copy.fork(copy.thread()[-1], uuid.uuid4()).title == copy.title
    copy.title = "x" * 200
    assert copy.fork(copy.thread()[-1], uuid.uuid4()).title == "x" * 193 + " (fork)"


def test_a_fork_of_a_temporary_chat_is_temporary(answered: Turn) -> None:
    answered.question.conversation.is_temporary = True
    assert answered.question.conversation.fork(answered.answer, uuid.uuid4()).is_temporary


def test_a_fork_goes_on_by_itself(answered: Turn, later: Turn) -> None:
    copy = answered.question.conversation.fork(answered.answer, uuid.uuid4())
    turn = copy.post("And at night?", uuid.uuid4(), "scripted")
    assert [message.text for message in turn.answer.before()] == [
        "Why is the sky blue?",
        "Because of *Rayleigh*.",
        "And at night?",
    ]
    assert len(answered.question.conversation.thread()) == 4


# From a question


def test_a_fork_from_a_question_asks_nothing_yet_and_offers_to(
    owner_client: Client, answered: Turn, later: Turn
) -> None:
    fork(owner_client, later.question)
    copy = forked(answered)
    assert said(copy)[2:] == [("user", "And in the evening?"), ("assistant", "")]
    assert not Generation.objects.active().exists()
    html = owner_client.get(copy.get_absolute_url()).content.decode()
    assert "Not answered here yet." in html
    assert "Try again" in html
    answer = copy.thread()[-1]
    response = owner_client.post(reverse("chat:continue", args=[answer.pk]), headers=HTMX)
    assert response.status_code == 200
    assert copy.thread()[-1].state == State.QUEUED


# Twice


def test_two_clicks_make_one_fork_and_another_form_another(owner_client: Client, answered: Turn) -> None:
    key = str(uuid.uuid4())
    first, second = (fork(owner_client, answered.answer, key).headers["Location"] for _ in range(2))
    assert first == second
    assert Conversation.objects.count() == 2
    assert fork(owner_client, answered.question, key).headers["Location"] != first  # another message's
    fork(owner_client, answered.answer)
    assert Conversation.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_fork_too(answered: Turn) -> None:
    key = uuid.uuid4()
    at_once(2, lambda: answered.question.conversation.fork(answered.answer, key))
    assert Conversation.objects.count() == 2


def test_a_fork_that_was_deleted_is_not_come_back_to(answered: Turn) -> None:
    key = uuid.uuid4()
    first = answered.question.conversation.fork(answered.answer, key)
    Conversation.objects.filter(pk=first.pk).update(deleted=timezone.now())
    assert answered.question.conversation.fork(answered.answer, key).pk != first.pk


# What is refused


@pytest.mark.parametrize("htmx", [True, False])
def test_an_answer_that_is_being_written_is_not_forked(owner_client: Client, turn: Turn, htmx: bool) -> None:
    assert (
        "Fork from here"
        not in owner_client.get(turn.question.conversation.get_absolute_url())
        .content.decode()[: -len("x")]
        .split(f'id="message-{turn.answer.pk}"')[1]
    )
    response = fork(owner_client, turn.answer, htmx=htmx)
    assert response.status_code == 409
    assert "still being written" in text_of(response)
    assert Conversation.objects.count() == 1
    assert fork(owner_client, turn.question).status_code == 303  # what leads to it may be


@pytest.mark.parametrize("htmx", [True, False])
def test_a_branch_too_long_to_copy_is_refused_kindly(
    owner_client: Client, answered: Turn, htmx: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "LONGEST_FORK", 1)
    response = fork(owner_client, answered.answer, htmx=htmx)
    assert response.status_code == 409
    assert "Fork from one further up." in text_of(response)
    assert Conversation.objects.count() == 1
    assert fork(owner_client, answered.question).status_code == 303


@pytest.mark.parametrize("form", [{}, {"key": "nonsense"}])
@pytest.mark.parametrize("htmx", [True, False])
def test_a_form_without_its_key_is_refused_kindly(
    owner_client: Client, answered: Turn, form: dict[str, str], htmx: bool
) -> None:
    response = owner_client.post(fork_of(answered.answer), form, headers=HTMX if htmx else {})
    assert response.status_code == 400
    assert "Reload the page and send again." in text_of(response)


def test_a_stranger_does_not_fork(other_client: Client, answered: Turn) -> None:
    assert fork(other_client, answered.answer).status_code == 404
    assert Conversation.objects.count() == 1


def test_forking_is_post_only(owner_client: Client, answered: Turn) -> None:
    assert owner_client.get(fork_of(answered.answer)).status_code == 405


def test_a_guest_forks_too(db: None) -> None:
    guest = User.objects.for_guest("a key")
    turn = begin(guest)
    end(turn)
    assert fork(signed_in(guest), turn.answer).status_code == 303
    assert guest.conversations.count() == 2


def test_a_fork_costs_as_many_queries_however_long_it_is(
    owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    chat = conversation_of(owner, 60)
    with django_assert_max_num_queries(30):
        assert len(chat.fork(chat.thread()[-1], uuid.uuid4()).thread()) == 60
