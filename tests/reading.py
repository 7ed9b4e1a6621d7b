"""Reading an answer in a test: waits for what it says, never for a time."""

import asyncio
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async

from chat.models import Generation
from chat.streaming.follow import Cursor, Follow
from chat.streaming.runner import Runner

PATIENCE = 10.0  # seconds

Result = TypeVar("Result")


async def in_thread(call: Callable[[], Result]) -> Result:
    """Use the ORM from an asynchronous test."""
    return await sync_to_async(call)()


async def read_to_end(runner: Runner, message_id: UUID, after: Cursor = Cursor()) -> tuple[str, str]:  # noqa: B008
    """Follow a message to its end; return what came and the state it ended in."""
    text = ""
    async with asyncio.timeout(PATIENCE):
        async for growth in Follow(runner.broker, message_id, after):
            text += growth.text
            if growth.state:
                return text, growth.state
    raise AssertionError("the message did not end")


async def read_until(runner: Runner, message_id: UUID, wanted: str) -> None:
    """Follow a message until its text contains `wanted`."""
    text = ""
    follow = Follow(runner.broker, message_id)
    async with asyncio.timeout(PATIENCE):
        while wanted not in text:
            text += (await anext(follow)).text
    follow.close()


async def wait_for(condition: Callable[[], bool]) -> None:
    """Look at the database again and again until `condition` holds."""
    async with asyncio.timeout(PATIENCE):
        while not await in_thread(condition):
            await asyncio.sleep(0.02)


async def latest(message_id: UUID) -> Generation:
    return await in_thread(lambda: Generation.objects.filter(message_id=message_id).order_by("ordinal").last())  # type: ignore[return-value,arg-type]
