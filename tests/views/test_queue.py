"""The review list: who sees it, what it says of each chat, how it is filtered and searched, and what it records."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.models import (
    Assignment,
    Conversation,
    Feedback,
    Flag,
    Generation,
    Mention,
    Message,
    Note,
    Opening,
    Persona,
    Rubric,
    Sample,
    Turn,
    User,
    Verdict,
    reviewing,
)
from tests.conftest import MODEL, begin, signed_in
from tests.roles import staff

pytestmark = pytest.mark.django_db

LIST = "/admin/chat/conversation/"
NEXT = "/admin/chat/conversation/next/"


@pytest.fixture
def anna(db: None) -> User:
    return staff("anna", "Reviewer")


@pytest.fixture
def ben(db: None) -> User:
    return staff("ben", "Reviewer")


@pytest.fixture
def lead(db: None) -> User:
    return staff("lead", "Lead")


@pytest.fixture
def rubric(db: None) -> Rubric:
    return Rubric.objects.create(name="General", subject="conversation")


@pytest.fixture
def chat(turn: Turn) -> Conversation:
    return turn.question.conversation


def listed(reader: User, **query: str | int) -> set[str]:
    """Return the ids of the chats that the list shows."""
    page = signed_in(reader).get(LIST, query)
    assert page.status_code == 200
    return {str(conversation.pk) for conversation in page.context["cl"].result_list}


def page_of(conversation: Conversation) -> str:
    return reverse("admin:chat_conversation_change", args=[conversation.pk])


# Who


def test_reviewers_and_leads_see_it_and_operators_dont(chat: Conversation, anna: User, lead: User) -> None:
    assert listed(anna) == listed(lead) == {str(chat.pk)}
    operator = staff("olga", "Operator")
    for model in ("conversation", "message", "generation", "sample", "savedview"):
        assert signed_in(operator).get(reverse(f"admin:chat_{model}_changelist")).status_code == 403
    assert signed_in(operator).post(NEXT).status_code == 403


def test_a_person_who_is_no_staff_is_sent_to_sign_in(owner_client: Client, chat: Conversation) -> None:
    for path in (NEXT, f"{LIST}{chat.pk}/claim/", f"{LIST}{chat.pk}/extend/"):
        assert "/admin/login/" in owner_client.post(path).headers["Location"]
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("values", [{"is_temporary": True}, {"deleted": timezone.now()}])
def test_what_may_not_be_reviewed_is_not_there(
    turn: Turn, chat: Conversation, reviewer: User, values: dict[str, object]
) -> None:
    Conversation.objects.update(**values)
    client = signed_in(reviewer)
    assert not listed(reviewer)
    assert not listed(reviewer, q="sky")
    for model, pk in (("message", turn.answer.pk), ("generation", turn.generation.pk)):
        assert not client.get(reverse(f"admin:chat_{model}_changelist")).context["cl"].result_list
        page = client.get(reverse(f"admin:chat_{model}_change", args=[pk]))
        assert page.status_code == 302
        assert page.headers["Location"] == "/admin/"  # as the admin says that there is none
    assert client.post(f"{LIST}{chat.pk}/claim/").status_code == 404
    client.post(NEXT)
    assert not Assignment.objects.exists()
    assert not Opening.objects.exists()


def test_who_spares_themselves_review_is_spared_it(
    chat: Conversation, owner: User, anna: User, settings: Settings
) -> None:
    settings.CHAT_REVIEW = "opt-out"
    assert listed(anna)
    User.objects.filter(pk=owner.pk).update(allows_review=False)
    assert not listed(anna)
    assert not listed(anna, q="sky")


# Filters: each finds the one chat where it holds, and doesn't find it where it doesn't

Make = Callable[[Turn, User, User], object]


def ended(state: str, **values: object) -> Make:
    def end(turn: Turn, me: User, other: User) -> object:
        return Generation.objects.filter(pk=turn.generation.pk).update(state=state, **values)

    return end


def judged_by_me(turn: Turn, me: User, other: User) -> object:
    rubric = Rubric.objects.create(name="General", subject="answer")
    ended("complete")(turn, me, other)
    return Verdict.objects.give(me, turn.answer.conversation, turn.answer, rubric, "good")


def judged_by_other(turn: Turn, me: User, other: User) -> object:
    return judged_by_me(turn, other, me)


def claimed(minutes: int, *, by_me: bool) -> Make:
    def claim(turn: Turn, me: User, other: User) -> object:
        until = timezone.now() + timedelta(minutes=minutes)
        reviewer = me if by_me else other
        return Assignment.objects.create(conversation=turn.answer.conversation, reviewer=reviewer, until=until)

    return claim


def rated(value: str) -> Make:
    return lambda turn, me, other: Feedback.objects.create(message=turn.answer, value=value)


def flagged(turn: Turn, me: User, other: User) -> object:
    return Flag.objects.create(conversation=turn.answer.conversation, reason="look", raised_by=other)


def flagged_no_more(turn: Turn, me: User, other: User) -> object:
    return Flag.objects.create(
        conversation=turn.answer.conversation, reason="look", raised_by=other, taken_down=timezone.now()
    )


def mentioned(*, seen: bool) -> Make:
    def mention(turn: Turn, me: User, other: User) -> object:
        note = Note.objects.create(conversation=turn.answer.conversation, author=other, text="@anna")
        return Mention.objects.create(note=note, user=me, seen=timezone.now() if seen else None)

    return mention


def long(count: int) -> Make:
    """Have it be of so many messages."""

    def write(turn: Turn, me: User, other: User) -> object:
        conversation = turn.answer.conversation
        return Message.objects.bulk_create(
            Message(conversation=conversation, role=Message.Role.USER, text="more") for _ in range(count - 2)
        )

    return write


def with_persona(turn: Turn, me: User, other: User) -> object:
    persona = Persona.objects.create(pk=77, name="Pirate", prompt="Arr")
    return Conversation.objects.filter(pk=turn.answer.conversation_id).update(persona=persona, system_prompt="Arr")


def instructed(turn: Turn, me: User, other: User) -> object:
    return Conversation.objects.filter(pk=turn.answer.conversation_id).update(system_prompt="Be kind.")


def old(days: int) -> Make:
    def age(turn: Turn, me: User, other: User) -> object:
        when = timezone.now() - timedelta(days=days)
        return Conversation.objects.filter(pk=turn.answer.conversation_id).update(updated=when)

    return age


def sampled(turn: Turn, me: User, other: User) -> object:
    today = timezone.localdate()
    sample = Sample.objects.create(pk=77, name="Some", per="day", size=1, since=today, until=today, drawn_by=me)
    sample.conversations.add(turn.answer.conversation)
    return sample


def nothing(turn: Turn, me: User, other: User) -> object:
    return None


def days_ago(days: int) -> str:
    return (timezone.localdate() - timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("query", "hit", "miss"),
    [
        ({"review": "unreviewed"}, nothing, judged_by_other),
        ({"review": "reviewed"}, judged_by_other, nothing),
        ({"review": "by-me"}, judged_by_me, judged_by_other),
        ({"review": "mine"}, claimed(5, by_me=True), claimed(5, by_me=False)),
        ({"review": "mine"}, claimed(5, by_me=True), claimed(-1, by_me=True)),
        ({"review": "others"}, claimed(5, by_me=False), claimed(5, by_me=True)),
        ({"feedback": "bad"}, rated("bad"), rated("good")),
        ({"feedback": "good"}, rated("good"), rated("bad")),
        ({"feedback": "none"}, nothing, rated("good")),
        ({"ending": "broken"}, ended("interrupted"), ended("stopped")),
        ({"ending": "failed"}, ended("failed"), ended("interrupted")),
        ({"ending": "interrupted"}, ended("interrupted"), ended("complete")),
        ({"ending": "stopped"}, ended("stopped"), ended("failed")),
        ({"ending": "length"}, ended("complete", finish_reason="length"), ended("complete", finish_reason="stop")),
        ({"flagged": "yes"}, flagged, flagged_no_more),
        ({"flagged": "no"}, flagged_no_more, flagged),
        ({"mentions": "me"}, mentioned(seen=False), mentioned(seen=True)),
        ({"model": "another"}, ended("complete", model="another"), nothing),
        ({"persona": "77"}, with_persona, instructed),
        ({"persona": "own"}, instructed, with_persona),
        ({"persona": "none"}, nothing, instructed),
        ({"since": days_ago(2), "until": days_ago(1)}, old(1), old(0)),
        ({"since": days_ago(1)}, old(1), old(2)),
        ({"until": days_ago(1)}, old(2), nothing),
        ({"length": "2"}, nothing, long(3)),
        ({"length": "10"}, long(3), long(11)),
        ({"length": "10"}, long(10), nothing),
        ({"length": "40"}, long(11), long(41)),
        ({"length": "more"}, long(41), long(40)),
        ({"first_words": "1"}, ended("complete", first_token_ms=1_001), ended("complete", first_token_ms=1_000)),
        ({"first_words": "5"}, ended("complete", first_token_ms=5_001), ended("complete", first_token_ms=4_000)),
        ({"first_words": "15"}, ended("complete", first_token_ms=15_001), nothing),
        ({"stall": "2"}, ended("complete", longest_stall_ms=2_001), ended("complete", longest_stall_ms=2_000)),
        ({"stall": "10"}, ended("complete", longest_stall_ms=10_001), ended("complete", longest_stall_ms=9_000)),
        ({"stall": "30"}, ended("complete", longest_stall_ms=30_001), nothing),
        ({"sample": "77"}, sampled, nothing),
    ],
    ids=str,
)
def test_a_filter_hits_and_misses(
    turn: Turn, anna: User, ben: User, query: dict[str, str], hit: Make, miss: Make
) -> None:
    missed = begin(User.objects.create_user("somebody"), "Another question")
    hit(turn, anna, ben)
    if miss is judged_by_other and hit is judged_by_me:
        Rubric.objects.update(name="Mine")
    miss(missed, anna, ben)
    assert listed(anna, **query) == {str(turn.answer.conversation_id)}


@pytest.mark.parametrize("common", [0, 1_000], ids=["common", "rare"])
def test_lengths_models_and_waits_are_found_whether_they_are_common_or_rare(
    owner: User, anna: User, ben: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    settings.CHAT_MAX_RUNNING = 100
    monkeypatch.setattr(reviewing, "COMMON", common)
    chats = {}
    for count in (2, 3, 10, 11, 40, 41):
        turn = begin(owner)
        long(count)(turn, anna, ben)
        waits = {"first_token_ms": count * 100, "longest_stall_ms": count * 200}
        ended("complete", model="odd" if count % 2 else "even", **waits)(turn, anna, ben)
        chats[str(turn.answer.conversation_id)] = count
    for query, counts in (
        ({"length": "2"}, {2}),
        ({"length": "10"}, {3, 10}),
        ({"length": "40"}, {11, 40}),
        ({"length": "more"}, {41}),
        ({"model": "odd"}, {3, 11, 41}),
        ({"model": "even", "length": "10"}, {10}),
        ({"model": "none"}, set()),
        ({"first_words": "1"}, {11, 40, 41}),
        ({"stall": "2"}, {11, 40, 41}),
        ({"first_words": "1", "stall": "2", "model": "even"}, {40}),
    ):
        assert {chats[pk] for pk in listed(anna, **query)} == counts
        shown = signed_in(anna).get(LIST, query).context["cl"].queryset
        assert ("EXISTS" in str(shown.query)) == (common == 0)  # each is asked, or all at once


def test_one_persons_chats(turn: Turn, owner: User, other: User, anna: User) -> None:
    begin(other)
    assert listed(anna, user__id__exact=owner.pk) == {str(turn.answer.conversation_id)}
    html = signed_in(anna).get(LIST).content.decode()
    assert f"?user__id__exact={owner.pk}" in html


@pytest.mark.parametrize(
    "query",
    [
        {"review": "x"},
        {"persona": "x"},
        {"persona": "9" * 30},
        {"sample": "x"},
        {"sample": "9" * 30},
        {"sample": "123"},
        {"user__id__exact": "x"},
        {"user__id__exact": "9" * 30},
        {"since": "yesterday"},
        {"until": "9999-12-31"},
        {"model": "nobody's"},
    ],
)
def test_what_is_no_choice_finds_nothing(chat: Conversation, anna: User, query: dict[str, str]) -> None:
    assert listed(anna, **query) == set()


# Rows


def test_a_row_says_what_matters(turn: Turn, anna: User, ben: User) -> None:
    rated("bad")(turn, anna, ben)
    flagged(turn, anna, ben)
    judged_by_other(turn, anna, ben)
    claimed(5, by_me=False)(turn, anna, ben)
    ended("failed")(turn, anna, ben)
    html = signed_in(anna).get(LIST).content.decode()
    for mark in ("1 bad answer", "Flagged", "Failed", "Reviewed by ben", "Claimed by ben", MODEL):
        assert f">{mark}<" in html
    assert '<td class="field-messages">2</td>' in html
    assert ">Claimed by you<" in signed_in(ben).get(LIST).content.decode()


def test_a_row_of_nothing_has_no_marks(chat: Conversation, anna: User) -> None:
    assert "review-mark" not in signed_in(anna).get(LIST).content.decode()


@pytest.mark.parametrize("query", [{}, {"q": "sky"}, {"review": "unreviewed", "feedback": "bad", "length": "2"}])
def test_many_rows_take_as_many_queries_as_few(
    owner: User, anna: User, ben: User, settings: Settings, query: dict[str, str]
) -> None:
    settings.CHAT_MAX_RUNNING = 100
    client = signed_in(anna)

    def fill(count: int) -> None:
        for _ in range(count):
            turn = begin(owner)
            ended("failed")(turn, anna, ben)
            flagged(turn, anna, ben)
            rated("bad")(turn, anna, ben)
            claimed(5, by_me=False)(turn, anna, ben)

    def queries(rows: int) -> list[str]:
        QuerySet(Opening).delete()  # nothing else may
        with CaptureQueriesContext(connection) as captured:
            page = client.get(LIST, query)
        assert len(page.context["cl"].result_list) == rows
        return [each["sql"] for each in captured.captured_queries]

    fill(2)
    queries(2)  # and what is asked once a process
    few = queries(2)
    fill(10)
    many = queries(12)
    assert len(many) == len(few)
    assert not [sql for sql in many if " LIKE " in sql and '"chat_user"."username"' not in sql]


def test_a_list_counts_no_further_than_it_pages(
    chat: Conversation, owner: User, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.admin.records.MOST", 1)
    assert "1 conversation" in signed_in(anna).get(LIST).content.decode()
    begin(owner)
    assert "The first 1 conversations" in signed_in(anna).get(LIST).content.decode()


# The read log


def test_a_list_is_recorded_once_a_row_a_reader_and_a_day(chat: Conversation, anna: User, ben: User) -> None:
    listed(anna)
    listed(anna, review="unreviewed")
    opening = Opening.objects.get()
    assert (opening.reader, opening.kind, opening.conversation_id) == (anna, "list", chat.pk)
    listed(ben)
    assert Opening.objects.filter(reader=ben).count() == 1
    QuerySet(Opening).update(when=timezone.now() - timedelta(days=1))
    listed(anna)
    assert Opening.objects.filter(reader=anna).count() == 2


def test_what_is_not_shown_is_not_recorded(chat: Conversation, anna: User) -> None:
    listed(anna, feedback="bad")
    assert not Opening.objects.exists()


# Search


def test_search_shows_where_it_was_said_and_each_is_recorded(chat: Conversation, other: User, anna: User) -> None:
    begin(other, "What is rain?")
    page = signed_in(anna).get(LIST, {"q": "blue"})
    html = page.content.decode()
    assert [each.pk for each in page.context["cl"].result_list] == [chat.pk]
    assert "Why is the sky <mark>blue</mark>?" in html
    opening = Opening.objects.get()
    assert (opening.reader, opening.kind, opening.conversation_id) == (anna, "search", chat.pk)
    listed(anna, q="blue")
    assert Opening.objects.filter(kind="search").count() == 2  # each search says something else


def test_next_in_a_search_is_recorded_though_nobody_goes_there(chat: Conversation, anna: User) -> None:
    client = signed_in(anna)
    assert client.post(f"{NEXT}?q=nothingofthis").headers["Location"].startswith(LIST)
    assert not Opening.objects.exists()
    assert page_of(chat) in client.post(f"{NEXT}?q=sky").headers["Location"]
    assert [(line.kind, line.conversation_id) for line in Opening.objects.all()] == [("search", chat.pk)]


def test_search_escapes_what_was_said(owner: User, anna: User) -> None:
    begin(owner, "<script>alert('blue')</script>")
    html = signed_in(anna).get(LIST, {"q": "blue"}).content.decode()
    assert "<script>alert" not in html
    assert "<mark>blue</mark>" in html


def test_search_finds_people_by_the_beginning_of_their_names(chat: Conversation, other: User, anna: User) -> None:
    theirs = begin(other)
    User.objects.filter(pk=other.pk).update(email="zoe@example.org")
    assert listed(anna, q="oth") == {str(theirs.answer.conversation_id)}
    assert listed(anna, q="zoe@") == set()  # she may not see users
    anna.user_permissions.add(Permission.objects.get(codename="view_user"))
    assert listed(anna, q="ZOE@") == {str(theirs.answer.conversation_id)}
    assert listed(anna, q="ther") == set()
    assert set(Opening.objects.values_list("kind", flat=True)) == {"list"}


def test_search_finds_a_chat_by_its_id(chat: Conversation, other: User, anna: User) -> None:
    begin(other)
    assert listed(anna, q=str(chat.pk)) == {str(chat.pk)}


def test_a_search_and_a_filter_hold_together(chat: Conversation, anna: User) -> None:
    assert listed(anna, q="sky", feedback="bad") == set()
    assert listed(anna, q="sky", review="unreviewed") == {str(chat.pk)}


# Next, skip, release


def claims() -> dict[str, str]:
    return {str(each.conversation_id): each.reviewer.username for each in Assignment.objects.all()}


def test_next_claims_what_waits_longest_and_leads_there(chat: Conversation, owner: User, anna: User) -> None:
    begin(owner)
    answer = signed_in(anna).post(NEXT)
    assert answer.headers["Location"] == page_of(chat)
    assert claims() == {str(chat.pk): "anna"}


def test_next_takes_complaints_first_then_flags_then_failures(owner: User, anna: User, ben: User) -> None:
    turns = [begin(owner) for _ in range(3)]
    failed, raised, bad = [begin(User.objects.create_user(name)) for name in ("f", "r", "b")]
    ended("failed")(failed, anna, ben)
    flagged(raised, anna, ben)
    rated("bad")(bad, anna, ben)
    client = signed_in(anna)
    pages = [client.post(NEXT).headers["Location"] for _ in range(6)]
    assert pages == [page_of(each.answer.conversation) for each in (bad, raised, failed, *turns)]


def test_next_keeps_the_lists_filters(chat: Conversation, owner: User, anna: User, ben: User) -> None:
    turn = begin(owner)
    rated("good")(turn, anna, ben)
    client = signed_in(anna)
    there = client.post(f"{NEXT}?feedback=good").headers["Location"]
    assert urlsplit(there).path == page_of(turn.answer.conversation)
    kept = urlsplit(there).query
    assert parse_qs(kept) == {"_changelist_filters": ["feedback=good"]}
    assert client.post(f"{NEXT}?{kept}").headers["Location"] == f"{LIST}?feedback=good"


@pytest.mark.parametrize("action", ["next/", "{}/skip/"])
def test_next_goes_on_from_the_lists_last_page(
    turn: Turn, owner: User, anna: User, ben: User, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """Once the one chat on it is judged there is no such page."""
    monkeypatch.setattr("chat.admin.records.RecordAdmin.list_per_page", 1)
    begin(owner), begin(owner)
    judged_by_me(turn, anna, ben)
    kept = urlencode({"_changelist_filters": "p=3&feedback=none&review=unreviewed"})
    there = signed_in(anna).post(f"{LIST}{action.format(turn.answer.conversation_id)}?{kept}").headers["Location"]
    assert parse_qs(urlsplit(there).query) == {"_changelist_filters": ["feedback=none&review=unreviewed"]}


def test_two_reviewers_get_two_and_then_nothing_waits(chat: Conversation, owner: User, anna: User, ben: User) -> None:
    begin(owner)
    places = {signed_in(user).post(NEXT).headers["Location"] for user in (anna, ben)}
    assert len(places) == 2
    page = signed_in(staff("cleo", "Reviewer")).post(NEXT, follow=True)
    assert "Nothing here is free: 2 are claimed by others." in page.content.decode()
    Conversation.objects.update(deleted=timezone.now())
    page = signed_in(ben).post(NEXT, follow=True)
    assert "Nothing in this list waits for a review." in page.content.decode()


def test_next_releases_what_one_said_nothing_of(chat: Conversation, owner: User, anna: User, ben: User) -> None:
    second, third = (begin(owner).answer.conversation for _ in range(2))
    client = signed_in(anna)
    client.post(NEXT)
    client.post(NEXT)
    assert claims() == {str(second.pk): "anna"}
    client.post(f"{LIST}{second.pk}/note/", {"text": "Look at this."})
    assert Note.objects.exists()
    assert client.post(NEXT).headers["Location"] == page_of(third)
    assert claims() == {str(second.pk): "anna", str(third.pk): "anna"}
    assert signed_in(ben).post(NEXT).headers["Location"] == page_of(chat)
    page = client.post(NEXT, follow=True).content.decode()
    assert "Nothing here is free: 1 is claimed by others, 1 is claimed by you, 1 you have skipped." in page


def test_what_is_pressed_twice_passes_over_nothing(chat: Conversation, owner: User, anna: User) -> None:
    """The second press comes from the same page as the first."""
    second, third, fourth = (begin(owner).answer.conversation for _ in range(3))
    client = signed_in(anna)
    for path, place, there in (
        (NEXT, "", chat),  # from the list
        (NEXT, chat.pk, second),
        (f"{LIST}{second.pk}/skip/", second.pk, third),
    ):
        for _ in range(2):
            assert client.post(path, {"from": place}).headers["Location"] == page_of(there)
    assert claims() == {str(third.pk): "anna"}
    Assignment.objects.update(made=later(-1))
    assert client.post(NEXT, {"from": second.pk}).headers["Location"] == page_of(fourth)  # an old tab


def test_next_passes_over_what_is_reviewed(turn: Turn, anna: User, ben: User) -> None:
    judged_by_other(turn, anna, ben)
    assert signed_in(anna).post(NEXT).headers["Location"] == LIST
    assert not claims()


def later(minutes: int) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


def newer_flag(turn: Turn, me: User, other: User) -> object:
    return Flag.objects.create(conversation=turn.answer.conversation, reason="look", raised_by=other, raised=later(1))


def newer_flag_taken_down(turn: Turn, me: User, other: User) -> object:
    return Flag.objects.filter(pk=newer_flag(turn, me, other).pk).update(taken_down=later(2))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "waits"),
    [
        (nothing, False),
        (lambda turn, me, other: Generation.objects.update(finished=later(1)), True),
        (lambda turn, me, other: Generation.objects.update(finished=later(-1)), False),
        (lambda turn, me, other: Generation.objects.update(created=later(1)), True),
        (lambda turn, me, other: Feedback.objects.create(message=turn.answer, value="good", updated=later(1)), True),
        (lambda turn, me, other: Feedback.objects.create(message=turn.answer, value="bad", updated=later(-1)), False),
        (newer_flag, True),
        (newer_flag_taken_down, False),
    ],
    ids=["nothing", "ended", "ended before", "answered", "rated", "rated before", "flagged", "flagged no more"],
)
def test_what_comes_after_a_verdict_waits_again(
    turn: Turn, owner: User, anna: User, ben: User, change: Make, waits: bool
) -> None:
    Generation.objects.update(created=later(-5))
    old = Verdict.objects.filter(pk=judged_by_me(turn, anna, ben).pk)  # type: ignore[attr-defined]
    old.update(seen=later(-3))
    Verdict.objects.give(ben, turn.answer.conversation, None, Rubric.objects.get(), "bad")
    change(turn, anna, ben)
    Conversation.objects.all().settle()
    expected = {str(turn.answer.conversation_id)} if waits else set()
    assert listed(anna, review="unreviewed") == expected
    figures = signed_in(anna).get("/admin/").context["figures"].waiting
    assert [each["count"] for each in figures if each["link"].endswith("review=unreviewed")] == [len(expected)]
    signed_in(anna).post(NEXT)
    assert claims().keys() == expected


def raise_flag(turn: Turn, by: User) -> Flag:
    return Flag.objects.all().put_up(by, turn.answer.conversation, turn.answer, "Look")


def ask_again(turn: Turn, by: User) -> object:
    return turn.answer.conversation.post("And at night?", uuid.uuid4(), "scripted")


@pytest.mark.parametrize(
    ("change", "waits"),
    [
        (lambda turn, by: None, False),
        (lambda turn, by: turn.answer.rate("bad"), True),
        (lambda turn, by: (turn.answer.rate("bad"), turn.answer.take_rating_back()), False),
        (raise_flag, True),
        (lambda turn, by: raise_flag(turn, by).take_down(by), False),
        (ask_again, True),
        (lambda turn, by: turn.answer.conversation.regenerate(turn.answer, "scripted"), True),
        (lambda turn, by: Verdict.objects.get().remove(by), True),
    ],
    ids=["nothing", "rated", "rated no more", "flagged", "flagged no more", "asked", "regenerated", "judged no more"],
)
def test_whatever_happens_to_what_was_judged_says_whether_it_waits(
    turn: Turn, anna: User, ben: User, change: Callable[[Turn, User], object], waits: bool
) -> None:
    Message.objects.filter(pk=turn.answer.pk).update(text="Because.")
    turn.answer.refresh_from_db()
    judged_by_me(turn, anna, ben)
    assert not listed(anna, review="unreviewed")
    change(turn, anna)
    assert bool(listed(anna, review="unreviewed")) == waits


def test_what_is_judged_while_it_is_written_still_waits(turn: Turn, anna: User) -> None:
    rubric = Rubric.objects.create(name="General", subject="conversation")
    Verdict.objects.give(anna, turn.answer.conversation, None, rubric, "good")
    assert listed(anna, review="unreviewed")


def test_what_comes_while_somebody_judges_still_waits(turn: Turn, chat: Conversation, anna: User, ben: User) -> None:
    ended("complete")(turn, anna, ben)
    Message.objects.filter(pk=turn.answer.pk).update(text="Because.")

    def drawn() -> str:
        """Return what the form says of when its page was drawn."""
        form = signed_in(anna).get(page_of(chat)).context["judgement"].verdict_form
        return str(form["drawn"].value())

    def judge(drawn: str) -> datetime:
        """Judge the chat from a page of that time; return as of when it counts."""
        signed_in(anna).post(f"{LIST}{chat.pk}/verdict/", {"overall": "good", "drawn": drawn})
        return Verdict.objects.get().seen

    before = drawn()
    turn.answer.rate("bad")
    judge(before)
    assert listed(anna, review="unreviewed"), "nobody has seen what its user said"
    judge(drawn())
    assert not listed(anna, review="unreviewed")
    for nonsense in ("", "soon", "nan", "inf", "9" * 5_000):
        assert later(-1) < judge(nonsense) <= timezone.now()
    assert later(-24 * 60 - 1) < judge("0") < later(-24 * 60 + 1)


def test_all_reviewers_get_the_same_of_a_sample(turn: Turn, anna: User, ben: User) -> None:
    sampled(turn, anna, ben)
    ended("complete")(turn, anna, ben)
    chat = turn.answer.conversation
    for reviewer in (anna, ben):
        client = signed_in(reviewer)
        assert listed(reviewer, sample=77, review="unreviewed") == {str(chat.pk)}
        assert page_of(chat) in client.post(f"{NEXT}?sample=77").headers["Location"]
        rubric = Rubric.objects.get_or_create(name="General", subject="conversation")[0]
        Verdict.objects.give(reviewer, chat, None, rubric, "good")
        Assignment.objects.release(reviewer, chat)
        assert listed(reviewer, sample=77, review="unreviewed") == set()
        page = client.post(f"{NEXT}?sample=77", follow=True).content.decode()
        assert "Nothing in this list waits for a review." in page
    cleo = signed_in(staff("cleo", "Reviewer"))
    assert cleo.post(NEXT).headers["Location"] == LIST  # elsewhere it is reviewed
    assert page_of(chat) in cleo.post(f"{NEXT}?sample=77").headers["Location"]


def test_next_works_inside_a_sample(turn: Turn, other: User, anna: User, ben: User) -> None:
    begin(other)
    sampled(turn, anna, ben)
    client = signed_in(anna)
    assert page_of(turn.answer.conversation) in client.post(f"{NEXT}?sample=77").headers["Location"]
    assert client.post(f"{NEXT}?sample=77").headers["Location"] == f"{LIST}?sample=77"


def test_a_turn_that_is_over_is_anybodys(chat: Conversation, anna: User, ben: User) -> None:
    signed_in(anna).post(NEXT)
    Assignment.objects.update(until=timezone.now() - timedelta(seconds=1))
    signed_in(ben).post(NEXT)
    assert claims() == {str(chat.pk): "ben"}
    assert signed_in(anna).post(f"{LIST}{chat.pk}/extend/").status_code == 409


def test_work_extends_ones_own_turn(chat: Conversation, anna: User, ben: User, settings: Settings) -> None:
    signed_in(anna).post(NEXT)
    soon = timezone.now() + timedelta(seconds=30)
    Assignment.objects.update(until=soon)
    assert signed_in(ben).post(f"{LIST}{chat.pk}/extend/").status_code == 409
    assert signed_in(anna).post(f"{LIST}{chat.pk}/extend/").status_code == 204
    assert Assignment.objects.get().until > soon + timedelta(minutes=settings.CHAT_REVIEW_MINUTES - 1)


def test_released_it_waits_again(chat: Conversation, anna: User, ben: User) -> None:
    signed_in(anna).post(NEXT)
    signed_in(ben).post(f"{LIST}{chat.pk}/release/")
    assert claims() == {str(chat.pk): "anna"}  # nobody ends another's turn
    assert (
        signed_in(anna).post(f"{LIST}{chat.pk}/release/?review=unreviewed").headers["Location"].endswith("unreviewed")
    )
    assert not claims()
    signed_in(ben).post(NEXT)
    assert claims() == {str(chat.pk): "ben"}


def test_skipped_it_doesnt_come_again_to_who_skipped_it(chat: Conversation, owner: User, anna: User, ben: User) -> None:
    second = begin(owner).answer.conversation
    client = signed_in(anna)
    client.post(NEXT)
    assert client.post(f"{LIST}{chat.pk}/skip/").headers["Location"] == page_of(second)
    assert client.post(NEXT).headers["Location"] == LIST
    assert signed_in(ben).post(NEXT).headers["Location"] == page_of(chat)


def test_what_was_skipped_can_be_had_again(chat: Conversation, anna: User) -> None:
    client = signed_in(anna)
    assert "Take skipped ones again" not in client.get(LIST).content.decode()
    client.post(NEXT)
    page = client.post(f"{LIST}{chat.pk}/skip/?review=unreviewed", follow=True).content.decode()
    assert "All that waits here you have skipped." in page
    assert f'action="{LIST}unskip/?review=unreviewed"' in page
    assert client.post(f"{LIST}unskip/?review=unreviewed").headers["Location"] == f"{LIST}?review=unreviewed"
    assert "Take skipped ones again" not in client.get(LIST).content.decode()
    assert client.post(NEXT).headers["Location"] == page_of(chat)


def test_a_chat_one_has_opened_can_be_claimed(chat: Conversation, anna: User, ben: User) -> None:
    signed_in(anna).post(f"{LIST}{chat.pk}/claim/")
    page = signed_in(ben).post(f"{LIST}{chat.pk}/claim/", follow=True)
    assert "Somebody else has claimed this chat meanwhile." in page.content.decode()
    assert claims() == {str(chat.pk): "anna"}


def test_filters_that_make_no_sense_claim_nothing(chat: Conversation, anna: User) -> None:
    assert signed_in(anna).post(f"{NEXT}?updated__exact=x").headers["Location"] == LIST
    assert not claims()


@pytest.mark.parametrize("action", ["next/", "unskip/", "{}/claim/", "{}/release/", "{}/skip/", "{}/extend/"])
def test_nothing_is_claimed_by_looking(chat: Conversation, anna: User, action: str) -> None:
    path = LIST + action.format(chat.pk)
    assert signed_in(anna).get(path).status_code == 405
    assert Client(enforce_csrf_checks=True).post(path).status_code in (302, 403)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anna)
    assert strict.post(path).status_code == 403
    assert not claims()


def test_who_may_only_look_takes_nothing_out_of_the_queue(chat: Conversation, anna: User) -> None:
    Group.objects.get(name="Reviewer").permissions.filter(codename="add_verdict").delete()
    client = signed_in(User.objects.get(pk=anna.pk))
    assert "Next in the queue" not in client.get(LIST).content.decode()
    assert client.post(NEXT).status_code == 403


def turn_shown(reader: User, chat: Conversation) -> str:
    """Return what the chat's page says of whose turn it is."""
    request = RequestFactory().get("/")
    request.user = User.objects.get(pk=reader.pk)
    context = {
        "assignment": Assignment.objects.of(chat),
        "conversation": chat,
        "preserved_filters": "_changelist_filters=x",
    }
    return render_to_string("admin/chat/conversation/assignment.html", context, request)


