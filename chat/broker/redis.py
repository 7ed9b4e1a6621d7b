"""Wake-ups between processes, through Redis: what is told here is also published for the others.

Two connections a process, however many readers it has: one listens, one sends. Either may be lost at any moment and is
tried again; meanwhile readers live by the poll (chat/streaming/poll.py). Nothing waits for Redis, and nothing fails
with it.

Whenever Redis confirms a subscription, a new one or one renewed after a loss, its readers are sent to the log: what
was published before, nobody told them.
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from chat.broker.base import Service, Subscription, Wake
from chat.broker.memory import MemoryBroker

MAX_QUEUED = 1_024  # wake-ups that wait to be sent; one more and the oldest is dropped
MAX_CHARACTERS = 4_096  # of a wake-up's text; for more than that the log is looked at
ANSWER_SECONDS = 5.0  # how long Redis may take to answer anything
QUIET_SECONDS = 5.0  # the listener asks after so much silence, and gives up after twice as much
LAST_SECONDS = 1.0  # for what is still to be sent when the process ends
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between two tries to connect

CHANNEL = "chatstream:"

log = logging.getLogger(__name__)


class Line:
    """One of the connections: whether it is up, and how long to wait before it is tried again."""

    def __init__(self, name: str) -> None:
        self.is_up = False
        self._name = name
        self._pause = SHORTEST_PAUSE
        self._is_known_to_be_down = False

    async def keep(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work for ever; whenever Redis is lost, pause and begin anew."""
        while True:
            try:
                await work()
            except (RedisError, OSError) as error:
                self._complain(error)
            finally:
                self.is_up = False
            await asyncio.sleep(self._pause)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def up(self) -> None:
        """Say that Redis has answered."""
        if not self.is_up:
            self.is_up = True
            self._pause = SHORTEST_PAUSE
            self._is_known_to_be_down = False
            log.info("The %s is connected", self._name)

    def _complain(self, error: Exception) -> None:
        """Log a loss, but not each vain try after it."""
        if not self._is_known_to_be_down:
            self._is_known_to_be_down = True
            log.warning("The %s has lost it; answers of other processes arrive through the poll: %s", self._name, error)


