"""A scripted model endpoint: a real HTTP server in a thread of its own that says exactly what a test wants.

    with Upstream() as upstream:
        upstream.script(Say("Hello ", "world"), Finish(usage=(5, 2)))     # the next request's answer
        ... # point something at upstream.base_url, from this process or another
        assert upstream.requests[0].body["model"] == "scripted"
        upstream.wait_until_idle()                                        # nobody left a request open

One script answers one request; with none left the `default` one does. The headers go out with the first thing said,
the response ends properly with the script, and a client that leaves ends it early. The waits block: an async test
calls them as `await asyncio.to_thread(upstream.wait_until_idle)`. The taps:

    Say("a", "b", every=0.1)          text deltas, slowly if asked to; lone surrogates travel as JSON escapes
    Think(…)   Refuse(…)              reasoning deltas (`key="reasoning"` for the other spelling), refusal deltas
    Finish("length", usage=(5, 2))    the finish reason, usage with empty choices, [DONE] (`done=False`: not even that)
    Status(429, headers={…})          an error instead of a stream; TOO_LONG is the famous one
    Headers()                         status line and headers only, to wait before the first token
    Gate()                            wait till the test says `release()`; it sees `wait_until_reached()`
    Hang()                            a gate nobody releases: silence until the client leaves
    Ping()     Pings(gate)            one keep-alive comment; comments until the gate is released, or for ever
    Endless("word ")                  text until the client leaves
    Data("…")  Bytes(b"…", b"…")      any `data:` event; any bytes, cut between TCP writes as given
    BROKEN  NOT_AN_OBJECT  BAD_UTF8   chunks nobody can read
    ErrorObject("…")                  an error object inside the stream
    Cut()      Cut(reset=True)        close the socket without the last chunk; by a TCP reset
    (no Finish at all)                a tidy end without finish reason and without [DONE]
"""

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

PATIENCE = 10.0  # seconds a test waits for a condition before it fails
CHAT_PATH = "/v1/chat/completions"
MODELS_PATH = "/v1/models"


@dataclass
class Request:
    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: Any
    left: bool = False  # the client went away before the script was over

    @property
    def question(self) -> str:
        """The last message's text."""
        return self.body["messages"][-1]["content"] if self.body else ""


class Wire:
    """The response being written: its first bytes bring the headers with them."""

    def __init__(self, writer: asyncio.StreamWriter, number: int) -> None:
        self.writer = writer
        self.response_id = f"chatcmpl-{number}"
        self.started = False
        self.done = False

    async def head(self, status: int, headers: Mapping[str, str]) -> None:
        self.started = True
        lines = [f"HTTP/1.1 {status} Scripted", "Connection: close", *(f"{k}: {v}" for k, v in headers.items())]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        await self.writer.drain()

    async def start(self) -> None:
        if not self.started:
            await self.head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})

    async def send(self, data: bytes) -> None:
        await self.start()
        self.writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await self.writer.drain()

    async def event(self, payload: object) -> None:
        await self.send(b"data: " + as_json(payload) + b"\n\n")

    async def chunk(self, delta: Mapping[str, Any], finish_reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        await self.event({"id": self.response_id, "object": "chat.completion.chunk", "choices": [choice]})

    async def answer(self, status: int, payload: object, headers: Mapping[str, str] | None = None) -> None:
        """Send a whole JSON response instead of a stream."""
        body = as_json(payload)
        length = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        await self.head(status, {**length, **(headers or {})})
        self.writer.write(body)
        self.done = True

    async def end(self) -> None:
        if not self.done and not self.writer.is_closing():
            await self.start()
            self.writer.write(b"0\r\n\r\n")
        self.done = True


class Step(Protocol):
    async def play(self, wire: Wire) -> None: ...


class Say:
    key = "content"

    def __init__(self, *texts: str, key: str = "", every: float = 0.0) -> None:
        self.texts, self.key, self.every = texts, key or self.key, every

    async def play(self, wire: Wire) -> None:
        for text in self.texts:
            await wire.chunk({self.key: text})
            await asyncio.sleep(self.every)


class Think(Say):
    key = "reasoning_content"


class Refuse(Say):
    key = "refusal"


@dataclass(frozen=True)
class Endless:
    text: str = "word "
    every: float = 0.0

    async def play(self, wire: Wire) -> None:
        while True:
            await wire.chunk({"content": self.text})
            await asyncio.sleep(self.every)


@dataclass(frozen=True)
class Finish:
    reason: str = "stop"
    usage: tuple[int, int] | None = None
    done: bool = True

    async def play(self, wire: Wire) -> None:
        await wire.chunk({}, self.reason)
        if self.usage:
            prompt, completion = self.usage
            counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
            await wire.event({"id": wire.response_id, "choices": [], "usage": counts})
        if self.done:
            await wire.send(b"data: [DONE]\n\n")
            await wire.end()


@dataclass(frozen=True)
class Status:
    code: int
    message: str = "scripted"
    error_code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def play(self, wire: Wire) -> None:
        error = {"message": self.message, "type": "scripted", "param": None, "code": self.error_code}
        await wire.answer(self.code, {"error": error}, self.headers)


class Models:
    def __init__(self, *names: str, window: int = 0) -> None:
        self.names, self.window = names, window

    async def play(self, wire: Wire) -> None:
        told = {"max_model_len": self.window} if self.window else {}  # as vLLM does
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "test", **told} for name in self.names]
        await wire.answer(200, {"object": "list", "data": data})


class Headers:
    async def play(self, wire: Wire) -> None:
        await wire.start()


