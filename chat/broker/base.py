"""The contract of every broker."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from typing import ClassVar, NamedTuple, Self
from uuid import UUID

Service = Callable[[], Awaitable[None]]

MAX_WAITING = 256  # wake-ups a slow reader may have waiting; one more and it reads the log instead


class Wake(NamedTuple):
    """`text` was committed at `offset` of `part`; without a part: look at the log, its state has changed."""

    message_id: UUID
    part: str = ""
    offset: int = 0
    text: str = ""


class Subscription:
    """One reader's wake-ups. Belongs to the loop it was made in."""

    def __init__(self, broker: "Broker", message_id: UUID) -> None:
        self.message_id = message_id
        self.closed = False
        self._broker = broker
        self._waiting: deque[Wake] = deque()
        self._arrived = asyncio.Event()

    def put(self, wake: Wake) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.clear()
            wake = Wake(self.message_id)
        self._waiting.append(wake)
        self._arrived.set()

    async def take(self, patience: float) -> list[Wake]:
        """Return what has arrived, waiting at most `patience` seconds for a first wake-up; [] when none came."""
        try:
            async with asyncio.timeout(patience):
                await self._arrived.wait()
        except TimeoutError:
            return []
        if not self.closed:
            self._arrived.clear()
        wakes = list(self._waiting)
        self._waiting.clear()
        return wakes

    def close(self) -> None:
        """End the subscription; a take() that waits returns at once."""
        self.closed = True
        self._arrived.set()
        self._broker.forget(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Broker(ABC):
    name: ClassVar[str]

    @property
    def status(self) -> str:
        """Its name, and what is wrong with it, for whoever watches."""
        return self.name

    def services(self) -> dict[str, Service]:
        """Return what has to run as long as the broker is used, by name."""
        return {}

    async def disconnect(self) -> None:  # noqa: B027  (most have nothing to let go of)
        """Let go of connections, after the services have ended."""

    @abstractmethod
    def publish(self, wake: Wake) -> None:
        """Tell every subscriber of the message. Never blocks, never raises; call it in the loop."""

    @abstractmethod
    def deliver(self, wake: Wake) -> None:
        """Tell the subscribers in this process only."""

    @abstractmethod
    def followed(self) -> list[UUID]:
        """Return the messages that somebody in this process follows."""

    @abstractmethod
    def subscribe(self, message_id: UUID) -> Subscription: ...

    @abstractmethod
    def forget(self, subscription: Subscription) -> None: ...

    @abstractmethod
    def close(self) -> None:
        """Close every subscription, so that every stream ends."""
