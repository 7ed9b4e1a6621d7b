"""What staff read along: an answer while it is being written, and one that is finished, played again.

Under the admin's path, but not of it: the admin knows no asynchronous view. So each looks itself at who asks, and who
may not gets 404, never a redirect, which an EventSource would follow to a page.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user
from django.http import Http404, HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from chat.asides import asides_of
from chat.models import Conversation, Message, Opening
from chat.models.message import MessageQuerySet
from chat.rendering import to_htmx
from chat.replaying import SPEEDS, Schedule, schedule_of, seconds_until
from chat.streaming import sse
from chat.streaming.database import read
from chat.streaming.follow import GONE
from chat.streaming.runner import runner
from chat.views import seats
from chat.views.growing import Growing
from chat.views.seats import Seat
from chat.views.staff_access import may_review_on, record, reviewable_messages, reviewed_message
from chat.views.streams import CLOSED, RIGHTS_SECONDS, AnswerEvents, cursor_from, one_moment

LONGEST_MS = 10**9


@require_GET
async def stream(request: HttpRequest, message_id: UUID) -> sse.EventStream:
    message = await read(lambda: reviewed_message(request, message_id))
    goes_on = "Last-Event-ID" in request.headers
    return await seated(
        request,
        message,
        Opening.Kind.LIVE,
        goes_on=goes_on,
        events=lambda seat: ReviewedAnswerEvents(request, message_id, seat, cursor_from(request)),
    )


@require_GET
async def replay(request: HttpRequest, message_id: UUID) -> sse.EventStream:
    """Play an answer again, `from` so many milliseconds after its beginning, at one of SPEEDS; of several generations
    one, if its number is given."""
    message = await read(lambda: reviewed_message(request, message_id))
    asked = request.GET.get("generation", "")
    schedule = await read(lambda: replayable(message, number_in(asked)))
    start = max(number_in(request.GET.get("from", "")) or 0, number_in(request.headers.get("Last-Event-ID", "")) or 0)
    speed = number_in(request.GET.get("speed", ""))
    return await seated(
        request,
        message,
        Opening.Kind.REPLAY,
        goes_on=start > 0,
        events=lambda seat: ReplayEvents(
            request, message, seat, schedule, start=start, speed=speed if speed in SPEEDS else 1, is_part=bool(asked)
        ),
    )


async def seated(
    request: HttpRequest,
    message: Message,
    kind: Opening.Kind,
    *,
    goes_on: bool,
    events: "Callable[[Seat], ReviewedAnswerEvents | ReplayEvents]",
) -> sse.EventStream:
    """Give a reader a seat and note what they will see; have one with too many streams come back later."""
    seat = seats.take(int(request.user.pk or 0), settings.CHAT_MAX_STREAMS)
    if seat is None:
        return sse.EventStream(one_moment())
    try:
        await read(lambda: record(request, message, kind, goes_on=goes_on))
        return sse.EventStream(events(seat))
    except BaseException:
        seat.leave()
        raise


def number_in(value: str) -> int | None:
    """Return a number of a query; what is none counts as nothing."""
    return min(int(value), LONGEST_MS) if value.isascii() and value.isdecimal() and len(value) < 10 else None


def replayable(message: Message, ordinal: int | None) -> Schedule:
    """Return when the answer's characters came; raise Http404 where nobody kept that, or more of them will come."""
    generations = message.generations.select_related("timeline")
    schedule = schedule_of(generations, ordinal)
    if not schedule or message.is_active:
        raise Http404
    return schedule


class ReviewedAnswerEvents(AnswerEvents):
    """The events of an answer for staff: the same, but for whose right it is and for what stands around it."""

    footer = "ending"
    farewells: ClassVar[Mapping[str, str]] = {
        GONE: "This answer was deleted.",
        CLOSED: "You are signed out, or may not read this any more. Reload the page to go on.",
    }

    def _may_read_on(self) -> bool:
        return may_review_on(self._request, self._message_id)

    def _messages(self) -> MessageQuerySet:
        return reviewable_messages()

    def _last_words(self) -> str:
        """Return what the page drawn anew would hold, with the forms that have been waiting for the answer's end."""
        drawn = timezone.now()
        message = self._messages().select_related("conversation").get(pk=self._message_id)
        self._request.user = get_user(self._request)  # with the rights of now, not of the stream's beginning
        desk: Any = admin.site.get_model_admin(Conversation)
        context = {
            "message": message,
            "aside": asides_of([message])[str(message.pk)],
            "conversation": message.conversation,
            **desk.way_back(self._request),
            **desk.judging_context(self._request, message.conversation, [message], drawn),
        }
        return render_to_string("admin/chat/conversation/ended.html", context, self._request)


