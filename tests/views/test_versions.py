"""Regenerate makes another version of an answer beside it, and one may go from one to the other."""

import uuid

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Generation, Message, Turn, User
from chat.models.chunk import Row
from chat.models.generation import State
from tests.conftest import begin
from tests.races import at_once
from tests.views.test_chat import HTMX, end

pytestmark = pytest.mark.django_db


def do(client: Client, name: str, message: Message, htmx: bool = True) -> HttpResponse:
    headers = HTMX if htmx else {}
    return client.post(reverse(f"chat:{name}", args=[message.pk]), headers=headers)  # type: ignore[return-value]


def thread(turn: Turn) -> list[Message]:
    return turn.question.conversation.thread()


@pytest.fixture
def answered(turn: Turn) -> Turn:
    end(turn, "The first.")
    return turn


@pytest.fixture
def regenerated(owner_client: Client, answered: Turn) -> Turn:
    """A turn whose answer has two versions, the second being shown."""
    do(owner_client, "regenerate", answered.answer)
    second = thread(answered)[-1]
    assert second.generation
    new = Turn(answered.question, second, second.generation, is_new=True)
    end(new, "The second.")
    return new


def test_regenerate_puts_another_version_beside_the_first_and_shows_it(owner_client: Client, answered: Turn) -> None:
    html = do(owner_client, "regenerate", answered.answer).content.decode()
    question, version = thread(answered)
    assert question == answered.question
    assert version != answered.answer
    assert version.parent_id == answered.answer.parent_id
    assert f'id="message-{version.pk}"' in html
    assert reverse("chat:stop", args=[version.pk]) in html
    answered.answer.refresh_from_db()
    assert answered.answer.text == "The first."


def test_each_version_says_which_it_is_and_leads_to_the_others(owner_client: Client, regenerated: Turn) -> None:
    page = regenerated.question.conversation.get_absolute_url()
    first, second = regenerated.answer.versions
    html = owner_client.get(page).content.decode()
    assert "The second." in html
    assert "The first." not in html
    assert ">2/2<" in html
    assert f'action="{reverse("chat:choose", args=[first])}"' in html
    response = do(owner_client, "choose", Message.objects.get(pk=first), htmx=False)
    assert (response.status_code, response.headers["Location"]) == (303, f"{page}#message-{first}")
    html = owner_client.get(page).content.decode()
    assert "The first." in html
    assert ">1/2<" in html
    assert f'action="{reverse("chat:choose", args=[second])}"' in html


def test_the_conversation_goes_on_below_the_version_that_is_shown(owner_client: Client, regenerated: Turn) -> None:
    first = Message.objects.get(pk=regenerated.answer.versions[0])
    do(owner_client, "choose", first)
    conversation = regenerated.question.conversation
    turn = conversation.post("And then?", uuid.uuid4(), "scripted")
    assert turn.question.parent_id == first.pk
    assert [message.pk for message in thread(turn)] == [
        regenerated.question.pk,
        first.pk,
        turn.question.pk,
        turn.answer.pk,
    ]
    do(owner_client, "choose", regenerated.answer)
    assert [message.pk for message in thread(turn)] == [regenerated.question.pk, regenerated.answer.pk]


def test_an_answer_in_the_middle_is_regenerated_where_it_stands(owner_client: Client, answered: Turn) -> None:
    turn = answered.question.conversation.post("And then?", uuid.uuid4(), "scripted")
    end(turn, "Later.")
    response = do(owner_client, "regenerate", answered.answer)
    assert response.headers["HX-Refresh"] == "true"  # what stood below it is another branch
    assert len(thread(answered)) == 2
    assert Message.objects.count() == 5  # nothing is lost


def test_regenerating_while_an_answer_is_written_stops_that_one_and_keeps_its_text(
    owner_client: Client, turn: Turn
) -> None:
    claim = turn.generation.claim_for("a test")
    assert claim
    Generation.objects.append([claim], [Row(turn.answer.pk, claim, "text", 0, "so far", 1)], again=False)
    do(owner_client, "regenerate", turn.answer)
    stopped = Message.objects.get(pk=turn.answer.pk)
    assert (stopped.text, stopped.state) == ("so far", State.STOPPED)
    assert Generation.objects.append([claim], [], again=False) == {}  # its writer has lost it
    assert thread(turn)[-1].state == State.QUEUED


@pytest.mark.parametrize("htmx", [True, False])
def test_two_clicks_are_one_version(owner_client: Client, answered: Turn, htmx: bool) -> None:
    for _ in range(2):
        do(owner_client, "regenerate", answered.answer, htmx=htmx)
    assert Message.objects.filter(parent=answered.question).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_version_too(answered: Turn) -> None:
    at_once(2, lambda: answered.question.conversation.regenerate(answered.answer, "scripted"))
    assert Message.objects.filter(parent=answered.question).count() == 2


def test_what_the_provider_withheld_may_be_asked_for_again(owner_client: Client, turn: Turn) -> None:
    end(turn, "", State.FAILED, error_code="content_filter", error="Withheld.")
    html = owner_client.get(turn.question.conversation.get_absolute_url()).content.decode()
    assert "Regenerate" in html
    assert "Try again" not in html


def test_a_thread_through_versions_costs_no_query_more(
    owner: User, regenerated: Turn, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        versions = [message.versions for message in thread(regenerated)]
    assert [len(each) for each in versions] == [1, 2]


# Who may


def test_a_stranger_neither_regenerates_nor_chooses(other_client: Client, answered: Turn) -> None:
    assert do(other_client, "regenerate", answered.answer).status_code == 404
    assert do(other_client, "choose", answered.answer).status_code == 404
    assert Message.objects.count() == 2


def test_a_question_is_not_regenerated(owner_client: Client, answered: Turn) -> None:
    assert do(owner_client, "regenerate", answered.question).status_code == 404


@pytest.mark.parametrize("name", ["regenerate", "choose"])
def test_both_are_post_only(owner_client: Client, answered: Turn, name: str) -> None:
    assert owner_client.get(reverse(f"chat:{name}", args=[answered.answer.pk])).status_code == 405


# How many at once


@pytest.mark.parametrize("htmx", [True, False])
def test_more_answers_at_once_than_one_may_have_are_refused_kindly(
    owner_client: Client, owner: User, settings: Settings, htmx: bool
) -> None:
    settings.CHAT_MAX_RUNNING = 1
    begin(owner)
    headers = HTMX if htmx else {}
    form = {"text": "One more", "key": uuid.uuid4()}
    response = owner_client.post(reverse("chat:new"), form, headers=headers)
    html = response.content.decode()
    assert response.status_code == 429
    assert "One moment" in html
    assert htmx or "One more</textarea>" in html
    assert Conversation.objects.count() == 1
    Generation.objects.update(state=State.STOPPED)
    assert owner_client.post(reverse("chat:new"), form).status_code == 303


def test_another_persons_answers_do_not_count(owner_client: Client, other: User, settings: Settings) -> None:
    settings.CHAT_MAX_RUNNING = 1
    begin(other)
    assert owner_client.post(reverse("chat:new"), {"text": "Mine", "key": uuid.uuid4()}).status_code == 303
