"""Quotas: the nearest counts, what is left is shown before it is gone, and what is refused is not lost."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.errors import ChatError, UsedUp
from chat.exchange import make, record_of
from chat.models import Conversation, DailyUse, Ending, Generation, Quota, Turn, User
from chat.models.allowance import Allowance, Use, in_words
from chat.models.generation import State
from chat.models.quota import KINDS
from tests.conftest import MODEL, begin, signed_in
from tests.races import at_once
from tests.roles import client_of

pytestmark = pytest.mark.django_db

USE = reverse("chat:use")
NEW = reverse("chat:new")
AUDIENCES = [*Quota.Audience]


@pytest.fixture
def guest(db: None) -> User:
    return User.objects.for_guest("a-guest's-key")


@pytest.fixture
def group(owner: User) -> Group:
    group = Group.objects.create(name="Frugal")
    owner.groups.add(group)
    return group


def quota_for(audience: str, owner: User, group: Group, **limits: object) -> Quota:
    whose: dict[str, object] = {"user": {"user": owner}, "group": {"group": group}}.get(audience, {})  # type: ignore[assignment]
    return Quota.objects.create(audience=audience, **whose, **limits)


def answered(user: User, *, tokens: int = 0, cost: str = "0", state: State = State.COMPLETE) -> Turn:
    """An answer that has ended, and what it used."""
    turn = begin(user)
    claim = turn.generation.claim_for("a test")
    assert claim
    ending = Ending(state, prompt_tokens=tokens // 2, completion_tokens=tokens - tokens // 2, cost=Decimal(cost))
    assert Generation.objects.finish(claim, [], ending)
    return turn


def send(client: Client, path: str = NEW, text: str = "One more", **headers: str) -> "object":
    return client.post(path, {"text": text, "key": str(uuid.uuid4())}, headers=headers or None)


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_holds_for_each_audience(
    kind: str, audience: str, owner: User, other: User, guest: User, group: Group
) -> None:
    person = guest if audience == "guests" else owner
    quota_for(audience, owner, group, **{kind: 10 if kind == "tokens" else 1})
    begin_with = {"tokens": 9, "cost": "0.9"} if kind != "messages" else {}
    if kind != "messages":
        answered(person, **begin_with)  # type: ignore[arg-type]  # near it, not at it
    answered(person, tokens=1, cost="0.1")
    with pytest.raises(UsedUp) as refused:
        begin(person)
    assert refused.value.status == 429
    assert "midnight UTC" in refused.value.sentence
    assert person.conversations.count() == (1 if kind == "messages" else 2)  # nothing is left of what was refused
    stranger = other if audience != "everybody" else guest
    begin(stranger)


def test_the_nearest_counts_and_it_alone(owner: User, group: Group) -> None:
    quota_for("everybody", owner, group, messages=1, tokens=1)
    assert limits(owner) == {"messages": 1, "tokens": 1}
    quota_for("group", owner, group, messages=5)
    assert limits(owner) == {"messages": 5}
    quota_for("user", owner, group, messages=2)
    assert limits(owner) == {"messages": 2}


def test_of_several_groups_the_most_generous_counts_kind_by_kind(owner: User, group: Group) -> None:
    quota_for("group", owner, group, messages=5, tokens=100, cost=1)
    richer = Group.objects.create(name="Rich")
    owner.groups.add(richer)
    Quota.objects.create(audience="group", group=richer, messages=7, tokens=50)
    assert limits(owner) == {"messages": 7, "tokens": 100}


def limits(user: User) -> dict[str, int]:
    return {allowance.kind: int(allowance.limit) for allowance in user.allowances()}


def test_guests_and_members_have_quotas_of_their_own(owner: User, guest: User, group: Group) -> None:
    quota_for("guests", owner, group, messages=1)
    assert (limits(owner), limits(guest)) == ({}, {"messages": 1})


def test_a_new_day_begins_at_midnight_utc(owner: User, group: Group) -> None:
    quota_for("everybody", owner, group, messages=1)
    turn = begin(owner)
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    moved_to(turn, midnight)
    with pytest.raises(UsedUp):
        begin(owner)
    moved_to(turn, midnight - timedelta(microseconds=1))
    begin(owner)


def moved_to(turn: Turn, when: datetime) -> None:
    Conversation.objects.update(created=when)
    Generation.objects.filter(pk=turn.generation.pk).update(created=when)
    DailyUse.objects.update(day=when.date())


def test_the_last_message_may_be_sent(owner: User, group: Group) -> None:
    quota_for("everybody", owner, group, messages=2)
    begin(owner)
    begin(owner)
    with pytest.raises(UsedUp):
        begin(owner)


def test_nothing_at_all_is_a_quota_too(owner: User, group: Group) -> None:
    quota_for("everybody", owner, group, messages=0)
    with pytest.raises(UsedUp, match="lets you ask nothing today"):
        begin(owner)


def test_failed_answers_and_what_a_fork_took_along_do_not_count(owner: User) -> None:
    turn = answered(owner, tokens=10)
    answered(owner, tokens=3, state=State.FAILED)
    turn.question.conversation.fork(turn.answer, uuid.uuid4())
    turn.question.conversation.fork(turn.question, uuid.uuid4())
    assert Generation.objects.count() == 4
    assert owner.usage_today() == Use(messages=1, tokens=13)


def test_an_answer_counts_while_it_is_queued_and_once_it_was_stopped(owner: User) -> None:
    waiting, running = begin(owner), begin(owner)
    assert running.generation.claim_for("a test")
    assert owner.usage_today().messages == 2
    running.generation.request_stop()
    waiting.generation.request_stop()  # before anything was asked of a model
    assert owner.usage_today().messages == 1


@pytest.mark.parametrize("is_temporary", [False, True])
def test_what_is_deleted_stays_counted(owner: User, owner_client: Client, group: Group, *, is_temporary: bool) -> None:
    quota_for("everybody", owner, group, messages=2)
    for chat in (answered(owner, tokens=10, cost="0.5").question.conversation, begin(owner).question.conversation):
        Conversation.objects.filter(pk=chat.pk).update(is_temporary=is_temporary)
        chat.delete()
    assert owner.usage_today() == Use(2, 10, Decimal("0.5"))
    assert send(owner_client).status_code == 429  # type: ignore[attr-defined]


def test_what_is_imported_does_not_count(owner: User) -> None:
    chat = answered(owner, tokens=10).question.conversation
    before = owner.usage_today()
    make(owner, record_of(chat))
    assert owner.conversations.count() == 2
    assert owner.usage_today() == before


def test_a_guests_use_comes_along_when_they_sign_in(owner: User, guest: User) -> None:
    answered(owner, tokens=10, cost="0.1")
    answered(guest, tokens=5, cost="0.2")
    running = begin(guest)
    assert (claim := running.generation.claim_for("a test"))
    owner.adopt(guest)
    assert owner.usage_today() == Use(3, 15, Decimal("0.3"))
    assert Generation.objects.finish(claim, [], Ending(State.COMPLETE, prompt_tokens=1))
    assert owner.usage_today().tokens == 16
    assert DailyUse.objects.count() == 1


def test_who_has_used_nothing_yet_takes_over_all_that_a_guest_used(owner: User, guest: User) -> None:
    answered(guest, tokens=5)
    owner.adopt(guest)
    assert owner.usage_today() == Use(1, 5)


def test_a_question_asked_in_other_words_before_the_answer_began_is_one_message(owner: User) -> None:
    turn = begin(owner)
    turn.question.conversation.edit(turn.question, "In other words", uuid.uuid4(), MODEL)
    assert owner.usage_today().messages == 1


def test_an_end_after_midnight_counts_for_the_day_it_was_asked_for(owner: User) -> None:
    turn = begin(owner)
    moved_to(turn, timezone.now() - timedelta(days=1))
    assert (claim := turn.generation.claim_for("a test"))
    assert Generation.objects.finish(claim, [], Ending(State.COMPLETE, prompt_tokens=7))
    assert owner.usage_today() == Use()
    assert DailyUse.objects.get().use == Use(1, 7)


def test_an_end_counts_by_one_update_and_makes_no_row(owner: User) -> None:
    turn = begin(owner)
    assert (claim := turn.generation.claim_for("a test"))
    DailyUse.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        assert Generation.objects.finish(claim, [], Ending(State.COMPLETE, prompt_tokens=7))
    assert [each["sql"][:6] for each in queries if "chat_dailyuse" in each["sql"]] == ["UPDATE"]
    assert not DailyUse.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_all_that_one_sends_at_once_is_counted(owner: User, settings: Settings) -> None:
    settings.CHAT_MAX_RUNNING = 10

    def click() -> bool:
        try:
            begin(owner)
        finally:
            connections.close_all()
        return True

    at_once(4, click)
    assert owner.usage_today().messages == 4


def test_what_is_used_is_found_by_one_query(owner: User, django_assert_num_queries: object) -> None:
    answered(owner)
    with django_assert_num_queries(1):  # type: ignore[operator]
        owner.usage_today()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert owner.allowances() == []


def test_regenerate_continue_and_edit_count_too(owner: User, group: Group, owner_client: Client) -> None:
    turn = answered(owner, state=State.INTERRUPTED)
    quota_for("everybody", owner, group, messages=1)
    for name, message in [("regenerate", turn.answer), ("continue", turn.answer), ("edit", turn.question)]:
        answer = send(owner_client, reverse(f"chat:{name}", args=[message.pk]), **{"HX-Request": "true"})
        assert answer.status_code == 429, name  # type: ignore[attr-defined]
    assert Generation.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_refusal_says_why_and_keeps_what_was_written(
    headers: dict[str, str], owner: User, group: Group, owner_client: Client
) -> None:
    quota_for("everybody", owner, group, messages=1)
    turn = answered(owner)
    path = reverse("chat:send", args=[turn.question.conversation_id])
    answer = send(owner_client, path, "What I wrote", **headers)
    html = answer.content.decode()  # type: ignore[attr-defined]
    assert answer.status_code == 429  # type: ignore[attr-defined]
    assert "You have used the 1 message that you have for today." in html
    assert headers or "What I wrote</textarea>" in html


def test_what_is_left_is_shown_from_four_fifths_on(owner: User, group: Group, owner_client: Client) -> None:
    quota_for("everybody", owner, group, messages=10)
    for _ in range(7):
        answered(owner)
    assert "left today" not in owner_client.get(NEW).content.decode()
    fragment = send(owner_client, **{"HX-Request": "true"}).content.decode()  # type: ignore[attr-defined]
    assert "2 of 10 messages left today" in fragment
    assert 'id="running-out" hx-swap-oob="true"' in fragment
    page = owner_client.get(NEW).content.decode()
    assert "2 of 10 messages left today" in page


def test_the_scarcest_is_the_one_that_is_told(owner: User, group: Group) -> None:
    quota_for("everybody", owner, group, messages=10, tokens=100, cost=1)
    answered(owner, tokens=85, cost="0.95")
    shown = owner.running_out()
    assert shown
    assert shown.warning == "0.05 of 1.00 left to spend today"


def test_the_page_shows_todays_use_against_the_limits(owner: User, group: Group, owner_client: Client) -> None:
    answered(owner, tokens=1500)
    assert "asked for 1 answer so far, of 1,500 tokens" in owner_client.get(USE).content.decode()
    quota_for("everybody", owner, group, messages=4, tokens=1500)
    html = owner_client.get(USE).content.decode()
    assert "1 of 4" in html
    assert "1,500 of 1,500, used up" in html
    assert owner_client.post(USE).status_code == 405
    assert Client().get(USE).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_at_the_last_message_one_gets_it(owner: User) -> None:
    quota_of_one = Quota.objects.create(audience="everybody", messages=1)
    assert quota_of_one

    def click() -> bool:
        try:
            Conversation.objects.begin(owner, "Me first", uuid.uuid4(), MODEL)
        except UsedUp:
            return False
        finally:
            connections.close_all()
        return True

    assert sorted(at_once(2, click)) == [False, True]
    assert Generation.objects.count() == 1


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "a minute"), (59, "59 minutes"), (61, "an hour"), (300, "5 hours"), (1439, "24 hours")]
)
def test_a_wait_is_said_as_people_say_it(minutes: int, words: str) -> None:
    assert in_words(timedelta(minutes=minutes)) == words


def test_money_is_written_exactly() -> None:
    allowance = Allowance("cost", Decimal("0.000125"), Decimal(1234))
    assert (allowance.used_in_words, allowance.limit_in_words) == ("0.000125", "1,234.00")


# In the admin

ADD = reverse("admin:chat_quota_add")


@pytest.fixture
def operator(db: None) -> Client:
    return client_of("Operator")


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        ({"audience": "user", "messages": "1"}, "Say which user it is for."),
        ({"audience": "group", "messages": "1"}, "Say which group it is for."),
        ({"audience": "guests", "messages": "1", "user": "owner"}, "this quota is not for one user"),
        ({"audience": "guests"}, "Set at least one limit"),
        ({"audience": "guests", "cost": "-1"}, "A limit is not below nothing."),
        ({"audience": "everybody", "messages": "1"}, "There is a quota for these already."),
    ],
)
def test_a_quota_that_makes_no_sense_is_refused(
    operator: Client, owner: User, form: dict[str, str], complaint: str
) -> None:
    Quota.objects.create(audience="everybody", messages=1)
    if "user" in form:
        form = {**form, "user": str(owner.pk)}
    answer = operator.post(ADD, form)
    assert complaint in answer.content.decode()
    assert Quota.objects.count() == 1


def test_an_operator_sets_quotas_and_nobody_else_does(operator: Client, owner: User, settings: Settings) -> None:
    assert operator.post(ADD, {"audience": "user", "user": owner.pk, "messages": "3"}).status_code == 302
    assert owner.quota.messages == 3
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.groups.add(Group.objects.get(name="Lead"))
    assert signed_in(clerk).get(ADD).status_code == 403


def test_the_errors_are_errors_of_the_chat() -> None:
    assert issubclass(UsedUp, ChatError)