class RedisBroker(MemoryBroker):
    name = "redis"

    def __init__(self, url: str) -> None:
        """Raises ValueError for a URL nobody can read."""
        super().__init__()
        parse_url(url)
        self._connect: Callable[[], Redis] = partial(
            Redis.from_url,
            url,
            protocol=2,  # all it takes, and every server speaks it
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=None,  # ours are asyncio.timeout(); its wait_for() on Python 3.11 may swallow a cancellation
            retry=Retry(NoBackoff(), 0, supported_errors=()),  # trying again is the lines' business
        )
        self._origin = secrets.token_hex(4).encode()
        self._listener = Line("Redis listener")
        self._subscribed: set[UUID] = set()  # what the listener has asked Redis for
        self._changed: set[UUID] = set()  # where that is not what our readers need
        self._patience: asyncio.Timeout | None = None  # the listener's, while it waits
        self._sender = Line("Redis sender")
        self._outbox: deque[Wake] = deque(maxlen=MAX_QUEUED)
        self._has_news = asyncio.Event()

    @property
    def status(self) -> str:
        return self.name if self._listener.is_up and self._sender.is_up else f"{self.name}: unreachable"

    def services(self) -> dict[str, Service]:
        return {
            "Redis listener": partial(self._listener.keep, self._listen),
            "Redis sender": partial(self._sender.keep, self._send),
        }

    # Readers of this process

    def subscribe(self, message_id: UUID) -> Subscription:
        subscription = super().subscribe(message_id)
        self._compare(message_id)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        super().forget(subscription)
        self._compare(subscription.message_id)

    def _compare(self, message_id: UUID) -> None:
        """Note whether Redis has to be told that a message has its first reader here, or no more."""
        if (message_id in self._subscriptions) == (message_id in self._subscribed):
            self._changed.discard(message_id)
        else:
            self._changed.add(message_id)
            self._interrupt()

    # Listening

    async def _listen(self) -> None:
        self._subscribed.clear()
        self._changed = set(self._subscriptions)
        async with self._connect() as client, client.pubsub() as pubsub:
            async with asyncio.timeout(ANSWER_SECONDS):
                await pubsub.ping()  # the answer is the first thing heard
            clock = asyncio.get_running_loop().time
            last_heard = clock()
            while True:
                await self._tune_in(pubsub)
                message = await self._next(pubsub)
                if message:
                    last_heard = clock()
                    self._hear(message)
                else:
                    await self._doubt(pubsub, clock() - last_heard)

    async def _tune_in(self, pubsub: PubSub) -> None:
        changed, self._changed = self._changed, set()
        new = {message_id for message_id in changed if message_id in self._subscriptions}
        gone = changed - new
        self._subscribed |= new
        self._subscribed -= gone
        async with asyncio.timeout(ANSWER_SECONDS):
            if new:
                await pubsub.subscribe(*map(channel, new))
            if gone:
                await pubsub.unsubscribe(*map(channel, gone))

    async def _next(self, pubsub: PubSub) -> dict[str, Any] | None:
        """Return what Redis says next; None when it says nothing, or when there is something to tell it."""
        await asyncio.sleep(0)  # what has arrived already is read without a pause
        if self._changed:
            return None
        try:
            async with asyncio.timeout(QUIET_SECONDS) as self._patience:
                message: dict[str, Any] | None = await pubsub.get_message(timeout=None)
                return message
        except TimeoutError:
            return None
        finally:
            self._patience = None

    def _interrupt(self) -> None:
        """Let the listener, where it waits, wait no longer. Only it may use its connection."""
        if self._patience and not self._patience.expired():
            self._patience.reschedule(0)

    def _hear(self, message: dict[str, Any]) -> None:
        self._listener.up()
        if message["type"] == "subscribe":
            self.deliver(Wake(message_of(message["channel"])))
        elif message["type"] == "message":
            origin, _, data = message["data"].partition(b" ")
            if origin != self._origin:  # our own readers know
                self.deliver(decode(message_of(message["channel"]), data))

    async def _doubt(self, pubsub: PubSub, silence: float) -> None:
        """Ask a silent Redis whether it is there. Raises TimeoutError when it was silent for too long."""
        if silence >= 2 * QUIET_SECONDS:
            raise TimeoutError(f"silent for {silence:.0f} seconds")
        if silence >= QUIET_SECONDS:
            async with asyncio.timeout(ANSWER_SECONDS):
                await pubsub.ping()

    # Sending

    def publish(self, wake: Wake) -> None:
        self.deliver(wake)
        if self._sender.is_up:
            self._outbox.append(wake if len(wake.text) <= MAX_CHARACTERS else Wake(wake.message_id))
            self._has_news.set()

    async def _send(self) -> None:
        self._outbox.clear()  # readers have found out by now
        async with self._connect() as client:
            async with asyncio.timeout(ANSWER_SECONDS):
                await client.ping()
            self._sender.up()
            try:
                while True:
                    await self._has_news.wait()
                    await self._tell(client, ANSWER_SECONDS)
            except asyncio.CancelledError:
                with suppress(RedisError, OSError):
                    await self._tell(client, LAST_SECONDS)  # how the answers of this process ended
                raise

    async def _tell(self, client: Redis, patience: float) -> None:
        self._has_news.clear()
        async with asyncio.timeout(patience), client.pipeline(transaction=False) as pipeline:
            while self._outbox:
                wake = self._outbox.popleft()
                pipeline.publish(channel(wake.message_id), b"%b %b" % (self._origin, encode(wake)))
            await pipeline.execute()


def channel(message_id: UUID) -> str:
    return f"{CHANNEL}{message_id}"


def message_of(channel: bytes) -> UUID:
    return UUID(channel.decode().removeprefix(CHANNEL))


def encode(wake: Wake) -> bytes:
    return f"{wake.part} {wake.offset} {wake.text}".encode("utf-8", "surrogatepass")


def decode(message_id: UUID, data: bytes) -> Wake:
    """Read what encode() wrote; anything else, another version's perhaps, means: look at the log."""
    try:
        part, offset, text = data.decode("utf-8", "surrogatepass").split(" ", 2)
        return Wake(message_id, part, int(offset), text)
    except ValueError:
        return Wake(message_id)
