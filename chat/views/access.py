"""Who may see what: every look-up starts from the person who asks, and a stranger gets 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from chat.accounts import sign_in_guest
from chat.models import Conversation, Message
from chat.views.notices import notice
from chat.views.requests import MemberRequest, Request

SIGNED_OUT = "You are signed out. Sign in in another tab, then send again: your text is still here."

View = Callable[..., HttpResponseBase]


def member_required(view: View) -> View:
    """Ask strangers to sign in: by a redirect for a page, by a sentence for htmx, which would swap the form in.

    A guest's session may have run out; their cookie brings them back.
    """

    @wraps(view)
    def wrapper(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated or sign_in_guest(request, is_new=False):
            return view(request, *args, **kwargs)
        return sign_in_first(request)

    return wrapper


def sign_in_first(request: Request) -> HttpResponse:
    if request.htmx:
        return notice(request, SIGNED_OUT, status=403)
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/chat/")


def own_conversation(request: MemberRequest, conversation_id: UUID) -> Conversation:
    return get_object_or_404(Conversation.objects.of(request.user), pk=conversation_id)


def own_message(request: MemberRequest, message_id: UUID, **wanted: Any) -> Message:
    messages = Message.objects.of(request.user.pk).select_related("conversation")
    return get_object_or_404(messages, pk=message_id, **wanted)


async def require_own_message(request: HttpRequest, message_id: UUID) -> int:
    """Return whose message it is; raise Http404 unless it is theirs who ask. For streams, which never redirect."""
    user = await request.auser()
    if user.pk is None or not await Message.objects.of(user.pk).filter(pk=message_id).aexists():
        raise Http404
    return int(user.pk)


def may_read_on(request: HttpRequest, message_id: UUID) -> bool:
    """Whether whoever opened a stream still may: signed in, active, and the message theirs.

    Looks anew, at nothing that the request remembers; a stream lives longer than what it remembers is true.
    """
    now = HttpRequest()
    now.session = type(request.session)(request.session.session_key)
    user = get_user(now)
    return user.is_authenticated and Message.objects.of(user.pk).filter(pk=message_id).exists()
