"""Following a message: the log is read, wake-ups are hints. Readers write nothing."""

import asyncio
import re
from dataclasses import dataclass
from typing import NamedTuple, Self
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Substr

from chat.broker import Broker, Subscription, Wake
from chat.models import Chunk, Generation
from chat.models.chunk import Part
from chat.models.generation import State
from chat.streaming.database import read

POLL_SECONDS = 2.0
GONE = "deleted"

_CURSOR = re.compile(r"(\d{1,9})\.(\d{1,9})", re.ASCII)


class Cursor(NamedTuple):
    """How much of a message a reader has: characters of each part."""

    text: int = 0
    reasoning: int = 0

    def __str__(self) -> str:
        return f"{self.text}.{self.reasoning}"

    @classmethod
    def parse(cls, value: str) -> Self | None:
        """Read "<text>.<reasoning>"; None for anything else."""
        match = _CURSOR.fullmatch(value)
        return cls(int(match[1]), int(match[2])) if match else None


@dataclass
class Growth:
    """What came since the last look. `state` is set once the generation has ended and all of it was told."""

    text: str = ""
    reasoning: str = ""
    state: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.reasoning or self.state)


@dataclass(frozen=True)
class Log:
    """One look at the log: the text after a cursor, and the state, which is never newer than the text."""

    text: str
    reasoning: str
    state: str


def look(message_id: UUID, after: Cursor) -> Log | None:
    """Read what the log holds after a cursor; None when the message is gone, or deleted by its owner.

    Chunks first, then the row: were it the other way round, an ending between the two reads would fold the
    chunks away after the row was read, and their text would be missed. Whichever reaches further counts.
    """
    ends = {Part.TEXT: after.text, Part.REASONING: after.reasoning}
    chunks: list[tuple[str, int, str]] = list(
        Chunk.objects.reaching_past(message_id, ends).values_list("part", "offset", "text")
    )
    row = (
        Generation.objects.filter(message_id=message_id, conversation__deleted=None)
        .order_by("-ordinal")
        .values_list(
            "state",
            Substr(F("message__text"), after.text + 1),
            Substr(F("message__reasoning"), after.reasoning + 1),
        )
        .first()
    )
    if row is None:
        return None
    state, text, reasoning = row
    return Log(
        text=_joined(text, after.text, [chunk for chunk in chunks if chunk[0] == Part.TEXT]),
        reasoning=_joined(reasoning, after.reasoning, [chunk for chunk in chunks if chunk[0] == Part.REASONING]),
        state=state,
    )


def _joined(text: str, start: int, chunks: list[tuple[str, int, str]]) -> str:
    """Return `text`, which begins at `start`, with what the chunks have after it."""
    for _, offset, more in chunks:
        reached = start + len(text)
        if offset <= reached < offset + len(more):
            text += more[reached - offset :]
    return text


class Follow:
    """Iterates over a message's growth from a cursor to its end.

    Yields a Growth when there is one, an empty one every POLL_SECONDS otherwise, and last one with a state
    (GONE where the message was deleted). Stops without a state when this process ends. Gives other tasks a turn
    at every step. Call close(), from the loop, when leaving early.
    """

    def __init__(self, broker: Broker, message_id: UUID, after: Cursor = Cursor()) -> None:  # noqa: B008
        self.cursor = after
        self._broker = broker
        self._message_id = message_id
        self._subscription: Subscription | None = None
        self._must_look = True
        self._is_over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Growth:
        try:
            return await self._next()
        except BaseException:
            self.close()
            raise

    async def _next(self) -> Growth:
        await asyncio.sleep(0)
        if self._subscription is None:
            self._subscription = self._broker.subscribe(self._message_id)  # before the first look, lest one be missed
        if self._is_over or self._subscription.closed:
            raise StopAsyncIteration
        growth = await self._look() if self._must_look else self._fitting(await self._subscription.take(POLL_SECONDS))
        self.cursor = Cursor(self.cursor.text + len(growth.text), self.cursor.reasoning + len(growth.reasoning))
        self._is_over = bool(growth.state)
        return growth

    async def _look(self) -> Growth:
        self._must_look = False
        cursor = self.cursor
        log = await read(lambda: look(self._message_id, cursor))
        if log is None:
            return Growth(state=GONE)
        ended = log.state not in State.active()
        return Growth(log.text, log.reasoning, log.state if ended else "")

    def _fitting(self, wakes: list[Wake]) -> Growth:
        """Return the text of those wake-ups that go on exactly where we are; a gap, or silence, means: look."""
        growth = Growth()
        ends = self.cursor._asdict()
        for wake in wakes:
            end = ends.get(wake.part)
            if end == wake.offset:
                setattr(growth, wake.part, getattr(growth, wake.part) + wake.text)
                ends[wake.part] += len(wake.text)
            elif end is None or wake.offset > end:
                self._must_look = True
        self._must_look = self._must_look or not wakes
        return growth

    def close(self) -> None:
        self._is_over = True
        if self._subscription:
            self._subscription.close()
