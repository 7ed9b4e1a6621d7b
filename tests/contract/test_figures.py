"""The figures of finished days: counted right, counted once, and the same as when they are counted on the spot."""

import asyncio
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from chat.exchange.making import make
from chat.exchange.records import ConversationRecord, GenerationRecord, MessageRecord
from chat.models import Conversation, Day, Generation, Message, Share, Spread, Tally, User
from chat.models.figures import COUNTS, STEP, middle_of, percentile, spreads, tallies, today
from chat.streaming import bookkeeper as bookkeeping
from chat.streaming.bookkeeper import Bookkeeper
from chat.streaming.runner import Runner
from tests.reading import in_thread, wait_for

DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@transaction.atomic  # or the day may be counted between the two
def answer(user: User, created: datetime = NOON, **values: Any) -> Generation:
    """An answer in a conversation of its own, both made then."""
    conversation = Conversation.objects.create(user=user, title="A chat", created=created)
    message = Message.objects.create(conversation=conversation, role=Message.Role.ASSISTANT, text="An answer.")
    return Generation.objects.create(
        conversation=conversation,
        message=message,
        ordinal=1,
        created=created,
        lease=created,
        **{"model": "small", "state": "complete", "prompt_tokens": 10, "completion_tokens": 100} | values,
    )


def imported(generation: Generation) -> None:
    """Have its conversation been imported now."""
    Conversation.objects.filter(pk=generation.conversation_id).update(origin="a file", stored=timezone.now())


def bucket_of(value: float) -> int:
    """What the database should say."""
    return math.floor(math.log(value) / math.log(STEP))


def kept() -> tuple[list[Any], list[Any]]:
    fields = [field.attname for field in Tally._meta.fields if field.name != "id"]
    spread = Spread.objects.values_list("date", "model", "measure", "bucket", "count")
    return sorted(Tally.objects.values_list(*fields), key=str), sorted(spread)


@pytest.mark.parametrize("value", [1, 7, 240, 999, 12_345, 0.3, 88.8])
def test_a_bucket_is_off_by_less_than_four_percent(value: float) -> None:
    assert middle_of(bucket_of(value)) == pytest.approx(value, rel=0.04)


def test_percentiles_are_those_of_the_values() -> None:
    values = range(1, 1_001)
    buckets: dict[int, int] = {}
    for value in values:
        buckets[bucket_of(value)] = buckets.get(bucket_of(value), 0) + 1
    assert percentile(buckets, 0.5) == pytest.approx(500, rel=0.05)
    assert percentile(buckets, 0.95) == pytest.approx(950, rel=0.05)
    assert percentile({}, 0.5) is None


def test_a_day_is_counted_by_model_and_user(owner: User, other: User) -> None:
    began = NOON + timedelta(seconds=1)
    answer(
        owner, cost=Decimal("0.25"), longest_stall_ms=2_000, first_token=began, finished=began + timedelta(seconds=4)
    )
    answer(owner, state="failed", longest_stall_ms=1_999, completion_tokens=None)
    answer(owner, model="large", state="stopped", first_token_ms=300)
    answer(other, state="interrupted")
    assert Day.objects.roll_up(DAY)
    mine = Tally.objects.get(user=owner, model="small")
    assert (mine.answers, mine.complete, mine.failed, mine.stalls) == (2, 1, 1, 1)
    assert (mine.prompt_tokens, mine.completion_tokens, mine.cost) == (20, 100, Decimal("0.25"))
    assert Tally.objects.get(user=owner, model="large").stopped == 1
    assert Tally.objects.get(user=other, model="small").interrupted == 1
    assert Tally.objects.get(user=owner, model="").conversations == 3
    assert set(Spread.objects.values_list("model", "measure", "bucket", "count")) == {
        ("small", "speed", bucket_of(25), 1),
        ("large", "wait", bucket_of(300), 1),
    }


@pytest.mark.parametrize("wait", [0, 1, 2, 240, 999, 12_345, 3_600_000])
def test_the_database_finds_the_bucket_of_a_wait(owner: User, wait: int) -> None:
    answer(owner, first_token_ms=wait)
    assert [each.bucket for each in spreads(DAY)] == [bucket_of(max(wait, 1))]


