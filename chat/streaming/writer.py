"""The writer: one per process, the only one that adds text to an answer.

It works in frames. Each takes what every running generation has gathered and commits it in one transaction that
also renews the leases, fences out claims that no longer hold and reads the stop flags. Readers are told only
after the commit.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.db import Error, InterfaceError, OperationalError

from chat.broker import Broker, Wake
from chat.models import Ending, Generation
from chat.models.chunk import Row
from chat.models.generation import LEASE, State
from chat.streaming.database import DatabaseThread

FRAME_SECONDS = 0.05
HEARTBEAT_SECONDS = 1.0
RETRY_SECONDS = 0.2

UNSTORED = Ending(State.FAILED, "storage", "The answer could not be stored.")

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Halt(Enum):
    """Why a running generation must end though its model would go on."""

    STOP = "stop"  # a person asked for it
    FENCED = "fenced"  # the claim no longer holds: another process owns the answer, or it is gone
    STORAGE = "storage"  # the database refuses this text
    SHUTDOWN = "shutdown"  # this process ends


@dataclass(eq=False)
class Draft:
    """What one running generation has gathered and not yet committed."""

    message_id: UUID
    claim: UUID
    ends: dict[str, int]  # characters of each part, gathered ones included
    task: "asyncio.Task[None]"
    started: float = field(default_factory=time.monotonic)
    halted: Halt | None = None
    closing: bool = False
    has_lost_text: bool = False  # nothing may be written any more: it would stand behind a hole
    is_fresh: bool = True  # nothing committed yet: its first words go out at once
    _gathered: list[tuple[str, str]] = field(default_factory=list)
    _since: float = 0.0

    def add(self, part: str, text: str) -> None:
        if not self._gathered:
            self._since = time.monotonic()
        self._gathered.append((part, text))

    @property
    def has_news(self) -> bool:
        return bool(self._gathered)

    def take(self) -> list[Row]:
        """Hand over what was gathered as rows, at most one a part."""
        ms = round((self._since - self.started) * 1000)
        rows = []
        for part in dict.fromkeys(part for part, _ in self._gathered):
            text = "".join(piece for owner, piece in self._gathered if owner == part)
            rows.append(Row(self.message_id, self.claim, part, self.ends[part], text, ms))
            self.ends[part] += len(text)
        self._gathered.clear()
        return rows

    def halt(self, reason: Halt) -> None:
        """End the generation from outside. The first reason counts; once it is ending by itself, none does."""
        if self.halted is None and not self.closing:
            self.halted = reason
            self.task.cancel()

    def lose_text(self) -> None:
        """What was taken could not be stored. However the answer was about to end, it ends as that."""
        self.has_lost_text = True
        self.halt(Halt.STORAGE)


class Writer:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._thread = DatabaseThread("writer", keep_connection=True)
        self._drafts: dict[UUID, Draft] = {}
        self._news = asyncio.Event()
        self._first_words = asyncio.Event()
        self._busy = asyncio.Lock()

    def open(self, draft: Draft) -> Draft:
        self._drafts[draft.claim] = draft
        return draft

    def drop(self, draft: Draft) -> None:
        """Forget a generation that is no longer ours; what it had gathered is nobody's."""
        self._drafts.pop(draft.claim, None)

    def halt(self, task: "asyncio.Task[None]", reason: Halt) -> None:
        """End the generation this task runs, if it has begun to."""
        for draft in self._drafts.values():
            if draft.task is task:
                draft.halt(reason)

    def append(self, draft: Draft, part: str, text: str) -> None:
        """Gather text for the next frame; the first text of an answer makes that frame come at once."""
        draft.add(part, text)
        self._news.set()
        if draft.is_fresh:
            self._first_words.set()

    async def run(self) -> None:
        """Commit frames until cancelled."""
        last_frame = last_heartbeat = 0.0
        while True:
            await self._wait_for_news(last_frame)
            last_frame = asyncio.get_running_loop().time()
            heartbeat = last_frame - last_heartbeat >= HEARTBEAT_SECONDS
            if heartbeat:
                last_heartbeat = last_frame
            async with self._busy:
                await self._frame([draft for draft in self._drafts.values() if heartbeat or draft.has_news])

    async def _wait_for_news(self, last_frame: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self._news.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(last_frame + FRAME_SECONDS):
                await self._first_words.wait()
        self._news.clear()
        self._first_words.clear()

    async def _frame(self, drafts: list[Draft]) -> None:
        rows = {draft.claim: draft.take() for draft in drafts}
        if not rows:
            return
        for draft in drafts:
            draft.is_fresh = draft.is_fresh and not rows[draft.claim]
        try:
            held = await self._commit(rows)
        except Exception:
            log.exception("A frame could not be stored")
            for draft in drafts:
                draft.lose_text()
            return
        self._settle(drafts, rows, held)

    async def _commit(self, rows: dict[UUID, list[Row]]) -> dict[UUID, bool]:
        """Commit a frame. Returns the claims that hold, each with its stop flag.

        A frame that fails on its data is sent one generation at a time, so that only the culprit ends.
        Raises OperationalError or InterfaceError as _patiently() does.
        """
        together = [row for some in rows.values() for row in some]
        try:
            return await self._patiently(partial(Generation.objects.append, list(rows), together))
        except (OperationalError, InterfaceError):
            raise
        except (Error, ValueError) as error:
            return await self._commit_apart(rows, error)

    async def _commit_apart(self, rows: dict[UUID, list[Row]], error: Exception) -> dict[UUID, bool]:
        if len(rows) == 1:
            (claim,) = rows
            log.error("The database refuses an answer's text: %r", error)
            self._drafts[claim].lose_text()
            return {}
        held: dict[UUID, bool] = {}
        for claim, some in rows.items():
            held |= await self._commit({claim: some})
        return held

    def _settle(self, drafts: Iterable[Draft], rows: dict[UUID, list[Row]], held: dict[UUID, bool]) -> None:
        for draft in drafts:
            if draft.claim not in held:
                draft.halt(Halt.FENCED)
                continue
            self._publish(rows[draft.claim])
            if held[draft.claim]:
                draft.halt(Halt.STOP)

    async def finish(self, draft: Draft, ending: Ending) -> bool:
        """Commit the last words and the ending in one transaction, then tell the readers.

        Returns False, having written nothing, where the claim no longer holds. Raises django.db.Error when the
        database takes neither within the length of a lease.
        """
        async with self._busy:
            self._drafts.pop(draft.claim, None)
            rows = []
            if draft.has_lost_text:
                ending = UNSTORED
            else:
                rows = draft.take()
            finished = await self._patiently(partial(Generation.objects.finish, draft.claim, rows, ending))
        if finished:
            self._publish(rows)
            self._broker.publish(Wake(draft.message_id))
        return finished

    async def _patiently(self, commit: Callable[..., Result]) -> Result:
        """Commit; wait out a lost connection for the length of a lease, sending the same again.

        Raises OperationalError or InterfaceError once the lease is over.
        """
        give_up = time.monotonic() + LEASE.total_seconds()
        again = False
        while True:
            try:
                return await self._thread.run(partial(commit, again=again))
            except (OperationalError, InterfaceError) as error:
                if time.monotonic() > give_up:
                    raise
                log.warning("The database did not take a frame, trying again: %s", error)
                again = True
                await asyncio.sleep(RETRY_SECONDS)

    def _publish(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._broker.publish(Wake(row.message_id, row.part, row.offset, row.text))

    async def close(self) -> None:
        await self._thread.close()
