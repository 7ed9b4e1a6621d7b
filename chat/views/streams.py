"""An answer while it is being written: as events for htmx, and as one growing page where JavaScript is off."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from functools import partial
from typing import Self, TypeVar
from uuid import UUID

from csp.constants import SELF
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from chat.models import Message
from chat.rendering import Patch, Renderer, to_htmx
from chat.streaming import sse
from chat.streaming.database import read
from chat.streaming.follow import GONE, Cursor, Follow, Growth
from chat.streaming.runner import runner
from chat.views import seats
from chat.views.access import may_read_on, require_own_message
from chat.views.pages import list_of
from chat.views.seats import Seat

LONG_TEXT = 10_000  # characters, some 10 ms of rendering
GAP = "<!-- the answer -->"  # in chat/live.html
RIGHTS_SECONDS = 10.0  # after which an open stream looks again whether its reader may read it
CLOSED = "closed"
FAREWELLS = {
    GONE: "This answer was deleted.",
    CLOSED: "You are signed out, or this chat is no longer yours. Reload the page to go on.",
}

Framed = TypeVar("Framed", bound=HttpResponseBase)


@require_GET
async def stream(request: HttpRequest, message_id: UUID) -> sse.EventStream:
    seat = seats.take(await require_own_message(request, message_id), settings.CHAT_MAX_STREAMS)
    if seat is None:
        return sse.EventStream(one_moment())
    return sse.EventStream(AnswerEvents(request, message_id, seat, cursor_from(request)))


@require_GET
async def live(request: HttpRequest, message_id: UUID) -> HttpResponseBase:
    seat = seats.take(await require_own_message(request, message_id), settings.CHAT_MAX_STREAMS)
    if seat is None:
        return framed(HttpResponse(render_to_string("chat/crowded.html"), status=429))
    return framed(StreamingHttpResponse(GrowingPage(request, message_id, seat), headers=sse.UNBUFFERED))


def framed(response: Framed) -> Framed:
    """Let this site's own pages frame a page."""
    response["X-Frame-Options"] = "SAMEORIGIN"
    response._csp_replace = {"frame-ancestors": [SELF]}  # type: ignore[attr-defined]  # csp_replace knows no async view
    return response


async def one_moment() -> AsyncIterator[str]:
    """Have a reader with too many streams come back a little later."""
    yield sse.COME_BACK


def cursor_from(request: HttpRequest) -> Cursor:
    """Return the further of ?after and Last-Event-ID; what is not a cursor counts as nothing."""
    asked = Cursor.parse(request.GET.get("after", "")) or Cursor()
    resumed = Cursor.parse(request.headers.get("Last-Event-ID", "")) or Cursor()
    return max(asked, resumed)


class FollowedAnswer(ABC):
    """An answer's body: an iterator whose close() Django calls, in a thread, as soon as the reader leaves."""

    def __init__(self, request: HttpRequest, message_id: UUID, seat: Seat) -> None:
        self._request = request
        self._message_id = message_id
        self._seat = seat
        self._renderer = Renderer(settings.CHAT_IMAGE_HOSTS)
        self._follow = Follow(runner.broker, message_id)
        self._loop = asyncio.get_running_loop()
        self._last_sent = self._last_look = self._loop.time()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        try:
            piece = await self._next()
        except BaseException:
            self._leave()  # Django closes a body that was read to its end or left, not one that failed
            raise
        self._last_sent = self._loop.time()
        return piece

    @abstractmethod
    async def _next(self) -> str: ...

    async def _growth(self) -> Growth:
        """Return what comes next; an ending by the name of CLOSED once its reader may not read it any more."""
        if self._loop.time() - self._last_look >= RIGHTS_SECONDS:
            self._last_look = self._loop.time()
            if not await read(lambda: may_read_on(self._request, self._message_id)):
                self._follow.close()
                return Growth(state=CLOSED)
        return await anext(self._follow)

    async def _feed(self, text: str) -> list[Patch]:
        """Feed the renderer; where that is long work, beside the loop, which has everybody else's streams to serve."""
        if self._renderer.effort(text) < LONG_TEXT:
            return self._renderer.feed(text)
        return await read(partial(self._renderer.feed, text))

    async def _finish(self) -> list[Patch]:
        if self._renderer.effort_to_finish < LONG_TEXT:
            return self._renderer.finish()
        return await read(self._renderer.finish)

    def _is_silent(self) -> bool:
        """Whether nothing was sent for so long that something between us and the reader may lose patience."""
        return self._loop.time() - self._last_sent >= sse.PING_SECONDS

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._follow.close()
        self._seat.leave()


class AnswerEvents(FollowedAnswer):
    """The events of one answer, from what a page at `after` holds to the end."""

    def __init__(self, request: HttpRequest, message_id: UUID, seat: Seat, after: Cursor) -> None:
        super().__init__(request, message_id, seat)
        self._after: Cursor | None = after  # None once the renderer has caught up with it
        self._has_begun = False

    async def _next(self) -> str:
        if not self._has_begun:
            self._has_begun = True
            return sse.RETRY
        while True:
            if events := await self._events_for(await self._growth()):
                return events
            if self._is_silent():
                return sse.PING

    async def _events_for(self, growth: Growth) -> str:
        cursor = str(self._follow.cursor)
        if growth.state in FAREWELLS:
            return sse.encode("done", self._farewell(growth.state), cursor)
        patches = await self._feed(await self._catch_up(growth.text))
        if growth.state:
            patches += await self._finish()
        events = sse.encode("patch", to_htmx(patches), cursor) if patches else ""
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
        """Return the message's footer in its final state, and the list of chats, which no longer says "writing…"."""
        messages = Message.objects.of(self._seat.user_id).select_related("conversation")
        message = messages.filter(pk=self._message_id).first()
        if message is None:
            return self._farewell(GONE)
        context = {"message": message, "conversation": message.conversation, "chats": list_of(self._request)}
        return render_to_string("chat/ended.html", {**context, "is_update": True}, self._request)

    def _farewell(self, state: str) -> str:
        context = {"message_id": self._message_id, "sentence": FAREWELLS[state], "state": state}
        return render_to_string("chat/partials/gone.html", context)


class GrowingPage(FollowedAnswer):
    """A page of what is finished of an answer. It ends with it, and always with the way back."""

    def __init__(self, request: HttpRequest, message_id: UUID, seat: Seat) -> None:
        super().__init__(request, message_id, seat)
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
            growth = await self._growth_or_end()
            self._is_over = bool(growth.state)
            if html := await self._fresh_html(growth):
                return html
            if self._is_silent():
                return "\n"

    async def _growth_or_end(self) -> Growth:
        try:
            return await self._growth()
        except StopAsyncIteration:  # the process ends; the page still has to show its way back
            return Growth(state=GONE)

    async def _fresh_html(self, growth: Growth) -> str:
        await self._feed(growth.text)
        if growth.state in FAREWELLS:
            self._renderer.abandon()
        elif growth.state:
            await self._finish()
        fresh = self._renderer.settled[self._shown :]
        self._shown += len(fresh)
        return "".join([*fresh, self._ending] if growth.state else fresh)

    def _frame(self) -> str:
        """Return the page around the answer."""
        message = Message.objects.select_related("conversation").get(pk=self._message_id)
        return render_to_string("chat/live.html", {"url": message.conversation.get_absolute_url()}, self._request)
