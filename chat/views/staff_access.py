"""Who of the staff may read an answer along, and the note in the read log that comes before it."""

from datetime import timedelta
from uuid import UUID

from django.contrib import admin
from django.contrib.auth import get_user
from django.http import Http404, HttpRequest
from django.utils import timezone

from chat.models import Conversation, Message, Opening
from chat.models.message import MessageQuerySet
from chat.reasons import reason_for

GOING_ON = timedelta(minutes=10)  # a connection that goes on with what was opened so long ago is no other opening


def reviewable_messages() -> MessageQuerySet:
    return Message.objects.filter(conversation__in=Conversation.objects.reviewable())


def reviewed_message(request: HttpRequest, message_id: UUID) -> Message:
    """Return a message that staff read along; raise Http404 unless it is one that this person may."""
    if not may_review(request):
        raise Http404
    message = reviewable_messages().select_related("conversation__user").filter(pk=message_id).first()
    if message is None or reason_for(request.session, message.conversation_id) is None:
        raise Http404
    return message


def may_review(request: HttpRequest) -> bool:
    return admin.site.has_permission(request) and request.user.has_perm("chat.view_conversation")


def may_review_on(request: HttpRequest, message_id: UUID) -> bool:
    """Whether whoever opened a stream still may: looks anew, at nothing that the request remembers."""
    now = HttpRequest()
    now.session = type(request.session)(request.session.session_key)
    now.user = get_user(now)
    return may_review(now) and reviewable_messages().filter(pk=message_id).exists()


def record(request: HttpRequest, message: Message, kind: Opening.Kind, *, goes_on: bool) -> None:
    """Note it in the read log, before anything is shown; once for an opening, however often its connection breaks."""
    if goes_on and _was_recorded(request, message, kind):
        return
    reason = reason_for(request.session, message.conversation_id) or ""
    Opening.objects.record(request.user, [message.conversation], kind, message.pk, reason)  # type: ignore[arg-type]


def _was_recorded(request: HttpRequest, message: Message, kind: Opening.Kind) -> bool:
    since = timezone.now() - GOING_ON
    mine = Opening.objects.filter(reader=request.user.pk, message_id=message.pk, kind=kind)
    return mine.filter(when__gte=since).exists()