@pytest.mark.parametrize(("tokens", "seconds"), [(100, 4), (1, 600), (7, 0.003), (2_000, 0.5), (3, 86_400), (9, 1.25)])
def test_the_database_finds_the_bucket_of_a_speed(owner: User, tokens: int, seconds: float) -> None:
    began = NOON + timedelta(milliseconds=1)
    answer(owner, completion_tokens=tokens, first_token=began, finished=began + timedelta(seconds=seconds))
    assert [each.bucket for each in spreads(DAY)] == [bucket_of(tokens / seconds)]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"first_token": NOON},
        {"first_token": NOON, "finished": NOON},
        {"first_token": NOON, "finished": NOON - timedelta(seconds=1)},
        {"first_token": NOON, "finished": NOON + timedelta(seconds=1), "completion_tokens": None},
        {"first_token": NOON, "finished": NOON + timedelta(seconds=1), "completion_tokens": 0},
    ],
    ids=str,
)
def test_an_answer_without_a_speed_is_in_no_bucket(owner: User, values: dict[str, Any]) -> None:
    answer(owner, **values)
    assert spreads(DAY) == []


def test_days_are_due_from_the_first_answer_or_chat_on(owner: User) -> None:
    assert Day.objects.due() == []
    now = timezone.now()
    answer(owner, now - timedelta(days=2))
    assert today() - timedelta(days=3) not in Day.objects.due()
    Conversation.objects.create(user=owner, title="A chat", created=now - timedelta(days=5))
    assert Day.objects.due()[0] == today() - timedelta(days=5)


def test_days_without_anything_are_not_due(owner: User) -> None:
    long_ago, lately = datetime(1970, 1, 1, tzinfo=UTC), timezone.now() - timedelta(days=5)
    imported(answer(owner, long_ago))
    for days in (0, 2, 3):
        answer(owner, lately + timedelta(days=days))
    there = [long_ago.date(), *(lately.date() + timedelta(days=days) for days in (0, 2, 3))]
    assert Day.objects.due() == there
    Day.objects.roll_up(there[1])
    Day.objects.roll_up(there[2])
    assert Day.objects.due() == [there[0], there[3]]


def test_a_day_begins_at_midnight_and_ends_before_the_next(owner: User) -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    moment = timedelta(microseconds=1)
    for created in (midnight - moment, midnight, midnight + timedelta(days=1) - moment, midnight + timedelta(days=1)):
        answer(owner, created)
    Day.objects.roll_up(DAY)
    assert Tally.objects.get(date=DAY, model="small").answers == 2
    assert Tally.objects.get(date=DAY, model="").conversations == 2


def test_counted_again_it_is_the_same(owner: User) -> None:
    answer(owner, first_token_ms=300)
    assert Day.objects.roll_up(DAY)
    before = kept()
    assert not Day.objects.roll_up(DAY)
    assert kept() == before
    assert Day.objects.roll_up(DAY, again=True)
    assert kept() == before


def test_what_is_kept_is_what_would_be_counted_now(owner: User, other: User) -> None:
    answer(owner, first_token_ms=300)
    answer(other, model="large", first_token_ms=4_000)
    live = [(each.model, each.user_id, each.answers, each.conversations) for each in tallies(DAY)]
    quick = [(each.model, each.measure, each.bucket, each.count) for each in spreads(DAY)]
    Day.objects.roll_up(DAY)
    assert sorted(Tally.objects.values_list("model", "user_id", "answers", "conversations")) == sorted(live)
    assert sorted(Spread.objects.values_list("model", "measure", "bucket", "count")) == sorted(quick)


def test_what_is_deleted_later_stays_counted(owner: User) -> None:
    answer(owner)
    Day.objects.roll_up(DAY)
    owner.delete()
    assert not Generation.objects.exists()
    assert Tally.objects.get(model="small", user=None).answers == 1
    assert not Day.objects.roll_up(DAY)
    assert Tally.objects.get(model="small").answers == 1


