"""Very many readers at once, on raw sockets in one loop: a browser each would be too dear."""

import asyncio
import time
from dataclasses import dataclass, field

from tests.visitor import Visitor

PATIENCE = 60.0  # seconds
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
            while wanted not in self.received[-2 * 65_536 :]:
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

    def close(self) -> None:
        self.writer.close()

    @property
    def longest_gap(self) -> float:
        """The longest time between two arrivals."""
        pairs = zip(self.arrivals, self.arrivals[1:], strict=False)
        return max((later - earlier for earlier, later in pairs), default=0.0)


async def open_reader(visitor: Visitor, port: int, answer: str) -> Reader:
    stream, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(visitor.request_bytes(f"/messages/{answer}/stream/?after=0.0"))
    return Reader(stream, writer)
