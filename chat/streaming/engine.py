"""The engine: takes one queued generation, asks its model, and sees to it that it ends with a name."""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import Error

from chat.llm import Catalog, Cut, Delta, Finish, ModelError, Prompt, Said, TimedOut
from chat.models import Ending, Generation, Message
from chat.models.chunk import Part
from chat.models.generation import State
from chat.streaming.asking import answer_to
from chat.streaming.clean import Cleaner
from chat.streaming.costs import cost_of
from chat.streaming.database import DatabaseThread
from chat.streaming.offer import permitted
from chat.streaming.seam import Seam
from chat.streaming.writer import UNSTORED, Draft, Halt, Writer

BURST = 10  # deltas taken at a stretch
APART = "\n\n"  # between what was thought in two runs
OWNER = f"{socket.gethostname()}:{os.getpid()}"

EMPTY = "The model gave no answer."
FILTERED = "The model's provider withheld the rest of this answer."
BROKEN = "Something went wrong here while the answer was being written."

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A claimed generation with all it takes to ask for its answer."""

    message_id: UUID
    claim: UUID
    model: str
    prompt: Prompt
    ends: dict[str, int]
    persona: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)  # the conversation's, over the endpoint's


class Engine:
    def __init__(self, writer: Writer, catalog: Catalog) -> None:
        self._writer = writer
        self._catalog = catalog
        self._thread = DatabaseThread("engine")

    async def run(self, generation_id: int, task: "asyncio.Task[None]") -> None:
        """Run one generation to its end. Returns at once where another process has claimed it."""
        job = await self._thread.run(lambda: take(generation_id))
        if job is None:
            return
        draft = self._writer.open(Draft(job.message_id, job.claim, job.ends, task))
        ending = await self._produce(job, draft)
        draft.closing = True
        if draft.halted is Halt.FENCED:
            self._writer.drop(draft)
        else:
            await self._finish(draft, ending)

    async def _produce(self, job: Job, draft: Draft) -> Ending:
        try:
            return await self._ask(job, draft)
        except asyncio.CancelledError:
            draft.task.uncancel()
            return halted(draft.halted or Halt.SHUTDOWN)
        except Cut as error:
            log.warning("The answer to message %s was cut: %s", job.message_id, error)
            return Ending(State.INTERRUPTED, error.code, error.sentence)
        except ModelError as error:
            log.warning("The answer to message %s failed: %s", job.message_id, error)
            return Ending(State.FAILED, error.code, error.sentence)
        except Exception:
            log.exception("The answer to message %s failed", job.message_id)
            return Ending(State.FAILED, "internal", BROKEN)

    async def _ask(self, job: Job, draft: Draft) -> Ending:
        loop = asyncio.get_running_loop()
        last = loop.time() + settings.CHAT_ANSWER_SECONDS
        deadline = asyncio.timeout_at(min(last, loop.time() + settings.CHAT_FIRST_TOKEN_SECONDS))
        intake = Intake(self._writer, draft, job.prompt.begun)
        try:
            async with deadline:
                endpoint, model = await self._catalog.resolve(job.model)
                instead = [] if job.model else self._catalog.models  # of the default, which nobody chose
                model = await self._thread.run(partial(permitted, model, instead))
                parameters = {**endpoint.parameters, **job.parameters}
                noted = partial(self._note, job, model, parameters)
                asked = answer_to(job.prompt, model, endpoint, self._catalog.windows, parameters, noted)
                async with aclosing(asked) as events:
                    async for event in events:
                        if isinstance(event, Finish):
                            intake.finish()
                            return ending_of(event, model, has_text=intake.has_text)
                        intake.take(event)
                        if intake.is_full:
                            return Ending(State.COMPLETE, finish_reason="length")
                        deadline.reschedule(min(last, loop.time() + settings.CHAT_SILENCE_SECONDS))
                        if intake.count % BURST == 0:
                            await asyncio.sleep(0)  # what has arrived is read without a pause; others want their turn
        except TimeoutError:
            raise TimedOut from None
        finally:
            intake.finish()
        raise Cut("the stream ended without a word")

    async def _note(self, job: Job, model: str, parameters: Mapping[str, Any], unseen: int) -> None:
        await self._thread.run(partial(record, job, model, parameters, unseen))

    async def _finish(self, draft: Draft, ending: Ending) -> None:
        try:
            await self._writer.finish(draft, ending)
        except (Error, ValueError):
            log.exception("The end of the answer to message %s could not be stored", draft.message_id)
            draft.lose_text()
            await self._writer.finish(draft, UNSTORED)

    async def close(self) -> None:
        await self._thread.close()


class Intake:
    """Takes deltas in: cleans them, drops a repeated seam, counts, and hands them to the writer."""

    def __init__(self, writer: Writer, draft: Draft, begun: str) -> None:
        self.has_text = bool(begun)
        self.count = 0  # deltas taken
        self._writer = writer
        self._draft = draft
        self._cleaners = {part.value: Cleaner() for part in Part}
        self._seam = Seam(begun)
        self._thinks_again = draft.ends[Part.REASONING] > 0
        self._bytes = len(begun.encode())

    @property
    def is_full(self) -> bool:
        return self._bytes >= settings.CHAT_MAX_ANSWER_BYTES

    def take(self, delta: Delta) -> None:
        self.count += 1
        self._write(delta.part, self._cleaners[delta.part].feed(delta.text))

    def finish(self) -> None:
        """Write what the cleaners and the seam held back. May be called twice."""
        for part, cleaner in self._cleaners.items():
            self._write(part, cleaner.finish())
        self._append(Part.TEXT, self._seam.finish())

    def _write(self, part: str, text: str) -> None:
        self._append(part, self._seam.feed(text) if part == Part.TEXT else text)

    def _append(self, part: str, text: str) -> None:
        if not text:
            return
        self.has_text = self.has_text or part == Part.TEXT
        if part == Part.REASONING and self._thinks_again:
            self._thinks_again = False
            text = APART + text
        self._bytes += len(text.encode())
        self._writer.append(self._draft, part, text)


def take(generation_id: int) -> Job | None:
    """Claim a queued generation and read what its prompt needs. None: somebody else has it, or it is gone."""
    generation = Generation.objects.select_related("message__conversation").filter(pk=generation_id).first()
    claim = generation.claim_for(OWNER) if generation else None
    if generation is None or claim is None:
        return None
    message = Message.objects.select_related("conversation__persona").get(pk=generation.message_id)
    conversation = message.conversation
    branch = message.before()
    texts = dict(Message.objects.filter(pk__in=[each.pk for each in branch]).values_list("pk", "text"))
    said = [Said("user" if each.role == Message.Role.USER else "assistant", texts.get(each.pk, "")) for each in branch]
    return Job(
        message_id=message.pk,
        claim=claim,
        model=generation.model,
        prompt=Prompt(conversation.instructions, said, begun=message.text),
        ends={Part.TEXT: len(message.text), Part.REASONING: len(message.reasoning)},
        persona=conversation.persona_name,
        parameters=conversation.parameters,
    )


def record(job: Job, model: str, parameters: Mapping[str, Any], unseen: int) -> None:
    """Keep what the model was asked with."""
    Generation.objects.filter(claim=job.claim).update(
        model=model,
        persona=job.persona,
        system_prompt=job.prompt.system,
        parameters=parameters,
        unseen=unseen,
    )


def ending_of(finish: Finish, model: str, *, has_text: bool) -> Ending:
    """Name the ending the endpoint's last word stands for (docs/architecture.md has the table)."""
    said = {
        "finish_reason": finish.reason,
        "prompt_tokens": finish.usage.prompt_tokens,
        "completion_tokens": finish.usage.completion_tokens,
        "response_id": finish.response_id,
        "cost": cost_of(model, finish.usage),
    }
    if finish.reason == "content_filter":
        return Ending(State.FAILED, "content_filter", FILTERED, **said)  # type: ignore[arg-type]
    if not has_text:
        return Ending(State.FAILED, "empty", EMPTY, **said)  # type: ignore[arg-type]
    return Ending(State.COMPLETE, **said)  # type: ignore[arg-type]


def halted(reason: Halt) -> Ending:
    match reason:
        case Halt.STOP:
            return Ending(State.STOPPED)
        case Halt.STORAGE:
            return UNSTORED
        case Halt.SHUTDOWN | Halt.FENCED:
            return Ending(State.INTERRUPTED)