class ReplayEvents:
    """The events of an answer that is played again: what it was at `start` at once, then each change when it is due.

    Its id says how far it has come, in milliseconds. Between two changes it waits as a follower of the message does,
    so that the end of the process ends it as well.
    """

    def __init__(
        self,
        request: HttpRequest,
        message: Message,
        seat: Seat,
        schedule: Schedule,
        *,
        start: int,
        speed: int,
        is_part: bool,
    ) -> None:
        self._request = request
        self._message = message
        self._seat = seat
        self._schedule = schedule
        self._start = min(start, schedule.duration)
        self._speed = speed
        self._is_part = is_part
        self._text = Growing()
        self._fed = 0
        self._place = schedule.next_after(self._start)
        self._has_begun = self._is_over = False
        self._subscription = runner.broker.subscribe(message.pk)
        self._loop = asyncio.get_running_loop()
        self._began = self._last_sent = self._last_look = self._loop.time()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        try:
            piece = await self._next()
        except BaseException:
            self._leave()
            raise
        self._last_sent = self._loop.time()
        return piece

    async def _next(self) -> str:
        await asyncio.sleep(0)
        if self._is_over:
            raise StopAsyncIteration
        if not self._has_begun:
            return sse.RETRY + await self._first()
        if self._place == len(self._schedule.moments):
            return await self._last()
        while not self._subscription.closed:
            now = self._loop.time()
            if self._due_at(self._place) <= now:
                return await self._due_changes(now)
            if now - self._last_look >= RIGHTS_SECONDS and not await self._may_go_on(now):
                return self._over("closed")
            if now - self._last_sent >= sse.PING_SECONDS:
                return sse.PING
            await self._wait(now)
        raise StopAsyncIteration

    async def _first(self) -> str:
        """Return what the text was at the start, and let the clock begin."""
        self._has_begun = True
        changes = await self._changes_up_to(self._schedule.characters_at(self._start))
        self._began = self._loop.time()
        return sse.encode("patch", changes or "<!-- nothing yet -->", str(self._start))

    async def _due_changes(self, now: float) -> str:
        """Return all that is due by now in one: one change of the page, also at sixteen times the speed."""
        while self._place + 1 < len(self._schedule.moments) and self._due_at(self._place + 1) <= now:
            self._place += 1
        moment = self._schedule.moments[self._place]
        self._place += 1
        changes = await self._changes_up_to(moment.characters)
        return sse.encode("patch", changes or "<!-- nothing new -->", str(moment.ms))

    async def _last(self) -> str:
        """Return what is left once the last moment is shown: a replay of all ends as the page has it."""
        end = self._fed if self._is_part else len(self._message.text)
        changes = await self._changes_up_to(end) + to_htmx(await self._text.finish())
        cursor = str(self._schedule.duration)
        return (sse.encode("patch", changes, cursor) if changes else "") + self._over("ended")

    def _over(self, how: str) -> str:
        self._is_over = True
        return sse.encode("done", how, str(self._schedule.duration))

    async def _changes_up_to(self, characters: int) -> str:
        fresh = self._message.text[self._fed : characters]
        self._fed = max(self._fed, characters)
        return to_htmx(await self._text.feed(fresh))

    def _due_at(self, place: int) -> float:
        return self._began + seconds_until(self._schedule.moments[place].ms, self._start, self._speed)

    async def _may_go_on(self, now: float) -> bool:
        self._last_look = now
        return await read(lambda: may_review_on(self._request, self._message.pk))

    async def _wait(self, now: float) -> None:
        until = min(self._due_at(self._place), self._last_look + RIGHTS_SECONDS, self._last_sent + sse.PING_SECONDS)
        await self._subscription.take(max(until - now, 0.0))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._subscription.close()
        self._seat.leave()
