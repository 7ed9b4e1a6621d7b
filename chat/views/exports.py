"""Conversations to take away: one as a file, or all of them as a ZIP that is written while it is sent."""

import asyncio
from datetime import tzinfo
from typing import Self
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_safe

from chat.exchange.archive import Archive
from chat.exchange.files import FORMATS, stem
from chat.listing import zone_of
from chat.models import User
from chat.streaming.database import read
from chat.streaming.sse import UNBUFFERED
from chat.views import seats
from chat.views.access import member_required, own_conversation
from chat.views.errors import too_many_requests
from chat.views.requests import MemberRequest
from chat.views.seats import Seat


@require_safe
@member_required
def choose(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Which of the files it can be had as."""
    return render(request, "chat/export.html", {"conversation": own_conversation(request, conversation_id)})


@require_safe
@member_required
def one(request: MemberRequest, conversation_id: UUID, kind: str) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    if kind not in FORMATS:
        raise Http404
    wanted = FORMATS[kind]
    return HttpResponse(
        wanted.written(conversation, zone_of(request)),
        content_type=wanted.type,
        headers=_as_file(f"{stem(conversation)}.{wanted.ending}"),
    )


@require_GET
async def everything(request: HttpRequest) -> HttpResponseBase:
    user = await request.auser()
    if not isinstance(user, User):
        return redirect_to_login("/import/")
    seat = seats.take(user.pk, settings.CHAT_MAX_STREAMS)
    if seat is None:
        return too_many_requests(request)
    name = f"chatstream-{timezone.now().astimezone(zone_of(request)).date().isoformat()}.zip"
    return StreamingHttpResponse(
        ArchivePieces(user, zone_of(request), seat),
        content_type="application/zip",
        headers={**UNBUFFERED, **_as_file(name)},
    )


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": content_disposition_header(True, name) or "", "Cache-Control": "no-store"}


class ArchivePieces:
    """The ZIP's body: an iterator whose close() Django calls as soon as the reader leaves.

    Between two pieces no connection to the database is held, however long a reader takes to take one.
    """

    def __init__(self, user: User, zone: tzinfo, seat: Seat) -> None:
        self._archive = Archive(user, zone)
        self._seat = seat
        self._loop = asyncio.get_running_loop()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await read(self._archive.next_piece)
        except BaseException:
            self._seat.leave()  # Django closes a body that was read to its end or left, not one that failed
            raise
        if not piece:
            raise StopAsyncIteration
        return piece

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._seat.leave)
