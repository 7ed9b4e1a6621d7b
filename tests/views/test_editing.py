"""A question is asked in other words: another version beside it, with an answer of its own, and nothing is lost."""

import re
import uuid

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Generation, Message, Turn, User
from chat.models.chunk import Row
from chat.models.generation import State
from tests.conftest import begin, stop_all
from tests.races import at_once
from tests.views.test_chat import HTMX, end, page_of, send

pytestmark = pytest.mark.django_db

WORDS = "Why is the sea blue?"


def url_of(message: Message) -> str:
    return reverse("chat:edit", args=[message.pk])


def edit(
    client: Client, question: Message, text: str = WORDS, key: uuid.UUID | None = None, htmx: bool = True
) -> HttpResponse:
    return send(client, url_of(question), text, key, htmx)


def choose(client: Client, message: Message) -> None:
    client.post(reverse("chat:choose", args=[message.pk]))


def thread(turn: Turn) -> list[Message]:
    return Conversation.objects.get(pk=turn.question.conversation_id).thread()


def texts(turn: Turn) -> list[str]:
    return [message.text for message in thread(turn)]


@pytest.fixture
def answered(turn: Turn) -> Turn:
    end(turn, "The first.")
    return turn


@pytest.fixture
def second(answered: Turn) -> Turn:
    """The conversation's second turn, answered too."""
    turn = answered.question.conversation.post("And grass?", uuid.uuid4(), "scripted")
    end(turn, "The second.")
    return turn


# What it does


@pytest.mark.parametrize("htmx", [True, False])
def test_an_edited_question_stands_beside_the_first_with_an_answer_of_its_own(
    owner_client: Client, second: Turn, htmx: bool
) -> None:
    edit(owner_client, second.question, "And the sea?\r\n", htmx=htmx)
    assert texts(second) == ["Why is the sky blue?", "The first.", "And the sea?", ""]
    question, answer = thread(second)[2:]
    assert (question.role, question.parent_id) == (Message.Role.USER, second.question.parent_id)
    assert (answer.role, answer.parent_id, answer.state) == (Message.Role.ASSISTANT, question.pk, State.QUEUED)
    assert second.question.versions == [second.question.pk, question.pk]
    second.question.refresh_from_db()
    second.answer.refresh_from_db()
    assert (second.question.text, second.answer.text) == ("And grass?", "The second.")


def test_the_page_shows_the_thread_anew_and_keeps_its_composer(owner_client: Client, second: Turn) -> None:
    html = edit(owner_client, second.question).content.decode()
    shown = thread(second)
    assert re.findall(r'<article id="message-([^"]+)"', html) == [str(message.pk) for message in shown]
    assert f'sse-connect="/messages/{shown[-1].pk}/stream/?after=0.0"' in html
    assert reverse("chat:stop", args=[shown[-1].pk]) in html
    assert 'id="composer"' not in html


def test_without_script_an_edit_leads_to_the_conversation(owner_client: Client, second: Turn) -> None:
    response = edit(owner_client, second.question, htmx=False)
    assert (response.status_code, response.headers["Location"]) == (303, page_of(second))


@pytest.mark.parametrize("place", ["first", "later"])
def test_one_may_go_from_one_wording_to_the_other_and_what_is_below_follows(
    owner_client: Client, answered: Turn, second: Turn, place: str
) -> None:
    question = answered.question if place == "first" else second.question
    before = thread(second)
    edit(owner_client, question)
    after = thread(second)
    assert (
        f'action="{reverse("chat:choose", args=[question.pk])}"' in owner_client.get(page_of(second)).content.decode()
    )
    choose(owner_client, question)
    assert thread(second) == before
    html = owner_client.get(page_of(second)).content.decode()
    assert ">1/2<" in html
    assert "The second." in html
    choose(owner_client, after[-2])
    assert thread(second) == after


def test_an_edit_after_an_older_wording_was_chosen_is_shown(owner_client: Client, answered: Turn) -> None:
    edit(owner_client, answered.question)
    choose(owner_client, answered.question)
    edit(owner_client, answered.question, "Why is it so?")
    assert texts(answered) == ["Why is it so?", ""]
    assert thread(answered)[0].version == 3


def test_an_edit_from_a_page_that_shows_another_branch_is_shown_too(
    owner_client: Client, answered: Turn, second: Turn
) -> None:
    edit(owner_client, answered.question, "Something else")  # in another tab, say
    edit(owner_client, second.question, "And the sea?")
    assert texts(second) == ["Why is the sky blue?", "The first.", "And the sea?", ""]