def test_what_was_counted_for_a_guest_is_their_accounts_once_they_sign_in(owner: User) -> None:
    guest = User.objects.for_guest("a-guest")
    answer(guest)
    answer(owner)
    Day.objects.roll_up(DAY)
    owner.adopt(guest)
    sums = {row["user_id"]: row["sum_answers"] for row in Tally.objects.filter(model="small").summed("user_id")}
    assert sums == {owner.pk: 2}


def test_only_what_was_written_here_is_counted(owner: User) -> None:
    """A fork, a copy and an import bring answers of that day, of which one is gone on with here."""
    now = timezone.now()
    written = answer(owner, now, first_token_ms=300, first_token=now, finished=now + timedelta(seconds=1))
    original = written.conversation
    fork = original.fork(written.message, uuid4())
    Share.objects.make(original).copy_for(owner)
    original.fork(Message.objects.create(conversation=original, role="user", text="And?"), uuid4())
    early = GenerationRecord("small", now + timedelta(minutes=1), prompt_tokens=1_000_000_000, first_token_ms=9)
    told = MessageRecord(id="1", parent=None, role="assistant", created=now, text="Told.", generations=[early])
    make(owner, ConversationRecord(title="Told", created=now, updated=now, messages=[told]), origin="a file")
    place = Message.objects.create(conversation=fork, role="assistant")
    Generation.objects.create(message=place, conversation=fork, ordinal=1, model="small", lease=now, state="stopped")
    assert Generation.objects.count() == 6
    counted = {name: sum(getattr(each, name) for each in tallies(today())) for name in COUNTS}
    assert counted == dict.fromkeys(COUNTS, 0) | {
        "conversations": 1,
        "answers": 2,
        "complete": 1,
        "stopped": 1,
        "prompt_tokens": 10,
        "completion_tokens": 100,
    }
    assert sorted((each.measure, each.count) for each in spreads(today())) == [("speed", 1), ("wait", 1)]


def test_a_day_waits_for_its_last_answer(owner: User) -> None:
    generation = answer(owner, state="queued")
    assert not Day.objects.roll_up(DAY)
    assert DAY in Day.objects.due()
    generation.request_stop()
    assert Day.objects.roll_up(DAY)
    assert DAY not in Day.objects.due()
    assert Tally.objects.get(model="small").stopped == 1


def test_today_is_never_counted(owner: User) -> None:
    answer(owner, timezone.now())
    assert Day.objects.due() == []
    assert not Day.objects.roll_up(today(), again=True)


def test_the_command_counts_what_is_due_and_again_since_a_day(owner: User, capsys: pytest.CaptureFixture[str]) -> None:
    answer(owner, timezone.now() - timedelta(days=3))
    call_command("roll_up")
    assert capsys.readouterr().out == "1 day counted.\n"
    assert Day.objects.due() == []
    assert Tally.objects.filter(model="small").exists()
    call_command("roll_up")
    assert capsys.readouterr().out == "0 days counted.\n"
    call_command("roll_up", since=str(today() - timedelta(days=2)))
    assert capsys.readouterr().out == "2 days counted.\n"
    with pytest.raises(CommandError, match="2026-11-30"):
        call_command("roll_up", since="yesterday")


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_count_a_day_once(owner: User) -> None:
    answer(owner, first_token_ms=300)
    both, counted = Barrier(2), []

    def count() -> None:
        both.wait()
        counted.append(Day.objects.roll_up(DAY))
        connection.close()

    threads = [Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counted) == [False, True]
    assert Tally.objects.get(model="small").answers == 1
    assert Spread.objects.get().count == 1


@pytest.mark.django_db(transaction=True)
async def test_the_running_site_counts_what_is_due(
    owner: User, running: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    bookkeeper = Bookkeeper()
    monkeypatch.setattr(bookkeeping, "EVERY_SECONDS", 0.05)
    task = asyncio.create_task(bookkeeper.run())
    await in_thread(lambda: answer(owner, timezone.now() - timedelta(days=2)))
    await wait_for(lambda: Tally.objects.filter(model="small", answers=1).exists())
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await bookkeeper.close()