def test_a_page_says_whose_turn_it_is(chat: Conversation, anna: User, ben: User) -> None:
    free = turn_shown(ben, chat)
    assert f"{LIST}{chat.pk}/claim/?_changelist_filters=x" in free
    signed_in(anna).post(NEXT)
    mine, others = turn_shown(anna, chat), turn_shown(ben, chat)
    for action in (f"{chat.pk}/skip/", f"{chat.pk}/release/", "next/"):
        assert f'action="{LIST}{action}?_changelist_filters=x"' in mine
    assert f'data-extend="{LIST}{chat.pk}/extend/"' in mine
    for html in (free, mine):
        assert f'name="from" value="{chat.pk}"' in html
    assert "<strong>anna</strong> is reviewing this chat" in others
    assert "<button" not in others


# Messages and generations


def test_lists_of_messages_and_generations_show_no_text(turn: Turn, reviewer: User) -> None:
    for model in ("message", "generation"):
        html = signed_in(reviewer).get(reverse(f"admin:chat_{model}_changelist")).content.decode()
        assert "sky" not in html
        assert str(turn.answer.conversation_id) in html


def test_a_search_in_messages_is_recorded(turn: Turn, reviewer: User) -> None:
    path = reverse("admin:chat_message_changelist")
    found = signed_in(reviewer).get(path, {"q": "sky"})
    assert [message.pk for message in found.context["cl"].result_list] == [turn.question.pk]
    assert "blue" not in found.content.decode()
    assert Opening.objects.get().kind == "search"
    by_id = signed_in(reviewer).get(path, {"q": str(turn.answer.pk)})
    assert [message.pk for message in by_id.context["cl"].result_list] == [turn.answer.pk]


