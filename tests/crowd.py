"""Very many readers at once, on raw sockets in one loop: a browser each would be too dear."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Self

from tests.visitor import Visitor

PATIENCE = 240.0  # seconds: twelve, but for a machine that has much else to do
CHUNK_END = b"\r\n0\r\n\r\n"


@dataclass
class Reader:
    """One open stream, as it comes over the wire."""

    stream: asyncio.StreamReader
    writer: asyncio.StreamWriter
    received: bytearray = field(default_factory=bytearray)
    arrivals: list[float] = field(default_factory=list)

    @property
    def was_ended(self) -> bool:
        """Whether the server ended the response as HTTP wants it, and was not just cut off."""
        return self.received.endswith(CHUNK_END)

    async def until(self, wanted: bytes) -> None:
        async with asyncio.timeout(PATIENCE):
            while wanted not in self.received:
                assert await self._read(), f"the stream ended without {wanted!r}"

    async def until_count(self, wanted: bytes, count: int) -> None:
        """Read until `wanted` has come `count` times more."""
        count += self.received.count(wanted)
        async with asyncio.timeout(PATIENCE):
            while self.received.count(wanted) < count:
                assert await self._read(), f"the stream ended without {wanted!r}"

    async def to_end(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self.was_ended and await self._read():
                pass

    async def _read(self) -> bool:
        data = await self.stream.read(65_536)
        self.received += data
        self.arrivals.append(time.monotonic())
        return bool(data)

    @property
    def longest_gap(self) -> float:
        """The longest time between two arrivals."""
        pairs = zip(self.arrivals, self.arrivals[1:], strict=False)
        return max((later - earlier for earlier, later in pairs), default=0.0)


class Crowd:
    """Opens readers, and closes them all in the end."""

    def __init__(self) -> None:
        self.readers: list[Reader] = []

    async def open(self, visitor: Visitor, port: int, answer: str) -> Reader:
        stream, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(visitor.request_bytes(f"/messages/{answer}/stream/?after=0.0"))
        self.readers.append(Reader(stream, writer))
        return self.readers[-1]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for reader in self.readers:
            reader.writer.transport.abort()
        await asyncio.gather(*[reader.writer.wait_closed() for reader in self.readers], return_exceptions=True)
