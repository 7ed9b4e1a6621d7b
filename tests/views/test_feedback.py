"""Good answer and Bad answer: stored, explained, changed and taken back by their owner alone."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from chat.errors import Gone, NothingToRate
from chat.models import Conversation, Feedback, Message, Share, Turn, User
from chat.models.feedback import REASONS
from chat.models.generation import State
from tests.conftest import begin, signed_in
from tests.long import conversation_of
from tests.races import at_once
from tests.views.test_chat import HTMX, end

pytestmark = pytest.mark.django_db

READ = "The staff of this site may read this chat."


@pytest.fixture
def answered(turn: Turn) -> Turn:
    end(turn, "Because of *Rayleigh*.")
    return turn


def path_of(answer: Message) -> str:
    return reverse("chat:feedback", args=[answer.pk])


def say(client: Client, answer: Message, htmx: bool = True, **form: Any) -> HttpResponse:
    return client.post(path_of(answer), form, headers=HTMX if htmx else {})  # type: ignore[return-value]


def kept(answer: Message) -> tuple[str, list[str], str] | None:
    found = Feedback.objects.filter(message=answer).first()
    return (found.value, found.reasons, found.comment) if found else None


def buttons(html: str) -> dict[str, tuple[str, str]]:
    """What each button sends, and whether it is pressed."""
    found = re.findall(r'name="value" value="(\w+)" aria-pressed="(\w+)" aria-label="(\w+ answer)"', html)
    return {name: (value, pressed) for value, pressed, name in found}


UNRATED = {"Good answer": ("good", "false"), "Bad answer": ("bad", "false")}
GOOD = {"Good answer": ("none", "true"), "Bad answer": ("bad", "false")}
BAD = {"Good answer": ("good", "false"), "Bad answer": ("none", "true")}


def chat_of(client: Client, turn: Turn) -> str:
    return client.get(turn.question.conversation.get_absolute_url()).content.decode()


# Pressing


def test_one_press_stores_another_changes_and_the_same_again_takes_back(owner_client: Client, answered: Turn) -> None:
    answer = answered.answer
    assert buttons(chat_of(owner_client, answered)) == UNRATED
    pressed = say(owner_client, answer, value="good").content.decode()
    assert kept(answer) == ("good", [], "")
    assert buttons(pressed) == buttons(chat_of(owner_client, answered)) == GOOD
    assert "Rated as a good answer." in pressed
    pressed = say(owner_client, answer, value="bad").content.decode()
    assert kept(answer) == ("bad", [], "")
    assert buttons(pressed) == BAD
    pressed = say(owner_client, answer, value=buttons(pressed)["Bad answer"][0]).content.decode()
    assert kept(answer) is None
    assert buttons(pressed) == buttons(chat_of(owner_client, answered)) == UNRATED
    assert "Your rating is taken back." in pressed


def test_a_press_answers_with_the_buttons_and_a_form_for_why(owner_client: Client, answered: Turn) -> None:
    html = say(owner_client, answered.answer, value="bad").content.decode()
    assert html.lstrip().startswith('<span class="rating"')
    assert "<article" not in html
    assert 'class="reasons"' in html
    for label in REASONS["bad"].values():
        assert label in html
    assert "Well written" not in html


def test_without_htmx_a_press_leads_back_to_the_message(owner_client: Client, answered: Turn) -> None:
    response = say(owner_client, answered.answer, htmx=False, value="good")
    assert response.status_code == 303
    assert response.headers["Location"].endswith(f"#message-{answered.answer.pk}")
    html = owner_client.get(path_of(answered.answer)).content.decode()
    assert "Rate this answer" in html
    assert "Because of Rayleigh." in html
    for label in REASONS["good"].values():
        assert label in html
    response = say(owner_client, answered.answer, htmx=False, value="good", reasons=["clear"], comment="Thanks")
    assert response.status_code == 303
    assert kept(answered.answer) == ("good", ["clear"], "Thanks")


def test_the_page_of_an_answer_that_is_not_rated_has_the_buttons_alone(owner_client: Client, answered: Turn) -> None:
    html = owner_client.get(path_of(answered.answer)).content.decode()
    assert buttons(html) == UNRATED
    assert 'class="reasons"' not in html
    assert kept(answered.answer) is None


def test_pressed_again_from_a_tab_that_is_behind_it_says_the_same(owner_client: Client, answered: Turn) -> None:
    say(owner_client, answered.answer, value="bad", reasons=["untrue"], comment="No.")
    say(owner_client, answered.answer, value="bad")
    assert kept(answered.answer) == ("bad", ["untrue"], "No.")
    for _ in range(2):
        say(owner_client, answered.answer, value="none")
    assert kept(answered.answer) is None


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_are_one_row(answered: Turn) -> None:
    ratings = at_once(2, lambda: Message.objects.get(pk=answered.answer.pk).rate("good"))
    assert {rating.pk for rating in ratings} == {Feedback.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_rating_and_taking_back_at_once_hurt_nobody(answered: Turn) -> None:
    waiting = [lambda answer: answer.rate("bad", ["untrue"], "No."), lambda answer: answer.take_rating_back()] * 2
    at_once(4, lambda: waiting.pop()(Message.objects.get(pk=answered.answer.pk)))
    assert kept(answered.answer) in (None, ("bad", ["untrue"], "No."))


# Why


def test_reasons_and_a_comment_are_kept_and_shown_again(owner_client: Client, answered: Turn) -> None:
    form: dict[str, Any] = {"value": "bad", "reasons": ["incomplete", "untrue"], "comment": " One\r\ntwo <b>. "}
    html = say(owner_client, answered.answer, **form).content.decode()
    assert kept(answered.answer) == ("bad", ["untrue", "incomplete"], "One\ntwo <b>.")
    assert 'class="reasons"' not in html
    assert "Your feedback" in html
    html = owner_client.get(path_of(answered.answer), headers=HTMX).content.decode()
    assert html.lstrip().startswith('<span class="rating"')
    assert 'value="untrue" checked' in html
    assert 'value="harmful">' in html
    assert "One\ntwo &lt;b&gt;." in html


def test_changed_to_the_other_value_it_begins_anew(owner_client: Client, answered: Turn) -> None:
    say(owner_client, answered.answer, value="bad", reasons=["untrue", "other"], comment="Look again.")
    html = say(owner_client, answered.answer, value="good").content.decode()
    assert kept(answered.answer) == ("good", [], "")
    assert "Look again." not in html


def test_saved_with_nothing_in_it_it_holds_nothing(owner_client: Client, answered: Turn) -> None:
    say(owner_client, answered.answer, value="bad", reasons=["untrue"], comment="No.")
    say(owner_client, answered.answer, value="bad", comment="")
    assert kept(answered.answer) == ("bad", [], "")


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "Say whether it is a good answer or a bad one."),
        ({"value": "great"}, "Say whether it is a good answer or a bad one."),
        ({"value": "great", "comment": "Mine"}, "Say whether it is a good answer or a bad one."),
        ({"value": "good", "reasons": ["untrue"]}, "One of the reasons is none that can be given here."),
        ({"value": "bad", "reasons": ["<script>"]}, "One of the reasons is none that can be given here."),
    ],
)
def test_what_can_not_be_said_is_refused_with_a_sentence(
    owner_client: Client, answered: Turn, form: dict[str, Any], sentence: str, htmx: bool
) -> None:
    response = say(owner_client, answered.answer, htmx=htmx, **form)
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert kept(answered.answer) is None


def test_a_comment_that_is_too_long_is_refused_kindly_and_nothing_is_lost(owner_client: Client, answered: Turn) -> None:
    answer = answered.answer
    longest = "y" + "\r\n" * 1_998 + "y"  # a browser's line ends; each is one character
    say(owner_client, answer, value="good")
    form: dict[str, Any] = {"value": "bad", "reasons": ["harmful"], "comment": f"{longest}y"}
    sentence = "Your comment has 2,001 characters; at most 2,000 fit. Shorten it and save again."
    response = say(owner_client, answer, **form)
    assert (response.status_code, response.headers["HX-Retarget"]) == (400, f"#trouble-{answer.pk}")
    assert sentence in response.content.decode()
    response = say(owner_client, answer, htmx=False, **form)
    html = response.content.decode()
    assert response.status_code == 400
    assert sentence in html
    assert 'value="harmful" checked' in html
    assert "y" + "\n" * 1_998 + "yy" in html.replace("\r\n", "\n")
    assert kept(answer) == ("good", [], "")
    say(owner_client, answer, **{**form, "comment": longest})
    assert kept(answer) == ("bad", ["harmful"], "y" + "\n" * 1_998 + "y")


def test_no_character_of_a_comment_breaks_anything(owner_client: Client, answered: Turn) -> None:
    assert say(owner_client, answered.answer, value="good", comment="a\0b").status_code == 400
    say(owner_client, answered.answer, value="good", comment="\n👩‍👩‍👧 </textarea><script>alert(1)</script>")
    html = owner_client.get(path_of(answered.answer)).content.decode()
    assert "</textarea><script>" not in html
    assert "👩‍👩‍👧" in html


@pytest.mark.parametrize(
    ("review", "allows", "is_told"),
    [
        ("all", None, True),
        ("all", False, True),
        ("opt-out", None, True),
        ("opt-out", False, False),
        ("opt-in", None, False),
        ("opt-in", True, True),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_the_form_says_that_staff_may_read_the_chat_where_they_may(
    settings: Settings, owner: User, answered: Turn, review: str, allows: bool | None, is_told: bool, htmx: bool
) -> None:
    settings.CHAT_REVIEW = review
    owner.allows_review = allows
    owner.save()
    client = signed_in(owner)
    say(client, answered.answer, value="bad")
    html = client.get(path_of(answered.answer), headers=HTMX if htmx else {}).content.decode()
    assert (READ in html) == is_told


def test_of_a_temporary_chat_it_does_not(owner_client: Client, answered: Turn) -> None:
    Conversation.objects.update(is_temporary=True)
    html = say(owner_client, answered.answer, value="bad").content.decode()
    assert 'class="reasons"' in html
    assert READ not in html


# What may be rated, and by whom


def test_a_question_is_not_rated(owner_client: Client, answered: Turn) -> None:
    assert say(owner_client, answered.question, value="good").status_code == 404
    assert owner_client.get(path_of(answered.question)).status_code == 404
    assert chat_of(owner_client, answered).count('class="rating"') == 1


@pytest.mark.parametrize("htmx", [True, False])
def test_what_is_not_finished_or_empty_is_not_rated(owner_client: Client, turn: Turn, htmx: bool) -> None:
    def refuses() -> None:
        assert "Good answer" not in chat_of(owner_client, turn)
        response = say(owner_client, turn.answer, htmx=htmx, value="good")
        assert response.status_code == 409
        assert "There is no finished answer here to rate yet." in response.content.decode()
        assert owner_client.get(path_of(turn.answer)).status_code == 409

    refuses()
    end(turn, "", State.FAILED, error_code="upstream", error="It broke off.")
    refuses()
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("state", [State.COMPLETE, State.STOPPED, State.INTERRUPTED, State.FAILED])
def test_however_it_ended_an_answer_with_text_is(owner_client: Client, turn: Turn, state: State) -> None:
    end(turn, "So far", state)
    assert buttons(chat_of(owner_client, turn)) == UNRATED
    assert say(owner_client, turn.answer, value="bad").status_code == 200
    assert kept(turn.answer) == ("bad", [], "")


def test_a_stranger_rates_nothing_and_sees_nothing(other_client: Client, client: Client, answered: Turn) -> None:
    answered.answer.rate("bad", ["untrue"], "Mine.")
    forms: list[dict[str, Any]] = [{"value": "good"}, {"value": "none"}, {"value": "good", "comment": "x"}]
    for form in forms:
        assert say(other_client, answered.answer, **form).status_code == 404
        assert say(client, answered.answer, htmx=False, **form).headers["Location"].startswith("/accounts/login/")
        assert say(client, answered.answer, **form).status_code == 403
    assert other_client.get(path_of(answered.answer)).status_code == 404
    assert kept(answered.answer) == ("bad", ["untrue"], "Mine.")
    assert say(other_client, Message(pk=uuid.uuid4()), value="good").status_code == 404


def test_staff_rate_only_what_is_theirs(reviewer: User, answered: Turn) -> None:
    assert say(signed_in(reviewer), answered.answer, value="good").status_code == 404


def test_a_guest_rates_too(answered: Turn) -> None:
    guest = User.objects.for_guest("a" * 32)
    turn = begin(guest)
    end(turn)
    say(signed_in(guest), turn.answer, value="good")
    assert kept(turn.answer) == ("good", [], "")


def test_only_with_the_forms_token_and_only_by_post(owner: User, answered: Turn) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(owner)
    assert careful.post(path_of(answered.answer), {"value": "good"}).status_code == 403
    assert careful.get(path_of(answered.answer), {"value": "good"}).status_code == 200
    assert signed_in(owner).put(path_of(answered.answer)).status_code == 405
    assert not Feedback.objects.exists()


def test_what_was_deleted_is_rated_no_more(owner_client: Client, answered: Turn) -> None:
    answer = Message.objects.get(pk=answered.answer.pk)
    Conversation.objects.of(answered.question.conversation.user).discard()
    assert say(owner_client, answer, value="good").status_code == 404
    Conversation.objects.all().delete()
    with pytest.raises(Gone):
        answer.rate("good")


def test_the_verb_itself_refuses_what_is_being_written(turn: Turn) -> None:
    with pytest.raises(NothingToRate):
        turn.answer.rate("good")
    with pytest.raises(NothingToRate):
        turn.question.rate("good")


# Where it shows, and where it goes


def test_a_page_of_ratings_costs_no_query_more(owner_client: Client, owner: User) -> None:
    def queries_of(conversation: Conversation) -> int:
        with CaptureQueriesContext(connection) as queries:
            owner_client.get(conversation.get_absolute_url())
        return len(queries)

    short, long = conversation_of(owner, 4), conversation_of(owner, 20)
    few = queries_of(short)
    assert queries_of(long) == few
    for answer in long.messages.filter(role="assistant"):
        answer.rate("good", ["clear"], "Thanks")
    assert queries_of(long) == few
    assert owner_client.get(long.get_absolute_url()).content.decode().count('aria-pressed="true"') == 10


def test_a_fork_a_link_and_another_version_have_none(owner_client: Client, client: Client, answered: Turn) -> None:
    answered.answer.rate("bad", ["untrue"], "A secret comment")
    share = Share.objects.make(answered.question.conversation)
    html = client.get(share.get_absolute_url()).content.decode()
    assert "Rayleigh" in html
    for word in ("A secret comment", "Bad answer", "Not true", "rating"):
        assert word not in html
    owner_client.post(reverse("chat:fork", args=[answered.answer.pk]), {"key": str(uuid.uuid4())})
    owner_client.post(reverse("chat:regenerate", args=[answered.answer.pk]))
    assert Message.objects.filter(role="assistant").count() == 3
    assert Feedback.objects.get().message_id == answered.answer.pk


def test_it_goes_with_the_conversation(owner: User, answered: Turn) -> None:
    answered.answer.rate("good")
    answered.question.conversation.delete()
    assert not Feedback.objects.exists()
    User.objects.get(pk=owner.pk).delete()
