"""What a person may do with several conversations at once, or with all. What isn't theirs is left out."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from chat.forms import DeleteAllForm
from chat.models import Conversation
from chat.models.conversation import ConversationQuerySet
from chat.views.access import member_required
from chat.views.arranging import TOO_LATE, changed, tell
from chat.views.desks import desk
from chat.views.errors import error
from chat.views.notices import notice
from chat.views.pages import SeeOther
from chat.views.requests import MemberRequest

NOTHING = "Select some chats first."


@require_POST
@member_required
def pin(request: MemberRequest) -> HttpResponse:
    return _with_selected(request, ConversationQuerySet.pin, "pinned")


@require_POST
@member_required
def unpin(request: MemberRequest) -> HttpResponse:
    return _with_selected(request, ConversationQuerySet.unpin, "no longer pinned")


@require_POST
@member_required
def archive(request: MemberRequest) -> HttpResponse:
    return _with_selected(request, ConversationQuerySet.archive, "in the archive")


@require_POST
@member_required
def unarchive(request: MemberRequest) -> HttpResponse:
    return _with_selected(request, ConversationQuerySet.unarchive, "out of the archive")


@require_POST
@member_required
def delete(request: MemberRequest) -> HttpResponse:
    chosen = selected(request)
    if not chosen.exists():
        return _nothing_selected(request)
    tell(chosen.discard())
    return _back(request, _desk_of(request))  # which tells what can be undone


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def delete_all(request: MemberRequest) -> HttpResponse:
    """Delete every chat of one's own, those in the archive and the temporary ones too, once the word was typed."""
    own = Conversation.objects.of(request.user)
    form = DeleteAllForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        tell(own.discard())
        return _back(request, "chats")
    if form.is_bound and request.htmx:
        return notice(request, form.sentence, status=400)
    context = {"form": form, "count": own.count()}
    return render(request, "chat/delete_all.html", context, status=400 if form.is_bound else 200)


@require_POST
@member_required
def undo(request: MemberRequest) -> HttpResponse:
    """Bring back all that was deleted at one moment."""
    count = _deleted_at(request).restore()
    if not count:
        return error(request, 410, TOO_LATE)
    sentence = f"{_chats(count)} back."
    if request.htmx:
        return changed(request, sentence)
    messages.success(request, sentence)
    return SeeOther(reverse(f"chat:{_desk_of(request)}"))


def selected(request: MemberRequest) -> ConversationQuerySet:
    """Return those of one's own conversations whose ids were sent."""
    ids = [UUID(value) for value in request.POST.getlist("chat") if _is_id(value)]
    return Conversation.objects.of(request.user).filter(pk__in=ids)


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _deleted_at(request: MemberRequest) -> ConversationQuerySet:
    return Conversation.objects.filter(user=request.user, deleted=_moment(request.POST.get("moment", "")))


def _moment(value: str) -> datetime | None:
    """Read a moment; one long ago for what is none."""
    try:
        found = parse_datetime(value)
    except ValueError:
        found = None
    return found if found and found.tzinfo else datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _with_selected(request: MemberRequest, act: Callable[[ConversationQuerySet], int], done: str) -> HttpResponse:
    count = act(selected(request))
    if not count:
        return _nothing_selected(request)
    messages.success(request, f"{_chats(count)} {done}.")
    return _back(request, _desk_of(request))


def _chats(count: int) -> str:
    return "1 chat is" if count == 1 else f"{count} chats are"


def _nothing_selected(request: MemberRequest) -> HttpResponse:
    if request.htmx:
        return notice(request, NOTHING, status=400)
    return desk(request, _desk_of(request), sentence=NOTHING, status=400)


def _desk_of(request: MemberRequest) -> str:
    return "archived" if request.POST.get("desk") == "archived" else "chats"


def _back(request: MemberRequest, name: str) -> HttpResponse:
    url = reverse(f"chat:{name}")
    return HttpResponseClientRedirect(url) if request.htmx else SeeOther(url)
