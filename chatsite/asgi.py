"""The ASGI application: Django for HTTP, the runner for the process's life.

Django gives every request a thread of its own for as long as the response lasts, which for a stream is minutes;
the paths of streams share a few single-thread executors instead.
"""

import asyncio
import os
import re
import signal
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from types import FrameType
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django = get_asgi_application()

from django.conf import settings  # noqa: E402  (after Django is set up)

from chat.streaming.runner import runner  # noqa: E402

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

STREAM_PATH = re.compile(r"/messages/[0-9a-f-]{36}/(stream|live)/\Z")
SHARED_EXECUTORS = 4

_executors = cycle(
    [ThreadPoolExecutor(1, thread_name_prefix=f"streams-{number}") for number in range(SHARED_EXECUTORS)]
)


async def application(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif STREAM_PATH.search(scope.get("path", "")):
        wire = PatientWire(receive, send, settings.CHAT_SEND_SECONDS)
        async with ThreadSensitiveContext(executor=next(_executors)):
            await django(scope, wire.receive, wire.send)
    else:
        await django(scope, receive, send)


async def lifespan(receive: Receive, send: Send) -> None:
    """Open the runner before the first request, and drain it after the last."""
    await receive()
    try:
        await runner.open()
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": repr(error)})
        raise
    end_streams_on_signal()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await runner.close(settings.CHAT_GRACE_SECONDS)
    await send({"type": "lifespan.shutdown.complete"})


def end_streams_on_signal() -> None:
    """Let go of every stream when the server is told to end; it would wait for open ones for ever.

    The lifespan's shutdown event comes only after that wait, so the signal itself has to be caught.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        previous = signal.getsignal(number)

        def handler(number: int, frame: FrameType | None, previous: Any = previous) -> None:
            runner.begin_stopping()
            if callable(previous):
                previous(number, frame)

        signal.signal(number, handler)


class PatientWire:
    """A connection whose send gives up on a reader that takes nothing, by a disconnect such as it would cause itself.

    The server has no time-out for sending: without this, a reader that never reads would hold its stream for ever.
    """

    def __init__(self, receive: Receive, send: Send, seconds: float) -> None:
        self._receive = receive
        self._send = send
        self._seconds = seconds
        self._listener: asyncio.Task[Any] | None = None
        self._has_given_up = False

    async def send(self, message: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(message)
        except TimeoutError:
            if self._listener is None:
                raise
            self._has_given_up = True
            self._listener.cancel()
            await asyncio.Event().wait()  # till Django, told of the disconnect, cancels the response

    async def receive(self) -> Message:
        self._listener = asyncio.current_task()
        try:
            return await self._receive()
        except asyncio.CancelledError:
            if not self._has_given_up or self._listener is None:
                raise
            self._listener.uncancel()
            return {"type": "http.disconnect"}
        finally:
            self._listener = None
