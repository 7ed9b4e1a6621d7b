"""An answer while it is being written: as events for htmx, and as one growing page where JavaScript is off."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from functools import partial
from typing import ClassVar, NamedTuple, Self, TypeVar
from uuid import UUID

from csp.constants import SELF
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from chat.horizon import horizon_after
from chat.models import Message
from chat.models.message import MessageQuerySet
from chat.rendering import to_htmx
from chat.streaming import sse
from chat.streaming.database import read
from chat.streaming.follow import GONE, Cursor, Follow, Growth
from chat.streaming.runner import runner
from chat.streaming.titles import awaits_title
from chat.views import seats, titles
from chat.views.access import may_read_on, require_own_message
from chat.views.growing import Growing
from chat.views.pages import list_of
from chat.views.seats import Seat

GAP = "<!-- gap -->"  # in chat/live.html
RIGHTS_SECONDS = 10.0  # after which an open stream looks again whether its reader may read it
CLOSED = "closed"

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
    """An answer's body: an iterator whose close() Django calls, in a thread, as soon as the reader leaves.

    Here its reader is who asked for it; whoever else may read it says so by _may_read_on() and _messages().
    """

    farewells: ClassVar[Mapping[str, str]] = {
        GONE: "This answer was deleted.",
        CLOSED: "You are signed out, or this chat is no longer yours. Reload the page to go on.",
    }

    def __init__(self, request: HttpRequest, message_id: UUID, seat: Seat) -> None:
        self._request = request
        self._message_id = message_id
        self._seat = seat
        self._text, self._reasoning = Growing(), Growing()
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
            if not await read(self._may_read_on):
                self._follow.close()
                return Growth(state=CLOSED)
        return await anext(self._follow)

    def _may_read_on(self) -> bool:
        return may_read_on(self._request, self._message_id)

    def _messages(self) -> MessageQuerySet:
        """Return what its reader may read."""
        return Message.objects.of(self._seat.user_id)

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

    footer: ClassVar[str] = "actions"  # what the sheets of its reader's page call an answer's footer

    def __init__(self, request: HttpRequest, message_id: UUID, seat: Seat, after: Cursor) -> None:
        super().__init__(request, message_id, seat)
        self._after: Cursor | None = after  # None once the renderers have caught up with it
        self._shown = Cursor()  # what the page has
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
        if growth.state in self.farewells:
            return sse.encode("done", self._farewell(growth.state), cursor)
        changes = await self._changes(await self._catch_up(growth))
        events = sse.encode("patch", changes, cursor) if changes else ""
        if growth.state:
            events += sse.encode("done", await read(self._ending), cursor)
        return events

    async def _catch_up(self, growth: Growth) -> Growth:
        """Feed the renderers, silently, what the page has; return the rest. A cursor past the texts is nonsense: 0."""
        after, self._after = self._after, None
        if after is None or after.text > len(growth.text) or after.reasoning > len(growth.reasoning):
            return growth
        self._shown = after
        await self._text.feed(growth.text[: after.text])
        await self._reasoning.feed(growth.reasoning[: after.reasoning])
        return Growth(growth.text[after.text :], growth.reasoning[after.reasoning :], growth.state)

    async def _changes(self, growth: Growth) -> str:
        """Return what changes on the page, both parts and the fold in one: a cut finds all of it there, or nothing."""
        fold = await self._fold(before=self._shown, now=self._follow.cursor)
        self._shown = self._follow.cursor
        reasoning, text = await self._reasoning.feed(growth.reasoning), await self._text.feed(growth.text)
        if growth.state:
            reasoning += await self._reasoning.finish()
            text += await self._text.finish()
        return fold + to_htmx(reasoning, "reasoning") + to_htmx(text)

    async def _fold(self, before: Cursor, now: Cursor) -> str:
        """Return the fold for the thoughts where the first have come; where the first text has, how long they took."""
        is_new = now.reasoning and not before.reasoning
        is_answered = before.reasoning and now.text and not before.text
        if not is_new and not is_answered:
            return ""
        template = "chat/thinking.html" if is_new else "chat/partials/thought.html"
        return await read(partial(self._drawn, template, is_thinking=not now.text))

    def _drawn(self, template: str, *, is_thinking: bool) -> str:
        message = Message.objects.filter(pk=self._message_id).first() or Message(pk=self._message_id)  # just deleted
        return render_to_string(template, {"message": message, "is_thinking": is_thinking, "is_update": True})

    def _ending(self) -> str:
        """Return the last words; those of what is gone where it was deleted while they were drawn."""
        words = ""
        with suppress(LookupError, ObjectDoesNotExist, ValueError):
            words = self._last_words()
        if not self._messages().filter(pk=self._message_id).exists():
            return self._farewell(GONE)
        return words or self._last_words()

    def _last_words(self) -> str:
        """Return the message's footer in its final state and what else on the page is affected by it: the list of
        chats, which no longer says "writing…", and the line above which the model sees nothing."""
        message = self._messages().select_related("conversation").get(pk=self._message_id)
        context = {
            "message": message,
            "conversation": message.conversation,
            "chats": list_of(self._request),
            "is_last": not message.children.exists(),
            "horizon": horizon_after(message),
            "naming": message.conversation if awaits_title(message) else None,
            "left": titles.TRIES,
            "delay": titles.DELAY,
        }
        return render_to_string("chat/ended.html", context, self._request)

    def _farewell(self, state: str) -> str:
        context = {
            "message_id": self._message_id,
            "footer": self.footer,
            "sentence": self.farewells[state],
            "state": state,
            "has_thought": self._shown.reasoning > 0,
        }
        return render_to_string("chat/partials/gone.html", context)


class Frame(NamedTuple):
    """What stands on a growing page around the texts, in this order."""

    beginning: str
    fold: str  # where there are thoughts
    end_of_fold: str
    text: str
    ending: str


class GrowingPage(FollowedAnswer):
    """A page of what is finished of an answer and, folded above it, of what its model thought before.

    It ends with it, and always with the way back.
    """

    def __init__(self, request: HttpRequest, message_id: UUID, seat: Seat) -> None:
        super().__init__(request, message_id, seat)
        self._frame: Frame | None = None
        self._has_text = False
        self._is_over = False

    async def _next(self) -> str:
        if self._is_over:
            raise StopAsyncIteration
        if self._frame is None:
            self._frame = await read(self._draw)
            return self._frame.beginning
        while True:
            growth = await self._growth_or_end()
            self._is_over = bool(growth.state)
            if html := await self._fresh_html(self._frame, growth):
                return html
            if self._is_silent():
                return "\n"

    async def _growth_or_end(self) -> Growth:
        try:
            return await self._growth()
        except StopAsyncIteration:  # the process ends; the page still has to show its way back
            return Growth(state=GONE)

    async def _fresh_html(self, frame: Frame, growth: Growth) -> str:
        html = "" if self._has_text else await self._thoughts(frame, growth)
        await self._text.feed(growth.text)
        if growth.state:
            await self._end(self._text, growth.state)
        return html + self._text.take_settled() + (frame.ending if growth.state else "")

    async def _thoughts(self, frame: Frame, growth: Growth) -> str:
        """Return what is new before the text, up to where that begins. The finished page shows later thoughts too."""
        fold = frame.fold if growth.reasoning and not self._reasoning.has_begun else ""
        await self._reasoning.feed(growth.reasoning)
        self._has_text = bool(growth.text or growth.state)
        if not self._has_text:
            return fold + self._reasoning.take_settled()
        await self._end(self._reasoning, growth.state)
        end_of_fold = frame.end_of_fold if self._reasoning.has_begun else ""
        return fold + self._reasoning.take_settled() + end_of_fold + frame.text

    async def _end(self, part: Growing, state: str) -> None:
        if state in self.farewells:
            part.abandon()
        else:
            await part.finish()

    def _draw(self) -> Frame:
        message = Message.objects.select_related("conversation").get(pk=self._message_id)
        context = {"url": message.conversation.get_absolute_url()}
        return Frame(*render_to_string("chat/live.html", context, self._request).split(GAP))