class Gate:
    """Holds the script till the test releases it; then it stays open."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._released: Future[None] = Future()

    def wait_until_reached(self, timeout: float = PATIENCE) -> None:
        assert self.reached.wait(timeout), "no request came to the gate"

    def release(self) -> None:
        if not self._released.done():
            self._released.set_result(None)

    @property
    def released(self) -> bool:
        return self._released.done()

    async def play(self, wire: Wire) -> None:
        self.reached.set()
        await asyncio.shield(asyncio.wrap_future(self._released))


class Hang(Gate):
    pass


class Ping:
    async def play(self, wire: Wire) -> None:
        await wire.send(b": ping\n\n")


@dataclass(frozen=True)
class Pings:
    until: Gate = field(default_factory=Gate)
    every: float = 0.02

    async def play(self, wire: Wire) -> None:
        self.until.reached.set()
        while not self.until.released:
            await wire.send(b": ping\n\n")
            await asyncio.sleep(self.every)


class Bytes:
    """Each piece goes out on its own, with time for the other side to read it."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    async def play(self, wire: Wire) -> None:
        for piece in self.pieces:
            await wire.send(piece)
            await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Data:
    text: str

    async def play(self, wire: Wire) -> None:
        await wire.send(f"data: {self.text}\n\n".encode())


@dataclass(frozen=True)
class ErrorObject:
    message: str = "scripted"

    async def play(self, wire: Wire) -> None:
        await wire.event({"error": {"message": self.message, "type": "server_error", "code": 500}})


@dataclass(frozen=True)
class Cut:
    reset: bool = False

    async def play(self, wire: Wire) -> None:
        if self.reset:
            linger = struct.pack("ii", 1, 0)
            wire.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            wire.writer.transport.abort()
        wire.writer.close()


TOO_LONG = Status(400, "This model's maximum context length is 9 tokens", "context_length_exceeded")
BROKEN = Data('{"choices": [{"delta": {"cont')
NOT_AN_OBJECT = Data("[1, 2]")
BAD_UTF8 = Bytes(b'data: {"choices": [{"index": 0, "delta": {"content": "\xff\xfe"}}]}\n\n')


class Upstream:
    def __init__(self, *default: Step) -> None:
        self.default: tuple[Step, ...] = default or (Say("Hello ", "world"), Finish(usage=(5, 2)))
        self.default_for: Callable[[Request], tuple[Step, ...]] = lambda _: self.default  # may look at what was asked
        self.models: Step = Models("scripted")  # what GET /v1/models answers
        self.requests: list[Request] = []  # for an answer
        self.model_requests: list[Request] = []
        self.port = 0
        self._scripts: list[tuple[str, tuple[Step, ...]]] = []
        self._open = 0
        self._changed = threading.Condition()
        self._problems: list[Exception] = []
        self._writers: dict[asyncio.Task[Any] | None, asyncio.StreamWriter] = {}

    def script(self, *steps: Step, about: str = "") -> None:
        """Answer the next request (whose last message contains `about`) with these steps."""
        with self._changed:
            self._scripts.append((about, steps))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def wait_for_requests(self, count: int = 1, timeout: float = PATIENCE) -> None:
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.requests) >= count, timeout)
            assert came, f"{len(self.requests)} of {count} requests came"

    def wait_until_idle(self, timeout: float = PATIENCE) -> None:
        """Wait till no request is being answered any more: each one ended, or its client left."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._open, timeout), f"{self._open} requests are still open"

    def start(self) -> None:
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(started)), name="upstream", daemon=True)
        self._thread.start()
        assert started.wait(PATIENCE), "the upstream did not start"

    def stop(self) -> None:
        """Break every connection and refuse new ones. May be called twice, and from inside a test."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(PATIENCE)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.stop()
        if self._problems and error is None:
            raise self._problems[0]

    async def _run(self, started: threading.Event) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stopping.wait()
        server.close()
        for writer in self._writers.values():
            writer.transport.abort()
        await asyncio.gather(*filter(None, self._writers), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers[asyncio.current_task()] = writer
        try:
            request = await read_request(reader)
            with self._answering(request) as number:
                await self._answer(request, Wire(writer, number), reader)
                writer.close()
        except (asyncio.IncompleteReadError, OSError):
            pass  # a client that came and went
        except Exception as error:
            self._problems.append(error)
        finally:
            writer.close()
            del self._writers[asyncio.current_task()]

    @contextmanager
    def _answering(self, request: Request) -> Iterator[int]:
        log = self.model_requests if request.path == MODELS_PATH else self.requests
        with self._changed:
            log.append(request)
            self._open += 1
            self._changed.notify_all()
        try:
            yield len(log)
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    async def _answer(self, request: Request, wire: Wire, reader: asyncio.StreamReader) -> None:
        playing = asyncio.create_task(play(self._steps_for(request), wire))
        leaving = asyncio.create_task(reader.read())
        await asyncio.wait({playing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        request.left = not playing.done() and not wire.done
        playing.cancel()
        leaving.cancel()
        outcomes = await asyncio.gather(playing, leaving, return_exceptions=True)
        if isinstance(outcomes[0], OSError):
            request.left = True
        elif isinstance(outcomes[0], Exception):
            raise outcomes[0]

    def _steps_for(self, request: Request) -> tuple[Step, ...]:
        if request.path == MODELS_PATH:
            return (self.models,)
        if request.path != CHAT_PATH:
            return (Status(404, f"no such path: {request.path}"),)
        with self._changed:
            for place, (about, _) in enumerate(self._scripts):
                if about in request.question:
                    return self._scripts.pop(place)[1]
        return self.default_for(request)


async def play(steps: tuple[Step, ...], wire: Wire) -> None:
    for step in steps:
        await step.play(wire)
    await wire.end()


async def read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, json.loads(body) if body else None)


def as_json(payload: object) -> bytes:
    try:
        return json.dumps(payload, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # lone surrogates exist only as escapes
        return json.dumps(payload).encode()
