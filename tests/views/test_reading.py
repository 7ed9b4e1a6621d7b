"""The reading desk: who may read, what is noted first, and that reading another version chooses nothing."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Ending, Feedback, Flag, Generation, Message, Opening, Timeline, Turn, User
from chat.models.chunk import Row
from chat.models.generation import State
from chat.parts import SIZE
from tests.conftest import MODEL, begin, signed_in
from tests.long import conversation_of
from tests.roles import staff

pytestmark = pytest.mark.django_db


def page_of(conversation: Conversation) -> str:
    return reverse("admin:chat_conversation_change", args=[conversation.pk])


def finish(generation: Generation, text: str, ending: Ending | None = None) -> None:
    """End a queued generation with a text that came in two pieces, 40 ms apart."""
    claim = generation.claim_for("a test")
    assert claim is not None
    offset, half = len(generation.message.text), len(text) // 2
    pieces = [(0, text[:half], 10), (half, text[half:], 50)]
    rows = [Row(generation.message_id, claim, "text", offset + at, piece, ms) for at, piece, ms in pieces]
    assert Generation.objects.finish(claim, rows, ending or Ending(State.COMPLETE, completion_tokens=7))


def clerk(*roles: str) -> User:
    return staff("-".join(["clerk", *roles]), *roles)


@pytest.fixture
def conversation(turn: Turn) -> Conversation:
    finish(turn.generation, "Because of *Rayleigh*.")
    return turn.question.conversation


@pytest.fixture
def reading(db: None) -> Client:
    return signed_in(clerk("Reviewer"))


# Who may


@pytest.mark.parametrize(("role", "status"), [("Reviewer", 200), ("Lead", 200), ("Operator", 403)])
def test_who_reads(conversation: Conversation, role: str, status: int) -> None:
    response = signed_in(clerk(role)).get(page_of(conversation))
    assert response.status_code == status
    assert ("Rayleigh" in response.content.decode()) == (status == 200)
    assert Opening.objects.count() == (1 if status == 200 else 0)


def test_others_are_asked_to_sign_in(conversation: Conversation, owner_client: Client, client: Client) -> None:
    for visitor in (owner_client, client):
        assert visitor.get(page_of(conversation)).headers["Location"].startswith("/admin/login/")
    assert not Opening.objects.exists()


@pytest.mark.parametrize("change", [{"is_temporary": True}, {"deleted": "2026-01-01T00:00Z"}])
def test_what_is_not_for_review_is_not_there_for_superusers_either(
    conversation: Conversation, reviewer: User, change: dict[str, Any]
) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(**change)
    for reader in (signed_in(reviewer), signed_in(clerk("Lead"))):
        assert reader.get(page_of(conversation)).status_code == 404
    assert not Opening.objects.exists()


def test_nor_is_that_of_somebody_who_said_no(conversation: Conversation, reading: Client, settings: Settings) -> None:
    settings.CHAT_REVIEW = "opt-out"
    assert reading.get(page_of(conversation)).status_code == 200
    User.objects.filter(pk=conversation.user_id).update(allows_review=False)
    assert reading.get(page_of(conversation)).status_code == 404


@pytest.mark.parametrize("object_id", [str(uuid4()), "nonsense", "1"])
def test_what_never_was_is_not_there(reading: Client, object_id: str) -> None:
    assert reading.get(f"/admin/chat/conversation/{object_id}/change/").status_code == 404


def test_it_is_read_and_not_changed(conversation: Conversation, reading: Client, reviewer: User) -> None:
    for client in (reading, signed_in(reviewer)):
        assert client.post(page_of(conversation), {"title": "forged"}).status_code == 403
    assert not Conversation.objects.filter(title="forged").exists()


# What is noted


def test_the_log_says_who_read_whose_chat(conversation: Conversation, reading: Client) -> None:
    reading.get(page_of(conversation))
    opening = Opening.objects.get()
    assert (opening.reader_name, opening.owner_name) == ("clerk-Reviewer", "owner")
    assert (opening.conversation_id, opening.kind, opening.reason) == (conversation.pk, "page", "")


def test_it_is_noted_before_anything_is_read_and_nothing_else_is_written(
    conversation: Conversation, reading: Client
) -> None:
    with CaptureQueriesContext(connection) as captured:
        reading.get(page_of(conversation))
    statements = [query["sql"] for query in captured.captured_queries]
    writes = [sql for sql in statements if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql.split('"')[1] for sql in writes] == ["chat_opening"]
    first_read = next(place for place, sql in enumerate(statements) if '"chat_message"' in sql)
    assert statements.index(writes[0]) < first_read


def test_where_the_log_is_off_nothing_is_noted(conversation: Conversation, reading: Client, settings: Settings) -> None:
    settings.CHAT_READ_LOG = False
    assert reading.get(page_of(conversation)).status_code == 200
    assert not Opening.objects.exists()


# Why


def reason_of(conversation: Conversation) -> str:
    return reverse("admin:chat_conversation_reason", args=[conversation.pk])


def test_a_reason_is_asked_for_first_and_kept_with_the_opening(
    conversation: Conversation, reading: Client, settings: Settings
) -> None:
    settings.CHAT_READ_LOG_REASON = True
    asked = reading.get(page_of(conversation), {"at": "x", "other": "y"}).content.decode()
    assert "Why do you open this?" in asked
    assert "Rayleigh" not in asked
    assert conversation.title not in asked
    assert not Opening.objects.exists()
    response = reading.post(f"{reason_of(conversation)}?at=x", {"reason": "A complaint, by mail"})
    assert response.headers["Location"] == f"{page_of(conversation)}?at=x"
    assert "Rayleigh" in reading.get(page_of(conversation)).content.decode()
    assert Opening.objects.get().reason == "A complaint, by mail"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_no_reason_and_too_long_a_one_are_asked_for_again(
    conversation: Conversation, reading: Client, settings: Settings, reason: str
) -> None:
    settings.CHAT_READ_LOG_REASON = True
    response = reading.post(reason_of(conversation), {"reason": reason})
    assert response.status_code == 400
    assert "errorlist" in response.content.decode()
    assert reason.strip() in response.content.decode()
    assert "Rayleigh" not in reading.get(page_of(conversation)).content.decode()


def test_a_reason_holds_for_one_conversation_and_for_a_while(
    conversation: Conversation, owner: User, reading: Client, settings: Settings
) -> None:
    settings.CHAT_READ_LOG_REASON = True
    other = begin(owner, "Another").question.conversation
    reading.post(reason_of(conversation), {"reason": "A complaint"})
    assert "Why do you open this?" in reading.get(page_of(other)).content.decode()
    session = reading.session
    session["reasons"] = {str(conversation.pk): ["A complaint", 1.0]}  # long ago
    session.save()
    assert "Why do you open this?" in reading.get(page_of(conversation)).content.decode()


def test_a_reason_opens_nothing_that_is_not_for_review(
    conversation: Conversation, reading: Client, settings: Settings
) -> None:
    settings.CHAT_READ_LOG_REASON = True
    Conversation.objects.filter(pk=conversation.pk).update(is_temporary=True)
    assert reading.post(reason_of(conversation), {"reason": "Curious"}).status_code == 404
    assert signed_in(clerk("Operator")).post(reason_of(conversation), {"reason": "Curious"}).status_code == 403


# What is shown


def test_an_answer_is_drawn_as_its_user_sees_it(
    conversation: Conversation, reading: Client, owner_client: Client
) -> None:
    answer = conversation.messages.get(role="assistant")
    here = reading.get(page_of(conversation)).content.decode()
    there = owner_client.get(conversation.get_absolute_url()).content.decode()
    start, end = f'<div id="text-{answer.pk}"', "<footer"
    assert here.split(start)[1].split(end)[0].strip() == there.split(start)[1].split(end)[0].strip()


def test_beside_it_stands_what_it_took_and_what_was_said_of_it(conversation: Conversation, reading: Client) -> None:
    answer = conversation.messages.get(role="assistant")
    Feedback.objects.create(message=answer, value="bad", reasons=["untrue"], comment="Not <so>")
    Flag.objects.create(conversation=conversation, reason="Look again")
    html = reading.get(page_of(conversation)).content.decode()
    for words in (MODEL, "Complete", "7 written", "0.04 s", "Bad answer", "Not true", "Not &lt;so&gt;", "Look again"):
        assert words in html
    assert f'data-replay="/admin/chat/message/{answer.pk}/replay/" data-duration="50"' in html


def test_a_failure_has_its_code_and_its_sentence(turn: Turn, reading: Client) -> None:
    finish(turn.generation, "So far", Ending(State.FAILED, "upstream", "It broke off."))
    html = reading.get(page_of(turn.question.conversation)).content.decode()
    assert "<code>upstream</code>" in html
    assert "It broke off." in html
    assert "1 failed or cut off" in html


def test_several_generations_are_listed(turn: Turn, reading: Client) -> None:
    finish(turn.generation, "So far", Ending(State.INTERRUPTED))
    finish(turn.question.conversation.proceed(turn.answer, "another"), " so good")
    html = reading.get(page_of(turn.question.conversation)).content.decode()
    assert "2 generations" in html
    assert "another: Complete" in html
    assert 'data-duration="100"' in html


def test_without_a_timeline_it_says_so(conversation: Conversation, reading: Client) -> None:
    Timeline.objects.all().delete()
    html = reading.get(page_of(conversation)).content.decode()
    assert "No replay: when its characters came was not kept." in html
    assert "data-replay" not in html


def test_an_answer_that_is_being_written_has_the_staffs_stream(turn: Turn, reading: Client) -> None:
    html = reading.get(page_of(turn.question.conversation)).content.decode()
    assert f'sse-connect="/admin/chat/message/{turn.answer.pk}/stream/?after=0.0"' in html
    assert f'sse-connect="/messages/{turn.answer.pk}' not in html
    assert "Reload this page" in html


# Versions


@pytest.fixture
def versions(conversation: Conversation) -> list[Message]:
    """Three answers to one question, each with its own continuation, the second chosen by the owner."""
    made = [conversation.messages.get(role="assistant")]
    for number in (2, 3):
        version = conversation.regenerate(made[0], MODEL)
        finish(version.generations.get(), f"Answer {number}.")
        made.append(version)
    for number, version in enumerate(made, start=1):
        conversation.show(version)
        finish(conversation.post(f"And then {number}?", uuid4(), MODEL).generation, f"Continued {number}.")
    conversation.show(made[1])
    return made


def test_each_version_is_read_with_what_follows_it_and_none_is_chosen(
    conversation: Conversation, versions: list[Message], reading: Client, owner_client: Client
) -> None:
    before = owner_client.get(conversation.get_absolute_url()).content.decode()
    assert "Continued 2." in before
    chosen = list(Message.objects.order_by("pk").values_list("pk", "chosen"))
    for number, version in enumerate(versions, start=1):
        html = reading.get(page_of(conversation), {"at": str(version.pk)}).content.decode()
        assert f"Continued {number}." in html
        assert not any(f"Continued {other}." in html for other in {1, 2, 3} - {number})
        assert f"Version {number} of 3" in html
    assert list(Message.objects.order_by("pk").values_list("pk", "chosen")) == chosen
    assert "Continued 2." in owner_client.get(conversation.get_absolute_url()).content.decode()


def test_links_lead_to_the_versions_beside_and_need_no_script(
    conversation: Conversation, versions: list[Message], reading: Client
) -> None:
    html = reading.get(page_of(conversation)).content.decode()
    for version in (versions[0], versions[2]):
        assert f'<a href="?at={version.pk}#message-{version.pk}"' in html


@pytest.mark.parametrize("at", ["nonsense", str(uuid4())])
def test_a_way_through_nothing_is_the_chosen_one(
    conversation: Conversation, versions: list[Message], reading: Client, at: str
) -> None:
    assert "Continued 2." in reading.get(page_of(conversation), {"at": at}).content.decode()


def test_a_way_through_another_conversation_is_the_chosen_one(
    conversation: Conversation, owner: User, reading: Client
) -> None:
    stranger = begin(owner, "Another").question
    assert "Rayleigh" in reading.get(page_of(conversation), {"at": str(stranger.pk)}).content.decode()


# Parts


def test_a_long_conversation_comes_in_parts_along_the_way_that_is_read(owner: User, reading: Client) -> None:
    conversation = conversation_of(owner, 3 * SIZE)
    thread = conversation.thread()
    html = reading.get(page_of(conversation)).content.decode()
    assert html.count("<article") == SIZE
    earlier = f"?before={thread[2 * SIZE].pk}#message-{thread[2 * SIZE - 1].pk}"
    assert f'href="{earlier}"' in html
    html = reading.get(page_of(conversation) + earlier.split("#", maxsplit=1)[0]).content.decode()
    assert f'id="message-{thread[SIZE].pk}"' in html
    assert "Later messages" in html
    at = thread[SIZE].pk
    html = reading.get(page_of(conversation), {"at": str(at)}).content.decode()
    assert f"?at={at}&amp;before=" in html or f"?at={at}&before=" in html


def test_a_part_is_read_with_a_bounded_number_of_queries(owner: User, reading: Client) -> None:
    few, many = conversation_of(owner, 4), conversation_of(owner, SIZE)
    counts = []
    for conversation in (few, many):
        with CaptureQueriesContext(connection) as captured:
            assert reading.get(page_of(conversation)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
