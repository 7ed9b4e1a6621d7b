"""What was deleted is out of reach at once and really gone a little later, whatever was going on in it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError
from django.utils import timezone

from chat.models import Chunk, Conversation, Generation, Message, Timeline, Turn, User
from chat.models.arranging import KEPT, TEMPORARY, ArrangedQuerySet
from chat.models.conversation import ConversationQuerySet
from chat.streaming import sweeper as sweeping
from chat.streaming.follow import GONE, Follow
from chat.streaming.runner import Runner
from chat.streaming.sweeper import Sweeper
from tests.conftest import begin
from tests.races import at_once
from tests.reading import PATIENCE, in_thread, read_to_end, read_until, wait_for
from tests.upstream import Endless, Upstream

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = (Conversation, Message, Generation, Chunk, Timeline)


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "EVERY_SECONDS", 0.05)


def make_due(pk: UUID) -> None:
    assert Conversation.objects.filter(pk=pk).update(deleted=timezone.now() - KEPT)


def nothing_is_left() -> bool:
    return not any(kind._default_manager.exists() for kind in KINDS)


async def discard(runner: Runner, turn: Turn) -> None:
    """Delete a conversation as its page does."""
    ended = await in_thread(Conversation.objects.filter(pk=turn.question.conversation_id).discard)
    for generation in ended:
        runner.stop(generation)


async def test_what_was_deleted_a_while_ago_is_really_gone(running: Runner, turn: Turn) -> None:
    running.start(turn.generation.pk)
    await read_to_end(running, turn.answer.pk)
    await discard(running, turn)
    await in_thread(lambda: make_due(turn.question.conversation_id))
    await wait_for(nothing_is_left)


async def test_what_can_still_be_had_back_and_what_nobody_deleted_stay(
    running: Runner, turn: Turn, owner: User
) -> None:
    other = await in_thread(lambda: begin(owner, "Kept"))
    swept = await in_thread(lambda: begin(owner, "Swept"))
    await discard(running, turn)
    await discard(running, swept)
    await in_thread(lambda: make_due(swept.question.conversation_id))
    await wait_for(lambda: not Conversation.objects.filter(title="Swept").exists())
    left = await in_thread(lambda: set(Conversation.objects.values_list("pk", flat=True)))
    assert left == {turn.question.conversation_id, other.question.conversation_id}


async def test_a_running_answer_is_ended_first_and_its_readers_are_told_at_once(
    running: Runner, model: Upstream, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.streaming.follow.POLL_SECONDS", 3_600)
    monkeypatch.setattr("chat.streaming.poll.hints_for", lambda followed: [])
    model.script(Endless(every=0.01))
    running.start(turn.generation.pk)
    follow = Follow(running.broker, turn.answer.pk)
    async with asyncio.timeout(PATIENCE):
        while not (await anext(follow)).text:
            pass
        await discard(running, turn)
        assert [growth.state async for growth in follow][-1] == GONE
    await asyncio.to_thread(model.wait_until_idle)  # nobody's request stays open
    kept = await in_thread(lambda: Message.objects.get(pk=turn.answer.pk).text)
    assert kept.startswith("word ")  # for Undo
    await in_thread(lambda: make_due(turn.question.conversation_id))
    await wait_for(nothing_is_left)


async def test_the_readers_of_another_process_find_out_by_the_poll(
    running: Runner, model: Upstream, turn: Turn
) -> None:
    model.script(Endless(every=0.01))
    running.start(turn.generation.pk)
    follow = Follow(running.broker, turn.answer.pk)
    async with asyncio.timeout(PATIENCE):
        while not (await anext(follow)).text:
            pass
        await in_thread(Conversation.objects.filter(pk=turn.question.conversation_id).discard)  # and nobody is told
        assert [growth.state async for growth in follow][-1] == GONE
    await asyncio.to_thread(model.wait_until_idle)


async def test_a_temporary_chat_is_gone_a_day_after_its_last_turn_whatever_is_being_written(
    running: Runner, model: Upstream, turn: Turn, owner: User
) -> None:
    model.script(Endless(every=0.01))
    running.start(turn.generation.pk)
    await read_until(running, turn.answer.pk, "word")
    young = await in_thread(lambda: begin(owner, "Young"))
    await in_thread(lambda: Conversation.objects.update(is_temporary=True))
    day_ago = timezone.now() - TEMPORARY
    await in_thread(lambda: Conversation.objects.filter(pk=turn.question.conversation_id).update(updated=day_ago))
    await wait_for(lambda: not Conversation.objects.filter(pk=turn.question.conversation_id).exists())
    await asyncio.to_thread(model.wait_until_idle)
    left = await in_thread(lambda: set(Message.objects.values_list("conversation", flat=True)))
    assert left == {young.question.conversation_id}


async def test_what_was_left_is_swept_at_the_start(
    transactional_db: None, model_settings: Any, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "EVERY_SECONDS", 3_600)
    await discard(Runner(), turn)
    await in_thread(lambda: make_due(turn.question.conversation_id))
    runner = Runner()
    await runner.open()
    await wait_for(nothing_is_left)
    await runner.close(grace=0)


async def test_two_sweepers_at_once_delete_everything_once(owner: User) -> None:
    old = timezone.now() - KEPT
    await in_thread(
        lambda: Conversation.objects.bulk_create(
            [Conversation(user=owner, title=f"Chat {number}", deleted=old) for number in range(60)]
        )
    )
    sweepers = [Sweeper(), Sweeper(), Sweeper()]
    tasks = [asyncio.create_task(sweeper.run()) for sweeper in sweepers]
    await wait_for(nothing_is_left)
    for task in tasks:
        assert not task.done()  # none of them stumbled
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for sweeper in sweepers:
        await sweeper.close()


def test_one_that_several_would_delete_is_deleted_by_one(turn: Turn) -> None:
    pk = turn.question.conversation_id
    make_due(pk)
    assert sorted(at_once(3, lambda: Conversation.objects.due().remove(pk))) == [False, False, True]


@pytest.mark.parametrize("first", ["undo", "sweep"])
def test_undo_and_the_sweeper_never_both_have_it(turn: Turn, first: str) -> None:
    mine = Conversation.objects.filter(pk=turn.question.conversation_id)
    mine.discard()
    if first == "undo":
        assert mine.restore() == 1
        assert not Conversation.objects.due().remove(turn.question.conversation_id)
    make_due(turn.question.conversation_id)
    assert mine.restore() == 0
    assert Conversation.objects.due().remove(turn.question.conversation_id)


async def test_one_that_can_not_be_deleted_holds_up_no_other(
    running: Runner, turn: Turn, owner: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = await in_thread(lambda: begin(owner, "Another"))
    delete: Callable[..., Any] = Conversation.delete

    def refuse(self: Conversation) -> Any:
        if self.pk == turn.question.conversation_id:
            raise DatabaseError("scripted")
        return delete(self)

    monkeypatch.setattr(Conversation, "delete", refuse)
    for each in (turn, other):
        await in_thread(lambda each=each: make_due(each.question.conversation_id))  # type: ignore[misc]
    await wait_for(lambda: not Conversation.objects.filter(title="Another").exists())
    await wait_for(lambda: "can't be deleted" in caplog.text)
    monkeypatch.undo()
    monkeypatch.setattr(sweeping, "EVERY_SECONDS", 0.05)
    await wait_for(nothing_is_left)


async def test_a_database_that_does_not_answer_is_asked_again(
    running: Runner, turn: Turn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    due, asked = ArrangedQuerySet.deleted_ones, 0

    def stumble(self: ConversationQuerySet) -> Any:
        nonlocal asked
        asked += 1
        return due(self).extra(where=["no_such_column = 1"]) if asked <= 2 else due(self)

    monkeypatch.setattr(ArrangedQuerySet, "deleted_ones", stumble)
    await in_thread(lambda: make_due(turn.question.conversation_id))
    await wait_for(nothing_is_left)
    assert asked > 2
    assert "Could not look for conversations to delete" in caplog.text


def test_expired_and_deleted_are_told_from_what_is_not(owner: User) -> None:
    now = timezone.now()
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("deleted", {"deleted": now - KEPT}, "due"),
        ("just deleted", {"deleted": now - KEPT + timedelta(seconds=5)}, ""),
        ("temporary", {"is_temporary": True, "updated": now - TEMPORARY}, "expired"),
        ("temporary and young", {"is_temporary": True, "updated": now - TEMPORARY + timedelta(minutes=5)}, ""),
        ("old", {"updated": now - 9 * TEMPORARY}, ""),
    ]
    for title, values, _ in cases:
        Conversation.objects.create(user=owner, title=title, **values)
    for name in ("due", "expired"):
        found = getattr(Conversation.objects, name)().values_list("title", flat=True)
        assert set(found) == {title for title, _, wanted in cases if wanted == name}
