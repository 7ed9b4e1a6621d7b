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

STREAM_PATH = re.compile(r"/messages?/[0-9a-f-]{36}/(stream|live|replay)/\Z")
EXPORT_PATHS = {"/export/", "/account/data/", "/admin/chat/conversation/export/"}
SHARED_EXECUTORS = 4

_executors = cycle(
    [ThreadPoolExecutor(1, thread_name_prefix=f"streams-{number}") for number in range(SHARED_EXECUTORS)]
)


async def application(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif STREAM_PATH.search(scope.get("path", "")):
        async with ThreadSensitiveContext(executor=next(_executors)):
            await django(scope, receive, patient(send, settings.CHAT_SEND_SECONDS))
    elif scope.get("path") in EXPORT_PATHS:  # a thread of its own: it does more than a stream's reads
        await django(scope, receive, patient(send, settings.CHAT_SEND_SECONDS))
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


def patient(send: Send, seconds: float) -> Send:
    """Return a `send` that drops the connection of a reader who takes nothing for `seconds`.

    The server has no time-out for sending, and closing politely waits for the buffers to empty: without this, a
    reader that never reads would hold its stream for ever. No ASGI message says "drop it", so uvicorn's transport is
    asked; its disconnect then ends the response as any other would. With another server the response just fails.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)

    async def send_or_drop(message: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(seconds):
                await send(message)
        except TimeoutError:
            if transport is None:
                raise
            transport.abort()

    return send_or_drop
