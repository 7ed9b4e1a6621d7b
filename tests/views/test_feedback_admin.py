"""What people say of their answers, as staff read it: only what is in chats they may read, and without titles."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.models import Conversation, Feedback, Generation, Opening, User
from tests.conftest import begin, signed_in
from tests.roles import client_of, staff
from tests.views.test_chat import end

pytestmark = pytest.mark.django_db

LIST = reverse("admin:chat_feedback_changelist")


@pytest.fixture
def bad(owner: User) -> Feedback:
    return rated(owner, "bad", ["untrue", "harmful"], "It is <b>green</b>.")


def rated(user: User, value: str, reasons: list[str], comment: str, model: str = "") -> Feedback:
    turn = begin(user, "A very secret title")
    end(turn)
    if model:
        Generation.objects.filter(pk=turn.generation.pk).update(model=model)
    return turn.answer.rate(value, reasons, comment)


def text_of(client: Client, path: str = LIST, **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def page_of(feedback: Feedback) -> str:
    return reverse("admin:chat_feedback_change", args=[feedback.pk])


@pytest.mark.parametrize("role", ["Reviewer", "Lead"])
def test_reviewers_read_what_was_said_and_of_which_model(role: str, bad: Feedback) -> None:
    client = client_of(role)
    for path in (LIST, page_of(bad)):
        html = text_of(client, path)
        assert "Bad answer" in html
        assert "Not true, Harmful or unsafe" in html
        assert "It is &lt;b&gt;green&lt;/b&gt;." in html
        assert "scripted" in html
        assert reverse("admin:chat_conversation_change", args=[bad.message.conversation_id]) in html
        assert "secret title" not in html
        assert "Rayleigh" not in html
    assert not Opening.objects.exists()  # a comment is no text of the chat


def test_operators_and_visitors_do_not(owner_client: Client, bad: Feedback) -> None:
    operator = client_of("Operator")
    for path in (LIST, page_of(bad)):
        assert operator.get(path).status_code == 403
        assert owner_client.get(path).headers["Location"].startswith("/admin/login/")


def test_nobody_changes_it(reviewer: User, bad: Feedback) -> None:
    client = signed_in(reviewer)
    assert client.get(reverse("admin:chat_feedback_add")).status_code == 403
    assert client.post(page_of(bad), {"value": "good", "comment": "forged"}).status_code == 403
    delete = reverse("admin:chat_feedback_delete", args=[bad.pk])
    assert signed_in(staff("clerk", "Reviewer")).post(delete, {"post": "yes"}).status_code == 403
    bad.refresh_from_db()
    assert (bad.value, bad.comment) == ("bad", "It is <b>green</b>.")


def test_what_is_said_where_staff_may_not_read_is_not_there(
    reviewer: User, owner: User, bad: Feedback, settings: Settings
) -> None:
    client = signed_in(reviewer)

    def is_there() -> bool:
        assert client.get(page_of(bad)).status_code == (200 if "green" in text_of(client) else 404)
        return "green" in text_of(client)

    conversation = Conversation.objects.filter(pk=bad.message.conversation_id)
    assert is_there()
    for unreadable, readable in (
        ({"is_temporary": True}, {"is_temporary": False}),
        ({"deleted": timezone.now()}, {"deleted": None}),
    ):
        conversation.update(**unreadable)
        assert not is_there()
        conversation.update(**readable)
        assert is_there()
    settings.CHAT_REVIEW = "opt-in"
    assert not is_there()
    assert "scripted" not in text_of(client)  # among the filters
    User.objects.filter(pk=owner.pk).update(allows_review=True)
    assert is_there()


def test_it_is_filtered_by_value_model_and_date_and_searched(reviewer: User, owner: User, bad: Feedback) -> None:
    rated(owner, "good", ["clear"], "Lovely", model="gpt-9")
    client = signed_in(reviewer)
    year, later = str(timezone.now().year), str(timezone.now().year + 1)
    for query, found in [
        ({}, (True, True)),
        ({"value__exact": "bad"}, (True, False)),
        ({"value__exact": "good"}, (False, True)),
        ({"model": "scripted"}, (True, False)),
        ({"model": "gpt-9"}, (False, True)),
        ({"model": "none"}, (False, False)),
        ({"q": "lovely"}, (False, True)),
        ({"updated__year": year}, (True, True)),
        ({"updated__year": later}, (False, False)),
    ]:
        html = text_of(client, **query)
        assert ("green" in html, "Lovely" in html) == found, query


def test_the_models_to_choose_from_are_those_of_the_newest(
    reviewer: User, owner: User, bad: Feedback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.admin.feedback.RECENT", 1)
    rated(owner, "good", [], "Lovely", model="gpt-9")
    client = signed_in(reviewer)
    assert "?model=gpt-9" in text_of(client)
    assert "?model=scripted" not in text_of(client)
    assert "?model=scripted" in text_of(client, model="scripted")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a plan is told in a database's own words")
def test_the_newest_are_found_by_an_index_however_many_there_are(reviewer: User, bad: Feedback) -> None:
    latest = Feedback.objects.within(Conversation.objects.reviewable()).order_by("-updated", "-pk")
    plan = latest.explain()
    assert "feedback_list" in plan
    assert "TEMP B-TREE" not in plan


def test_an_answer_that_was_continued_is_there_once(reviewer: User, bad: Feedback) -> None:
    bad.message.queue("scripted")
    client = signed_in(reviewer)
    assert text_of(client, model="scripted").count("Read the conversation") == 1


def test_more_of_it_costs_no_more_queries(reviewer: User, owner: User, bad: Feedback) -> None:
    client = signed_in(reviewer)
    text_of(client)
    with CaptureQueriesContext(connection) as few:
        text_of(client)
    for number in range(5):
        rated(owner, "good", [], f"Comment {number}")
    with CaptureQueriesContext(connection) as many:
        html = text_of(client)
    assert html.count("Read the conversation") == 6
    assert len(many) == len(few)


def test_a_conversation_is_still_deleted_with_all_that_was_said_of_it(reviewer: User, bad: Feedback) -> None:
    path = reverse("admin:chat_conversation_delete", args=[bad.message.conversation_id])
    assert signed_in(reviewer).post(path, {"post": "yes"}).status_code == 302
    assert not Feedback.objects.exists()
