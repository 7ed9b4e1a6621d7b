"""Server-Sent Events: the encoding, and the one response class that speaks it.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import re
from collections.abc import AsyncIterator

from django.http import StreamingHttpResponse

RETRY = "retry: 500\n\n"
COME_BACK = "retry: 5000\n: one moment: too many streams are open\n\n"
PING = ": ping\n\n"
PING_SECONDS = 15.0

# No cache keeps it; nginx passes it on as it comes; and GZipMiddleware, which would gather it up, leaves it alone.
UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "identity"}

_LINE_END = re.compile("\r\n|\r|\n")


def encode(event: str, data: str, id: str = "") -> str:
    """Return one event. Every kind of line end in `data` starts a new data line, as a lone CR would on the wire."""
    lines = [f"event: {event}"]
    if id:
        lines.append(f"id: {id}")
    lines += [f"data: {line}" for line in _LINE_END.split(data)]
    return "\n".join(lines) + "\n\n"


class EventStream(StreamingHttpResponse):
    """A text/event-stream that no cache keeps and no middleware or proxy gathers up."""

    def __init__(self, events: AsyncIterator[str]) -> None:
        """Where `events` has a close(), Django calls it as soon as the reader leaves (a generator's finally may not
        run until the next garbage collection, ticket #37066)."""
        super().__init__(
            events,
            content_type="text/event-stream",
            headers=UNBUFFERED,
        )
