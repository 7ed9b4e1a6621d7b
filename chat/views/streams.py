"""An answer while it is being written: as events for htmx, and as one growing page where JavaScript is off."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from functools import partial
from typing import Self
from uuid import UUID

from csp.constants import SELF
from django.http import HttpRequest, StreamingHttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from chat.models import Message
from chat.rendering import Patch, Renderer, to_htmx
from chat.streaming import sse
from chat.streaming.database import read
from chat.streaming.follow import GONE, Cursor, Follow, Growth
from chat.streaming.runner import runner
from chat.views.access import require_own_message

LONG_TEXT = 10_000  # characters, some 3 ms of rendering
GAP = "<!-- the answer -->"  # in chat/live.html


@require_GET
async def stream(request: HttpRequest, message_id: UUID) -> sse.EventStream:
    await require_own_message(request, message_id)
    return sse.EventStream(AnswerEvents(request, message_id, cursor_from(request)))


@require_GET
async def live(request: HttpRequest, message_id: UUID) -> StreamingHttpResponse:
    await require_own_message(request, message_id)
    return framed(GrowingPage(request, message_id))


def framed(body: AsyncIterator[str]) -> StreamingHttpResponse:
    """A growing page that this site's own pages may frame."""
    response = StreamingHttpResponse(body, headers={**sse.UNBUFFERED, "X-Frame-Options": "SAMEORIGIN"})
    response._csp_replace = {"frame-ancestors": [SELF]}  # type: ignore[attr-defined]  # csp_replace knows no async view
    return response


def cursor_from(request: HttpRequest) -> Cursor:
    """Return the further of ?after and Last-Event-ID; what is not a cursor counts as nothing."""
    asked = Cursor.parse(request.GET.get("after", "")) or Cursor()
    resumed = Cursor.parse(request.headers.get("Last-Event-ID", "")) or Cursor()
    return max(asked, resumed)


class FollowedAnswer(ABC):
    """An answer's body: an iterator whose close() Django calls, in a thread, as soon as the reader leaves."""

    def __init__(self, request: HttpRequest, message_id: UUID) -> None:
        self._request = request
        self._message_id = message_id
        self._renderer = Renderer()
        self._follow = Follow(runner.broker, message_id)
        self._loop = asyncio.get_running_loop()
        self._last_sent = self._loop.time()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        try:
            piece = await self._next()
        except BaseException:
            self._follow.close()  # Django closes a body that was read to its end or left, not one that failed
            raise
        self._last_sent = self._loop.time()
        return piece

    @abstractmethod
    async def _next(self) -> str: ...

    async def _feed(self, text: str) -> list[Patch]:
        """Feed the renderer; a long text beside the loop, which has everybody else's streams to serve."""
        if len(text) < LONG_TEXT:
            return self._renderer.feed(text)
        return await read(partial(self._renderer.feed, text))

    def _is_silent(self) -> bool:
        """Whether nothing was sent for so long that something between us and the reader may lose patience."""
        return self._loop.time() - self._last_sent >= sse.PING_SECONDS

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._follow.close)


class AnswerEvents(FollowedAnswer):
    """The events of one answer, from what a page at `after` holds to the end."""

    def __init__(self, request: HttpRequest, message_id: UUID, after: Cursor) -> None:
        super().__init__(request, message_id)
        self._container = f"text-{message_id}"
        self._after: Cursor | None = after  # None once the renderer has caught up with it
        self._has_begun = False

    async def _next(self) -> str:
        if not self._has_begun:
            self._has_begun = True
            return sse.RETRY
        while True:
            if events := await self._events_for(await anext(self._follow)):
                return events
            if self._is_silent():
                return sse.PING

    async def _events_for(self, growth: Growth) -> str:
        cursor = str(self._follow.cursor)
        if growth.state == GONE:
            return sse.encode("done", self._farewell(), cursor)
        patches = await self._feed(await self._catch_up(growth.text))
        if growth.state:
            patches += self._renderer.finish()
        events = sse.encode("patch", to_htmx(patches, self._container), cursor) if patches else ""
        if growth.state:
            events += sse.encode("done", await read(self._footer), cursor)
        return events

    async def _catch_up(self, text: str) -> str:
        """Feed the renderer, silently, what the page has; return the rest. A cursor past the text is nonsense: 0."""
        if self._after is None:
            return text
        here = self._after.text if self._after.text <= len(text) else 0
        self._after = None
        await self._feed(text[:here])
        return text[here:]

    def _footer(self) -> str:
        message = Message.objects.filter(pk=self._message_id).first()
        if message is None:
            return self._farewell()
        return render_to_string("chat/partials/footer.html", {"message": message, "is_update": True}, self._request)

    def _farewell(self) -> str:
        return render_to_string("chat/partials/gone.html", {"message_id": self._message_id})


class GrowingPage(FollowedAnswer):
    """A page of finished blocks that ends with the answer, and always with the way back."""

    def __init__(self, request: HttpRequest, message_id: UUID) -> None:
        super().__init__(request, message_id)
        self._shown = 0
        self._ending = ""
        self._is_over = False

    async def _next(self) -> str:
        if self._is_over:
            raise StopAsyncIteration
        if not self._ending:
            beginning, self._ending = (await read(self._frame)).split(GAP)
            return beginning
        while True:
            growth = await anext(self._follow, Growth(state=GONE))  # the process ends, or the message is gone
            self._is_over = bool(growth.state)
            if html := await self._fresh_blocks(growth):
                return html
            if self._is_silent():
                return "\n"

    async def _fresh_blocks(self, growth: Growth) -> str:
        await self._feed(growth.text)
        if growth.state not in ("", GONE):
            self._renderer.finish()
        fresh = self._renderer.finished[self._shown :]
        self._shown += len(fresh)
        html = "".join(f"<div>{block}</div>" for block in fresh)
        return html + self._ending if growth.state else html

    def _frame(self) -> str:
        """Return the page around the answer."""
        message = Message.objects.select_related("conversation").get(pk=self._message_id)
        return render_to_string("chat/live.html", {"url": message.conversation.get_absolute_url()}, self._request)