def test_the_conversation_goes_on_below_the_wording_that_is_shown(
    owner_client: Client, answered: Turn, second: Turn
) -> None:
    edit(owner_client, answered.question)
    stop_all(Generation.objects.all())
    choose(owner_client, answered.question)
    send(owner_client, reverse("chat:send", args=[answered.question.conversation_id]), "Third")
    assert texts(second) == ["Why is the sky blue?", "The first.", "And grass?", "The second.", "Third", ""]


def test_a_message_hangs_below_what_was_chosen_just_before_it_was_sent(owner_client: Client, answered: Turn) -> None:
    conversation = Conversation.objects.get()  # as a request may have read it
    edit(owner_client, answered.question)
    stop_all(Generation.objects.all())
    choose(owner_client, answered.question)
    assert conversation.post("Second", uuid.uuid4(), "scripted").question.parent_id == answered.answer.pk


def test_a_conversation_whose_first_question_has_versions_can_be_deleted(owner_client: Client, answered: Turn) -> None:
    edit(owner_client, answered.question)
    choose(owner_client, answered.question)
    Conversation.objects.get().delete()
    assert not Message.objects.exists()


def test_a_guest_edits_too(client: Client) -> None:
    client.get(reverse("chat:new"))
    send(client, reverse("chat:new"))
    question = Message.objects.get(role=Message.Role.USER)
    assert edit(client, question, htmx=False).status_code == 303
    assert question.conversation.thread()[0].text == WORDS


# Safe to repeat, and while an answer is written


@pytest.mark.parametrize("htmx", [True, False])
def test_one_edit_sent_twice_is_one_version_and_is_shown(owner_client: Client, answered: Turn, htmx: bool) -> None:
    key = uuid.uuid4()
    edit(owner_client, answered.question, key=key)
    shown = thread(answered)
    response = edit(owner_client, answered.question, key=key, htmx=htmx)
    assert thread(answered) == shown
    assert Generation.objects.active().count() == 1
    assert len(answered.question.versions) == 2
    if htmx:
        assert f'id="message-{shown[-1].pk}"' in response.content.decode()
    else:
        assert (response.status_code, response.headers["Location"]) == (303, page_of(answered))


@pytest.mark.django_db(transaction=True)
def test_one_edit_sent_twice_at_once_is_one_version_too(answered: Turn) -> None:
    conversation, key = answered.question.conversation, uuid.uuid4()
    turns = at_once(2, lambda: conversation.edit(answered.question, WORDS, key, "scripted"))
    assert sorted(turn.is_new for turn in turns) == [False, True]
    assert len(answered.question.versions) == 2


def test_an_edit_while_an_answer_is_written_stops_that_one_and_keeps_its_text(owner_client: Client, turn: Turn) -> None:
    claim = turn.generation.claim_for("a test")
    assert claim
    Generation.objects.append([claim], [Row(turn.answer.pk, claim, "text", 0, "so far", 1)], again=False)
    edit(owner_client, turn.question)
    stopped = Message.objects.get(pk=turn.answer.pk)
    assert (stopped.text, stopped.state) == ("so far", State.STOPPED)
    assert Generation.objects.append([claim], [], again=False) == {}  # its writer has lost it
    assert thread(turn)[-1].state == State.QUEUED


@pytest.mark.parametrize("htmx", [True, False])
def test_an_edit_is_one_of_the_answers_one_may_have_at_once(
    owner_client: Client, owner: User, answered: Turn, settings: Settings, htmx: bool
) -> None:
    settings.CHAT_MAX_RUNNING = 1
    begin(owner)
    response = edit(owner_client, answered.question, htmx=htmx)
    html = response.content.decode()
    assert response.status_code == 429
    assert "One moment" in html
    assert htmx or f"{WORDS}</textarea>" in html
    assert len(answered.question.versions) == 1


def test_the_answer_that_an_edit_stops_makes_room_for_its_own(
    owner_client: Client, turn: Turn, settings: Settings
) -> None:
    settings.CHAT_MAX_RUNNING = 1
    assert edit(owner_client, turn.question).status_code == 200


def test_a_refused_edit_stops_nothing(owner_client: Client, owner: User, turn: Turn, settings: Settings) -> None:
    begin(owner)
    settings.CHAT_MAX_RUNNING = 1
    assert edit(owner_client, turn.question).status_code == 429
    assert Generation.objects.get(pk=turn.generation.pk).state == State.QUEUED


