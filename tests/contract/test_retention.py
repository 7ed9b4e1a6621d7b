"""Each rule takes its kind of chat, when its time is over, and no other; a dry run says what a run does."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from chat.exchange.making import make
from chat.exchange.records import ConversationRecord
from chat.models import Conversation, Flag, Generation, LegalHold, Opening, RetentionRule, User
from chat.models.conversation import ConversationQuerySet
from chat.streaming import sweeper as sweeping
from chat.streaming.runner import Runner
from tests.conftest import begin, stop_all
from tests.races import at_once
from tests.reading import in_thread, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

Kind = RetentionRule.Kind
DAYS = {Kind.TEMPORARY: 1, Kind.GUEST: 7, Kind.ORDINARY: 30, Kind.FLAGGED: 90}
A_LITTLE = timedelta(minutes=1)
LONG_AGO = datetime(2020, 6, 30, tzinfo=UTC)


def chat_of(
    user: User, *traits: str, days: int = 1_000, by: timedelta = A_LITTLE, is_written: bool = False
) -> Conversation:
    """Make a finished chat with these traits, whose last message is this old."""
    conversation = begin(user, f"{' '.join(traits) or 'plain'} {uuid.uuid4()}").question.conversation
    if not is_written:
        stop_all(conversation.generations.all())
    if "flagged" in traits or "unflagged" in traits:
        taken_down = timezone.now() if "unflagged" in traits else None
        Flag.objects.create(conversation=conversation, reason="Look", taken_down=taken_down)
    if "held" in traits:
        LegalHold.objects.lay(user, "A case", conversation=conversation)
    when = timezone.now() - timedelta(days=days) - by
    values = {"is_temporary": "temporary" in traits, "updated": when, "stored": when}
    Conversation.objects.filter(pk=conversation.pk).update(**values)
    return conversation


def make_rules(*kinds: Kind) -> None:
    for kind in kinds or DAYS:
        RetentionRule.objects.create(kind=kind, days=DAYS[kind])


def retain(*options: str) -> str:
    out = StringIO()
    call_command("retain", *options, stdout=out)
    return out.getvalue()


def counted(report: str) -> dict[str, list[str]]:
    """Return each line of the table by its rule: days, deleted, held, oldest."""
    return {line[:34].strip(): line[34:].split() for line in report.splitlines()[1:]}


@pytest.fixture
def guest(transactional_db: None) -> User:
    return User.objects.for_guest("a guest")


@pytest.mark.parametrize(
    ("who", "traits", "kind"),
    [
        ("owner", (), Kind.ORDINARY),
        ("owner", ("unflagged",), Kind.ORDINARY),
        ("owner", ("temporary",), Kind.TEMPORARY),
        ("owner", ("flagged",), Kind.FLAGGED),
        ("owner", ("flagged", "temporary"), Kind.FLAGGED),
        ("guest", (), Kind.GUEST),
        ("guest", ("temporary",), Kind.TEMPORARY),
        ("guest", ("flagged",), Kind.FLAGGED),
        ("guest", ("flagged", "temporary"), Kind.FLAGGED),
    ],
)
def test_one_rule_alone_is_for_a_chat(owner: User, guest: User, who: str, traits: tuple[str, ...], kind: Kind) -> None:
    user = owner if who == "owner" else guest
    old = chat_of(user, *traits, days=DAYS[kind])
    young = chat_of(user, *traits, days=DAYS[kind], by=-A_LITTLE)
    make_rules(*(each for each in Kind if each != kind))
    retain()
    assert Conversation.objects.count() == 2  # no other rule takes them, however long ago their time was over
    make_rules(kind)
    retain()
    assert list(Conversation.objects.all()) == [young]
    assert old != young


@pytest.mark.parametrize("traits", [(), ("temporary",), ("flagged",), ("flagged", "temporary")])
@pytest.mark.parametrize("who", ["owner", "guest"])
def test_a_hold_beats_every_rule(owner: User, guest: User, who: str, traits: tuple[str, ...]) -> None:
    held = chat_of(owner if who == "owner" else guest, *traits, "held")
    make_rules()
    report = counted(retain())
    assert Conversation.objects.get() == held
    assert sorted(line[2] for line in report.values()) == ["0", "0", "0", "1"]
    assert {line[1] for line in report.values()} == {"0"}


def test_a_dry_run_says_what_a_run_does_and_does_nothing(owner: User, guest: User) -> None:
    for user in (owner, guest):
        for traits in ((), ("temporary",), ("flagged",), ("held",), ("flagged", "held")):
            chat_of(user, *traits)
    chat_of(owner, days=31)
    make_rules()
    dry = counted(retain("--dry-run"))
    assert Conversation.objects.count() == 11
    assert counted(retain()) == dry
    assert [(line[1], line[2]) for _, line in sorted(dry.items())] == [("2", "1"), ("2", "2"), ("1", "1"), ("2", "0")]
    assert Conversation.objects.count() == 4
    assert {line[1] for line in counted(retain()).values()} == {"0"}


def test_what_is_being_written_waits(owner: User) -> None:
    writing = chat_of(owner, is_written=True)
    make_rules()
    retain()
    assert Conversation.objects.get() == writing
    assert Generation.objects.get().is_active
    stop_all(Generation.objects.all())
    retain()
    assert not Conversation.objects.exists()


def test_a_rule_that_is_not_in_force_and_no_rule_do_nothing(owner: User) -> None:
    chat_of(owner)
    assert "everything is kept" in retain()
    RetentionRule.objects.create(kind=Kind.ORDINARY, days=1, is_active=False)
    assert "everything is kept" in retain()
    assert Conversation.objects.exists()


def test_a_run_that_was_cut_off_is_gone_on_with(owner: User) -> None:
    for _ in range(3):
        chat_of(owner)
    make_rules(Kind.ORDINARY)
    rule = RetentionRule.objects.get()
    next(rule.enforce())  # and the process dies
    assert Conversation.objects.count() == 2
    assert len(list(rule.enforce())) == 2


def test_one_that_can_not_be_deleted_is_named_and_holds_up_no_other(
    owner: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, *_ = [chat_of(owner) for _ in range(3)]
    make_rules(Kind.ORDINARY)
    remove = ConversationQuerySet.remove

    def fail_once(those: ConversationQuerySet, pk: uuid.UUID) -> bool:
        if pk == stuck.pk:
            raise OperationalError("canceling statement due to lock timeout")
        return remove(those, pk)

    monkeypatch.setattr(ConversationQuerySet, "remove", fail_once)
    with pytest.raises(CommandError, match="could not be deleted: 1"):
        call_command("retain")
    assert f"Conversation {stuck.pk} can't be deleted: OperationalError" in capsys.readouterr().err
    assert Conversation.objects.get() == stuck


def test_two_at_once_delete_each_once(owner: User) -> None:
    for _ in range(6):
        chat_of(owner)
    make_rules(Kind.ORDINARY)
    gone = at_once(2, lambda: list(RetentionRule.objects.get().enforce()))
    assert len(gone[0]) + len(gone[1]) == 6
    assert not set(gone[0]) & set(gone[1])


async def test_the_site_does_it_by_itself(
    transactional_db: None, owner: User, running: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(sweeping, "RETAIN_EVERY_SECONDS", 0.1)
    held = await in_thread(lambda: chat_of(owner, "held"))
    await in_thread(lambda: [chat_of(owner), chat_of(owner)])
    await in_thread(lambda: make_rules(Kind.ORDINARY))
    async with asyncio.timeout(20):
        await wait_for(lambda: Conversation.objects.count() == 1)
    assert await in_thread(Conversation.objects.get) == held


async def test_a_rule_that_can_not_be_followed_holds_up_no_other(
    transactional_db: None,
    owner: User,
    guest: User,
    running: Runner,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    due = ConversationQuerySet.due_under

    def stumble(self: ConversationQuerySet, rule: RetentionRule) -> ConversationQuerySet:
        if rule.kind == Kind.GUEST:
            raise OverflowError("scripted")
        return due(self, rule)

    monkeypatch.setattr(ConversationQuerySet, "due_under", stumble)
    monkeypatch.setattr(sweeping, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(sweeping, "RETAIN_EVERY_SECONDS", 0.1)
    kept = await in_thread(lambda: chat_of(guest))
    await in_thread(lambda: chat_of(owner))
    await in_thread(lambda: make_rules(Kind.GUEST, Kind.ORDINARY))
    async with asyncio.timeout(20):
        await wait_for(lambda: Conversation.objects.count() == 1)
        await wait_for(lambda: "can't be followed" in caplog.text)
    assert await in_thread(Conversation.objects.get) == kept


def test_a_rule_without_end_deletes_nothing(owner: User) -> None:
    chat_of(owner)
    RetentionRule.objects.create(kind=Kind.ORDINARY, days=1_000_000)
    assert counted(retain())["Chats of people with an account"][1] == "0"
    assert Conversation.objects.exists()


def test_the_time_of_what_was_imported_begins_when_it_came(owner: User) -> None:
    record = ConversationRecord(title="Old", created=LONG_AGO, updated=LONG_AGO)
    conversation = make(owner, record)
    assert conversation.updated == LONG_AGO
    make_rules(Kind.ORDINARY)
    assert counted(retain())["Chats of people with an account"][1:3] == ["0", "0"]
    over = timezone.now() - timedelta(days=DAYS[Kind.ORDINARY]) - A_LITTLE
    Conversation.objects.update(stored=over + 2 * A_LITTLE)
    retain()
    assert Conversation.objects.exists()
    Conversation.objects.update(stored=over)
    retain()
    assert not Conversation.objects.exists()


# The read log


def read_by(reader: User, conversation: Conversation, *, days: int) -> None:
    Opening.objects.record(reader, [conversation], Opening.Kind.PAGE)
    latest = Opening.objects.latest("pk")
    Opening._base_manager.filter(pk=latest.pk).update(when=timezone.now() - timedelta(days=days))


def test_the_read_log_is_pruned_only_where_the_operator_says_so(owner: User, other: User, settings: Settings) -> None:
    conversation = chat_of(owner)
    for days in (1, 99, 101):
        read_by(other, conversation, days=days)
    retain()
    assert Opening.objects.count() == 3
    settings.CHAT_READ_LOG_DAYS = 100
    assert "Lines of the read log that are too old: 1, to be removed." in retain("--dry-run")
    assert Opening.objects.count() == 3
    assert "Lines of the read log that were too old: 1, removed." in retain()
    assert Opening.objects.count() == 2
