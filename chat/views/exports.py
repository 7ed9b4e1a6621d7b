"""Conversations to take away: one as a file, or all of them as a ZIP that is written while it is sent."""

import asyncio
from typing import Protocol, Self
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_safe

from chat.exchange.account import AccountArchive
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
    """All conversations."""
    return await _streamed(request, Archive, "chatstream")


@require_GET
async def about_me(request: HttpRequest) -> HttpResponseBase:
    """All conversations, and what else is kept about whoever asks."""
    return await _streamed(request, AccountArchive, "chatstream-account")


async def _streamed(request: HttpRequest, archive: type[Archive], name: str) -> HttpResponseBase:
    user = await request.auser()
    if not isinstance(user, User):
        return redirect_to_login("/import/" if archive is Archive else "/account/")
    seat = seats.take(user.pk, settings.CHAT_MAX_STREAMS)
    if seat is None:
        return too_many_requests(request)
    pieces = Pieces(archive(user, zone_of(request)), seat, asyncio.get_running_loop())
    return as_zip(pieces, f"{name}-{timezone.now().astimezone(zone_of(request)).date().isoformat()}.zip")


def as_zip(pieces: "Pieces", name: str) -> StreamingHttpResponse:
    headers = {**UNBUFFERED, **_as_file(name)}
    return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": content_disposition_header(True, name) or "", "Cache-Control": "no-store"}


class Told(Protocol):
    """What is written piece by piece; b"" says that all is told."""

    def next_piece(self) -> bytes: ...


class Pieces:
    """A ZIP's body: an iterator whose close() Django calls as soon as the reader leaves.

    Between two pieces no connection to the database is held, however long a reader takes to take one.
    """

    def __init__(self, archive: Told, seat: Seat, loop: asyncio.AbstractEventLoop) -> None:
        self._archive = archive
        self._seat = seat
        self._loop = loop

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
