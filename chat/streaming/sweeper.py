"""The sweeper: makes really gone what was deleted a while ago, temporary conversations a day after their last turn, and
all that is theirs who have deleted their account.

Once a day it does what the rules of retention say, and removes what is too old in the read log, and expired
sessions.

Every process has one; they may be at it at once. One conversation is one transaction, so that nothing waits for long.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.db import DatabaseError

from chat.models import Conversation, Opening, RetentionRule
from chat.models.conversation import ConversationQuerySet
from chat.models.leaving import leavers, left_behind, part_with
from chat.models.sessions import prune_sessions
from chat.streaming.database import DatabaseThread

EVERY_SECONDS = 3.0
AT_ONCE = 200  # conversations looked up at a time
RETAIN_EVERY_SECONDS = 24 * 3600.0

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Sweeper:
    def __init__(self) -> None:
        self._thread = DatabaseThread("sweeper")
        self._retain_at = 0.0  # soon after the start, then every day

    async def run(self) -> None:
        """Sweep until cancelled. A database that doesn't answer is asked again the next time."""
        while True:
            await self._sweep()
            await asyncio.sleep(EVERY_SECONDS)

    async def _sweep(self) -> None:
        for those in (Conversation.objects.due(), Conversation.objects.expired(), left_behind()):
            await self._sweep_away(those)
        await self._try(Conversation.objects.outlived().held().withdraw)
        await self._part_with_people()
        if time.monotonic() >= self._retain_at:
            await self._retain()

    async def _part_with_people(self) -> None:
        """See off those who have deleted their account, once their conversations are gone. One who can't be seen off
        holds up no other, and is tried again."""
        try:
            found = await self._thread.run(lambda: list(leavers().values_list("pk", flat=True)[:AT_ONCE]))
        except DatabaseError as error:
            log.warning("Could not look for people who have left: %s", error)
            return
        for pk in found:
            try:
                await self._thread.run(partial(part_with, pk))
            except Exception as error:
                log.error("User %s, who has left, can't be deleted: %r", pk, error)

    async def _retain(self) -> None:
        """Do some of what the rules say; when there is nothing more to do, rest for a day."""
        rules = await self._try(lambda: list(RetentionRule.objects.in_force()))
        if rules is None:
            return
        removed = sum([await self._enforce(rule) for rule in rules])
        if not removed:
            await self._try(Opening.objects.prune)
            await self._try(prune_sessions)
            self._retain_at = time.monotonic() + RETAIN_EVERY_SECONDS

    async def _enforce(self, rule: RetentionRule) -> int:
        """Do some of what a rule says. One that can't be followed holds up no other, nor what else is to be swept."""
        try:
            return await self._sweep_away(Conversation.objects.due_under(rule))
        except Exception as error:
            log.error("The rule “%s” can't be followed: %r", rule, error)
            return 0

    async def _try(self, call: Callable[[], Result]) -> Result | None:
        try:
            return await self._thread.run(call)
        except DatabaseError as error:
            log.warning("Could not look after what is kept: %s", error)
            return None

    async def _sweep_away(self, those: ConversationQuerySet) -> int:
        """Delete some of these; returns how many are gone."""
        try:
            found = await self._thread.run(lambda: list(those.order_by().values_list("pk", flat=True)[:AT_ONCE]))
        except DatabaseError as error:
            log.warning("Could not look for conversations to delete: %s", error)
            return 0
        return sum([await self._remove(those, pk) for pk in found])

    async def _remove(self, those: ConversationQuerySet, pk: UUID) -> bool:
        """Delete one. One that can't be holds up no other, and is tried again."""
        try:
            return await self._thread.run(partial(those.remove, pk))
        except Exception as error:
            log.error("Conversation %s can't be deleted: %r", pk, error)
            return False

    async def close(self) -> None:
        await self._thread.close()