def test_a_generation_is_found_by_ids_alone(turn: Turn, reviewer: User) -> None:
    path = reverse("admin:chat_generation_changelist")
    for term, count in ((turn.answer.pk, 1), (turn.answer.conversation_id, 1), ("sky", 0)):
        assert len(signed_in(reviewer).get(path, {"q": str(term)}).context["cl"].result_list) == count


def test_generations_are_filtered_by_the_codes_of_their_errors(
    turn: Turn, owner: User, anna: User, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the newest are those to choose from; an older one can be named."""
    path = reverse("admin:chat_generation_changelist")
    monkeypatch.setattr("chat.admin.generation.RECENT", 2)
    ended("failed", error_code="long_ago")(turn, anna, ben)
    newest = begin(owner)
    ended("failed", error_code="timeout")(newest, anna, ben)
    begin(owner)
    client = signed_in(anna)
    html = client.get(path).content.decode()
    assert 'href="?error_code=timeout"' in html
    assert "?error_code=long_ago" not in html
    for code, generations in (("timeout", [newest.generation]), ("long_ago", [turn.generation]), ("none", [])):
        assert list(client.get(path, {"error_code": code}).context["cl"].result_list) == generations


@pytest.mark.parametrize(
    "model", ["message", "generation", "feedback", "verdict", "note", "flag", "correction", "change", "opening"]
)
def test_no_filter_of_a_list_that_grows_asks_every_row_what_it_holds(turn: Turn, reviewer: User, model: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        signed_in(reviewer).get(reverse(f"admin:chat_{model}_changelist"))
    assert not [each["sql"] for each in captured.captured_queries if "DISTINCT" in each["sql"]]


@pytest.mark.parametrize(("model", "kind"), [("message", "message"), ("generation", "generation")])
def test_their_pages_are_recorded(turn: Turn, anna: User, model: str, kind: str) -> None:
    record = turn.answer if model == "message" else turn.generation
    page = signed_in(anna).get(reverse(f"admin:chat_{model}_change", args=[record.pk]))
    assert page.status_code == 200
    opening = Opening.objects.get()
    assert (opening.kind, opening.reader, opening.message_id) == (kind, anna, turn.answer.pk)


def test_a_page_that_is_refused_is_not_recorded(turn: Turn) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    for model, pk in (("message", turn.answer.pk), ("generation", turn.generation.pk)):
        assert signed_in(clerk).get(reverse(f"admin:chat_{model}_change", args=[pk])).status_code == 403
    assert not Opening.objects.exists()


def test_a_list_with_nothing_in_it_says_so_and_leads_back(chat: Conversation, anna: User) -> None:
    client = signed_in(anna)
    empty = client.get(f"{LIST}?q=nothingofthis").content.decode()
    assert "No chat is like that." in empty
    assert f'<a href="{LIST}">Clear filters</a>' in empty
    assert "Clear filters" not in client.get(LIST).content.decode()
    Conversation.objects.update(is_temporary=True)
    assert "There is no chat to review yet." in client.get(LIST).content.decode()
