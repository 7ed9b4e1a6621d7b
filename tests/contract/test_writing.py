"""The writer: frames, and what a bad neighbour can do to the others in one."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.db.models.functions import Now

from chat.broker import MemoryBroker
from chat.llm import Delta
from chat.models import Generation, Message, Turn, User
from chat.models.generation import GenerationQuerySet
from chat.streaming import writer as writing
from chat.streaming.engine import Intake
from chat.streaming.follow import GONE
from chat.streaming.runner import Runner
from chat.streaming.writer import Draft, Halt, Writer
from tests.conftest import begin
from tests.reading import in_thread, latest, read_to_end, wait_for
from tests.upstream import Endless, Finish, Gate, Say, Upstream

pytestmark = pytest.mark.django_db(transaction=True)


async def open_draft(writer: Writer, turn: Turn) -> Draft:
    claim = await in_thread(lambda: turn.generation.claim_for("a test"))
    assert claim is not None
    task = asyncio.create_task(asyncio.Event().wait())
    return writer.open(Draft(turn.answer.pk, claim, {"text": 0, "reasoning": 0}, task))  # type: ignore[arg-type]


def written(turn: Turn) -> str:
    return "".join(turn.answer.chunks.order_by("offset").values_list("text", flat=True))


async def test_text_the_database_refuses_ends_its_answer_and_harms_no_neighbour(turn: Turn, other: User) -> None:
    neighbour = await in_thread(lambda: begin(other))
    writer = Writer(MemoryBroker())
    bad, good = await open_draft(writer, turn), await open_draft(writer, neighbour)
    writer.append(bad, "text", "lone \ud800 surrogate")  # past the door that cleans, on purpose
    writer.append(good, "text", "unharmed")
    service = asyncio.create_task(writer.run())
    await wait_for(lambda: written(neighbour) == "unharmed")
    assert bad.halted is Halt.STORAGE
    assert good.halted is None
    assert await in_thread(lambda: written(turn)) == ""
    await end(writer, service)


async def test_a_claim_taken_away_halts_its_draft(turn: Turn) -> None:
    writer = Writer(MemoryBroker())
    draft = await open_draft(writer, turn)
    await in_thread(turn.answer.conversation.delete)
    service = asyncio.create_task(writer.run())
    writer.append(draft, "text", "too late")
    with pytest.raises(asyncio.CancelledError):
        await draft.task
    assert draft.halted is Halt.FENCED
    await end(writer, service)


async def end(writer: Writer, service: "asyncio.Task[None]") -> None:
    service.cancel()
    await asyncio.gather(service, return_exceptions=True)
    await writer.close()


async def test_deltas_of_one_frame_become_one_chunk(turn: Turn) -> None:
    writer = Writer(MemoryBroker())
    draft = await open_draft(writer, turn)
    intake = Intake(writer, draft, begun="")
    for word in ("The ", "sky ", "is ", "blue."):
        intake.take(Delta("text", word))
    service = asyncio.create_task(writer.run())
    await wait_for(lambda: written(turn) == "The sky is blue.")
    assert await in_thread(turn.answer.chunks.count) == 1
    draft.task.cancel()
    await end(writer, service)


async def test_closing_the_runner_folds_and_interrupts_what_still_runs(
    running: Runner, model: Upstream, turn: Turn
) -> None:
    model.script(Say("so far"), Gate(), Finish())
    running.start(turn.generation.pk)
    await wait_for(lambda: written(turn) == "so far")
    await running.close(grace=0)
    message = await in_thread(lambda: Message.objects.get(pk=turn.answer.pk))
    assert (message.text, (await latest(message.pk)).state) == ("so far", "interrupted")
    await running.open()  # for the fixture to close


async def test_closing_the_runner_lets_an_answer_finish_within_the_grace(
    running: Runner, model: Upstream, turn: Turn
) -> None:
    gate = Gate()
    model.script(Say("so far"), gate, Say(" and on"), Finish())
    running.start(turn.generation.pk)
    await wait_for(lambda: written(turn) == "so far")
    closing = asyncio.create_task(running.close(grace=10))
    gate.release()
    await closing
    message = await in_thread(lambda: Message.objects.get(pk=turn.answer.pk))
    assert (message.text, (await latest(message.pk)).state) == ("so far and on", "complete")
    await running.open()


async def test_a_row_nobody_started_is_started_once_its_lease_is_over(running: Runner, turn: Turn) -> None:
    # as left by a process killed between the commit of a send and its start
    await running.close(grace=0)
    await in_thread(lambda: Generation.objects.update(lease=Now() - timedelta(seconds=1)))
    await running.open()
    assert await read_to_end(running, turn.answer.pk) == ("Hello world", "complete")


@pytest.mark.parametrize("error", [InterfaceError, OperationalError, RuntimeError])
async def test_a_frame_that_cannot_be_stored_ends_the_answer_before_a_hole(
    running: Runner, model: Upstream, turn: Turn, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    monkeypatch.setattr(writing, "LEASE", timedelta(0))
    append, gates = GenerationQuerySet.append, [Gate(), Gate()]
    model.script(Say("one "), gates[0], Say("two "), gates[1], Say("three"), Finish())
    running.start(turn.generation.pk)
    await wait_for(lambda: written(turn) == "one ")

    def fail(*args: object, **kwargs: object) -> None:
        raise error("scripted")

    monkeypatch.setattr(GenerationQuerySet, "append", fail)
    gates[0].release()
    assert await read_to_end(running, turn.answer.pk) == ("one ", "failed")
    monkeypatch.setattr(GenerationQuerySet, "append", append)
    assert (await latest(turn.answer.pk)).error_code == "storage"


async def test_an_answer_that_ends_while_its_last_frame_fails_is_not_complete(
    running: Runner, model: Upstream, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "LEASE", timedelta(0))
    append, gate, last_gate = GenerationQuerySet.append, Gate(), Gate()
    model.script(Say("one "), gate, Say("two"), last_gate, Finish())
    running.start(turn.generation.pk)
    await wait_for(lambda: written(turn) == "one ")

    def fail_late(self: GenerationQuerySet, claims: Any, rows: Any, **kwargs: Any) -> Any:
        if not rows:
            return append(self, claims, rows, **kwargs)
        last_gate.release()
        model.wait_until_idle()  # it has said its last word while the frame is on its way
        raise OperationalError("scripted")

    monkeypatch.setattr(GenerationQuerySet, "append", fail_late)
    gate.release()
    assert await read_to_end(running, turn.answer.pk) == ("one ", "failed")
    assert (await latest(turn.answer.pk)).error_code == "storage"


async def test_deleting_a_conversation_ends_its_answer_first(running: Runner, model: Upstream, turn: Turn) -> None:
    model.script(Endless(every=0.001))
    running.start(turn.generation.pk)
    await wait_for(turn.answer.chunks.exists)
    await in_thread(turn.question.conversation.delete)
    assert (await read_to_end(running, turn.answer.pk))[1] == GONE
    await asyncio.to_thread(model.wait_until_idle)


async def test_deleting_a_person_ends_their_answers_first(
    running: Runner, model: Upstream, turn: Turn, owner: User
) -> None:
    model.script(Endless(every=0.001))
    running.start(turn.generation.pk)
    await wait_for(turn.answer.chunks.exists)
    await in_thread(owner.delete)
    assert not await in_thread(Message.objects.exists)
    await asyncio.to_thread(model.wait_until_idle)


async def test_what_the_model_was_asked_with_is_kept(running: Runner, turn: Turn) -> None:
    await in_thread(lambda: Generation.objects.update(model=""))  # as when no endpoint had named its models yet
    running.start(turn.generation.pk)
    await read_to_end(running, turn.answer.pk)
    assert (await latest(turn.answer.pk)).model == "scripted"
