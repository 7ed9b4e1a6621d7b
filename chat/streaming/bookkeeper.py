"""The bookkeeper: counts the days that are over, for the admin's figures.

Every process has one; they may be at it at once. One day is one transaction, so that nothing waits for long.
"""

import asyncio
import logging
from datetime import date
from functools import partial

from django.db import DatabaseError

from chat.models import Day
from chat.streaming.database import DatabaseThread

EVERY_SECONDS = 60.0

log = logging.getLogger(__name__)


class Bookkeeper:
    def __init__(self) -> None:
        self._thread = DatabaseThread("bookkeeper")

    async def run(self) -> None:
        """Count until cancelled. A database that doesn't answer is asked again the next time."""
        while True:
            await self._count()
            await asyncio.sleep(EVERY_SECONDS)

    async def _count(self) -> None:
        try:
            days = await self._thread.run(Day.objects.due)
        except DatabaseError as error:
            log.warning("Could not look for days to count: %s", error)
            return
        for day in days:
            await self._roll_up(day)

    async def _roll_up(self, day: date) -> None:
        """Count one. One that can't be holds up no other, and is tried again."""
        try:
            await self._thread.run(partial(Day.objects.roll_up, day))
        except Exception as error:
            log.error("The figures of %s can't be counted: %r", day, error)

    async def close(self) -> None:
        await self._thread.close()
