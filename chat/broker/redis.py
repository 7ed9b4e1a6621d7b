"""Wake-ups between processes, over Redis: a hint that may be lost, never the text's only way (chat/streaming/poll.py
finds whatever was not heard of).

A process has one connection that listens, to the channels of the messages its readers follow, and one that speaks.
Both come back by themselves. Nothing waits for Redis: what can't be said in time is not said.
"""

import asyncio
import json
import logging
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from chat.broker.base import Broker, Service, Subscription, Wake
from chat.broker.memory import MemoryBroker

MAX_UNSAID = 2_000  # wake-ups that may wait to be sent; the oldest go first
MAX_TEXT = 65_536  # characters a wake-up may carry
AT_ONCE = 200  # wake-ups sent in one round trip
LISTEN_SECONDS = 5.0  # between two looks whether the listening connection is alive
PATIENCE = 2.0  # seconds for Redis to take a connection or a command
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds before trying again

_PREFIX = "chatstream:"
_PRESENCE = f"{_PREFIX}presence"  # nobody speaks here; it keeps a connection without readers listening

log = logging.getLogger(__name__)


class RedisBroker(Broker):
    name = "redis"

    def __init__(self, url: str) -> None:
        self._here = MemoryBroker()
        self._origin = uuid.uuid4().hex
        self._unsaid: deque[Wake] = deque(maxlen=MAX_UNSAID)
        self._something_to_do = asyncio.Event()
        self._listener: PubSub | None = None  # None: not connected
        self._heard: set[UUID] = set()  # the messages it is subscribed to
        self._redis = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),  # a connection that breaks is to be noticed: wake-ups were missed
            socket_connect_timeout=PATIENCE,
            socket_timeout=PATIENCE,
            health_check_interval=LISTEN_SECONDS,
        )

    @property
    def status(self) -> str:
        return self.name if self._listener else f"{self.name}: unreachable"

    def publish(self, wake: Wake) -> None:
        self._here.deliver(wake)
        self._unsaid.append(wake)
        self._something_to_do.set()

    def deliver(self, wake: Wake) -> None:
        self._here.deliver(wake)

    def followed(self) -> list[UUID]:
        return self._here.followed()

    def subscribe(self, message_id: UUID) -> Subscription:
        self._something_to_do.set()
        return self._here.subscribe(message_id)

    def forget(self, subscription: Subscription) -> None:
        self._here.forget(subscription)

    def close(self) -> None:
        self._here.close()

    def services(self) -> dict[str, Service]:
        return {
            "broker's ear": self._again_and_again(self._listen),
            "broker's mouth": self._again_and_again(self._speak),
        }

    async def disconnect(self) -> None:
        await self._redis.aclose()

    def _again_and_again(self, work: Callable[[], Awaitable[None]]) -> Service:
        """Return a service that does `work`, and once Redis fails does it again, after pauses that grow."""

        async def service() -> None:
            loop = asyncio.get_running_loop()
            pause = SHORTEST_PAUSE
            while not _is_cancelled():
                began = loop.time()
                try:
                    await work()
                except (RedisError, OSError) as error:
                    if loop.time() - began > LONGEST_PAUSE:  # it had worked
                        pause = SHORTEST_PAUSE
                    if pause == SHORTEST_PAUSE:
                        log.warning("Redis can't be reached; answers arrive through the poll: %s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

        return service

    # The ear

    async def _listen(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as listener:
            await listener.subscribe(_PRESENCE)
            self._heard = set()
            self._listener = listener
            self._something_to_do.set()
            for message_id in self.followed():
                self.deliver(Wake(message_id))  # something may have been said while nobody listened
            try:
                while not _is_cancelled():
                    self._hear(await listener.get_message(timeout=LISTEN_SECONDS))
            finally:
                self._listener = None

    def _hear(self, message: dict[str, Any] | None) -> None:
        if message is None or message["type"] != "message":
            return
        message_id = UUID(message["channel"].decode().removeprefix(_PREFIX))
        origin, part, offset, text = json.loads(message["data"])
        if origin != self._origin:
            self.deliver(Wake(message_id, part, offset, text))

    # The mouth

    async def _speak(self) -> None:
        while not _is_cancelled():
            await self._something_to_do.wait()
            self._something_to_do.clear()
            await self._tune_in()
            while self._unsaid:
                await self._say([self._unsaid.popleft() for _ in range(min(AT_ONCE, len(self._unsaid)))])

    async def _tune_in(self) -> None:
        """Have the ear hear of the messages that are followed, and of no others."""
        if self._listener is None:
            return
        wanted = set(self.followed())
        if new := wanted - self._heard:
            await self._listener.subscribe(*map(_channel, new))
        if old := self._heard - wanted:
            await self._listener.unsubscribe(*map(_channel, old))
        self._heard = wanted

    async def _say(self, wakes: list[Wake]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for wake in wakes:
                pipeline.publish(_channel(wake.message_id), self._encode(wake))
            await pipeline.execute()

    def _encode(self, wake: Wake) -> str:
        if len(wake.text) > MAX_TEXT:  # where it ends is enough: whoever isn't there looks
            wake = wake._replace(offset=wake.offset + len(wake.text), text="")
        return json.dumps([self._origin, wake.part, wake.offset, wake.text], separators=(",", ":"))


def _is_cancelled() -> bool:
    """Whether this task was told to end: redis-py 8.1 swallows a cancellation now and then."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _channel(message_id: UUID) -> str:
    return f"{_PREFIX}{message_id}"
