"""The slow poll: one look for all the readers of a process, instead of one each.

Wake-ups may be lost, and another process's may never come. So, every second, the log is asked how far each followed
message reaches, and its readers are told; who has that much does nothing, who hasn't looks. Should the poll itself
stand still, every reader looks by itself after a while (follow.py).
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from functools import partial
from uuid import UUID

from django.db import DatabaseError
from django.db.models import F, Max

from chat.broker import Broker, Wake
from chat.models import Chunk, Generation
from chat.models.generation import State
from chat.streaming.database import DatabaseThread

EVERY_SECONDS = 1.0


class Poll:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._thread = DatabaseThread("poll", keep_connection=True)

    async def run(self) -> None:
        """Look until cancelled. A database that doesn't answer is asked again the next time."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if followed := self._broker.followed():
                await self._look(followed)

    async def _look(self, followed: Collection[UUID]) -> None:
        try:
            hints = await self._thread.run(partial(hints_for, followed))
        except DatabaseError:
            return
        for hint in hints:
            self._broker.deliver(hint)

    async def close(self) -> None:
        await self._thread.close()


def hints_for(followed: Collection[UUID]) -> list[Wake]:
    """Return wake-ups that say how far each message reaches: just past the beginning of its last chunk, which whoever
    has that chunk is beyond; without a part where it has ended or is gone."""
    growing = set(
        Generation.objects.filter(message__in=followed, state__in=State.active()).values_list("message", flat=True)
    )
    hints = [Wake(message_id) for message_id in followed if message_id not in growing]
    ends = Chunk.objects.filter(message__in=growing).values("message_id", "part").annotate(last=Max(F("offset")))
    reached: defaultdict[UUID, list[Wake]] = defaultdict(list)
    for end in ends:
        reached[end["message_id"]].append(Wake(end["message_id"], end["part"], end["last"] + 1))
    for message_id in growing:
        hints += reached[message_id] or [Wake(message_id, "text", 0)]  # nothing yet: all is well, and nobody need look
    return hints
