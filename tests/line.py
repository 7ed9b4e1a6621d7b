"""A TCP line between a reader and a server that a test can cut: silently, by refusing, or by answering 503."""

import asyncio
import threading
from contextlib import suppress
from typing import Self

from tests.server import free_port

PATIENCE = 10.0
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Line:
    """Not there until it is opened: whoever connects before is refused."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.is_unavailable = False  # answer 503 to whoever comes
        self._target = target
        self._flowing: set[object] = set()  # a token for each connection that is not cut
        self._pumps: set[asyncio.Task[None]] = set()
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> Self:
        opened = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(opened)), name="line")
        self._thread.start()
        assert opened.wait(PATIENCE)
        return self

    def cut(self) -> None:
        """Deliver nothing any more on the connections there are, in neither direction, and tell nobody."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(self._flowing.clear)
        self._loop.call_soon_threadsafe(done.set)
        assert done.wait(PATIENCE)

    def close(self) -> None:
        if self._thread:
            self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _run(self, opened: threading.Event) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        opened.set()
        await self._closing.wait()
        server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        self._pumps.clear()  # it may be opened again

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_unavailable:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(UNAVAILABLE)
            writer.close()
            return
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        flow = object()
        self._flowing.add(flow)
        for source, sink in ((reader, there_writer), (there_reader, writer)):
            self._pumps.add(asyncio.create_task(self._pump(source, sink, flow)))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, flow: object) -> None:
        try:
            with suppress(OSError):
                while data := await self._read(source, flow):
                    sink.write(data)
                    await sink.drain()
        finally:
            sink.close()

    async def _read(self, source: asyncio.StreamReader, flow: object) -> bytes:
        """Return what comes, b"" for its end; where the line is cut meanwhile, nothing is ever heard of it."""
        data = await source.read(65_536)
        if flow not in self._flowing:
            await self._closing.wait()
        return data