# The form


def test_with_htmx_the_form_comes_alone(owner_client: Client, answered: Turn) -> None:
    response = owner_client.get(url_of(answered.question), headers=HTMX)
    html = response.content.decode()
    assert "HX-Request" in response.headers["Vary"]
    assert html.lstrip().startswith('<div class="editor">')
    assert "Why is the sky blue?</textarea>" in html
    assert f'hx-post="{url_of(answered.question)}"' in html


def test_without_script_the_form_stands_in_the_page_in_the_questions_place(owner_client: Client, second: Turn) -> None:
    html = owner_client.get(url_of(second.question)).content.decode()
    assert html.index("The first.") < html.index("And grass?</textarea>") < html.index("The second.")
    assert html.count(" autofocus") == 1
    assert f'method="post" action="{url_of(second.question)}"' in html
    assert f'hx-post="{url_of(second.question)}"' not in html  # it goes on to the conversation's own page
    keys = re.findall(r'name="key" value="([^"]+)"', html)
    assert len(set(keys)) == len(keys) == 2 + 4  # of the two boxes, and of the four forms that fork


def test_the_form_for_a_question_that_is_not_shown_any_more_stands_below_what_led_to_it(
    owner_client: Client, answered: Turn, second: Turn
) -> None:
    edit(owner_client, answered.question, "Something else")
    html = owner_client.get(url_of(second.question)).content.decode()
    assert html.index("The first.") < html.index("And grass?</textarea>")


def test_each_question_offers_to_be_edited_and_no_answer_does(owner_client: Client, second: Turn) -> None:
    html = owner_client.get(page_of(second)).content.decode()
    offered = re.findall(r'<form class="edit" action="([^"]+)"', html)
    assert offered == [url_of(message) for message in thread(second) if message.role == Message.Role.USER]
    assert html.count('aria-label="Edit message"') == 2


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("text", "sentence"), [(" \n ", "Write a message first."), ("far too long <b>", "at most 5 fit")]
)
def test_what_can_not_be_sent_is_kept_and_explained_at_the_form(
    owner_client: Client, answered: Turn, settings: Settings, text: str, sentence: str, htmx: bool
) -> None:
    settings.CHAT_MAX_MESSAGE_CHARACTERS = 5
    response = edit(owner_client, answered.question, text, htmx=htmx)
    html = response.content.decode()
    place = f"trouble-{answered.question.pk}"
    assert response.status_code == 400
    assert sentence in html
    if htmx:
        assert response.headers["HX-Retarget"] == f"#{place}"
    else:
        assert html.index(f'id="{place}"') < html.index(sentence)
        assert "far" not in text or "far too long &lt;b&gt;</textarea>" in html
    assert len(answered.question.versions) == 1


# Who may, and how


def test_a_stranger_finds_no_question_to_edit(other_client: Client, answered: Turn) -> None:
    assert other_client.get(url_of(answered.question)).status_code == 404
    assert edit(other_client, answered.question).status_code == 404
    assert Message.objects.count() == 2


def test_an_anonymous_visitor_is_asked_to_sign_in_before_editing(client: Client, answered: Turn) -> None:
    sign_in = reverse("account_login")
    assert client.get(url_of(answered.question)).headers["Location"].startswith(sign_in)
    assert edit(client, answered.question, htmx=False).headers["Location"].startswith(sign_in)
    assert edit(client, answered.question).status_code == 403
    assert Message.objects.count() == 2


def test_an_answer_is_not_edited(owner_client: Client, answered: Turn) -> None:
    assert owner_client.get(url_of(answered.answer)).status_code == 404
    assert edit(owner_client, answered.answer).status_code == 404


def test_a_question_that_never_was_is_404(owner_client: Client) -> None:
    assert owner_client.get(reverse("chat:edit", args=[uuid.uuid4()])).status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_editing_is_get_and_post_only(owner_client: Client, answered: Turn, method: str) -> None:
    assert getattr(owner_client, method)(url_of(answered.question)).status_code == 405
    assert owner_client.head(url_of(answered.question)).status_code == 200
    assert Message.objects.count() == 2


def test_an_edit_from_elsewhere_is_refused(owner: User, answered: Turn) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert edit(client, answered.question).status_code == 403
    assert Message.objects.count() == 2
