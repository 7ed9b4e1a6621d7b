"""An answer while it is being written: as events for htmx, and as one growing page where JavaScript is off."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Self
from uuid import UUID

from csp.constants import SELF
from django.http import HttpRequest, StreamingHttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from chat.models import Message
from chat.rendering import Renderer, to_htmx
from chat.streaming import sse
from chat.streaming.database import read
from chat.streaming.follow import GONE, Cursor, Follow, Growth
from chat.streaming.runner import runner
from chat.views.access import require_own_message

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


class FollowedAnswer:
    """An answer's body: an iterator whose close() Django calls, in a thread, as soon as the reader leaves."""

    def __init__(self, request: HttpRequest, message_id: UUID) -> None:
        self._request = request
        self._message_id = message_id
        self._renderer = Renderer()
        self._follow = Follow(runner.broker, message_id)
        self._loop = asyncio.get_running_loop()

    def __aiter__(self) -> Self:
        return self

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._follow.close)


class AnswerEvents(FollowedAnswer):
    """The events of one answer, from what a page at `after` holds to the end."""

    def __init__(self, request: HttpRequest, message_id: UUID, after: Cursor) -> None:
        super().__init__(request, message_id)
        self._container = f"text-{message_id}"
        self._after: Cursor | None = after  # None once the renderer has caught up with it
        self._has_begun = False
        self._last_sent = time.monotonic()

    async def __anext__(self) -> str:
        if not self._has_begun:
            self._has_begun = True
            return sse.RETRY
        while True:
            if events := await self._events_for(await anext(self._follow)):
                self._last_sent = time.monotonic()
                return events
            if time.monotonic() - self._last_sent >= sse.PING_SECONDS:
                self._last_sent = time.monotonic()
                return sse.PING

    async def _events_for(self, growth: Growth) -> str:
        if growth.state == GONE:
            return sse.encode("done", "")
        patches = self._renderer.feed(self._catch_up(growth.text))
        if growth.state:
            patches += self._renderer.finish()
        cursor = str(self._follow.cursor)
        events = sse.encode("patch", to_htmx(patches, self._container), cursor) if patches else ""
        if growth.state:
            events += sse.encode("done", await read(self._footer), cursor)
        return events

    def _catch_up(self, text: str) -> str:
        """Feed the renderer, silently, what the page has; return the rest. A cursor past the text is nonsense: 0."""
        if self._after is None:
            return text
        here = self._after.text if self._after.text <= len(text) else 0
        self._after = None
        self._renderer.feed(text[:here])
        return text[here:]

    def _footer(self) -> str:
        message = Message.objects.get(pk=self._message_id)
        return render_to_string("chat/partials/footer.html", {"message": message, "is_update": True}, self._request)


class GrowingPage(FollowedAnswer):
    """A page of finished blocks that ends with the answer."""

    def __init__(self, request: HttpRequest, message_id: UUID) -> None:
        super().__init__(request, message_id)
        self._shown = 0
        self._has_begun = self._is_over = False

    async def __anext__(self) -> str:
        if self._is_over:
            raise StopAsyncIteration
        if not self._has_begun:
            self._has_begun = True
            return (await self._frame())[0]
        while True:
            growth = await anext(self._follow)
            self._renderer.feed(growth.text)
            if growth.state:
                self._renderer.finish()
            fresh = self._renderer.finished[self._shown :]
            self._shown += len(fresh)
            html = "".join(f"<div>{block}</div>" for block in fresh)
            if growth.state:
                self._is_over = True
                return html + (await self._frame())[1]
            if html:
                return html

    async def _frame(self) -> list[str]:
        """Return what stands before and after the answer."""
        return (await read(self._page)).split(GAP)

    def _page(self) -> str:
        message = Message.objects.select_related("conversation").get(pk=self._message_id)
        return render_to_string("chat/live.html", {"url": message.conversation.get_absolute_url()}, self._request)
