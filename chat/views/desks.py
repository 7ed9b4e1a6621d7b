"""The pages of many chats: those that are listed, and the archive; and the list beside a thread, part by part."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from chat.listing import Key, older, part_of, zone_of
from chat.models import Conversation
from chat.models.conversation import ConversationQuerySet
from chat.undoing import undoable
from chat.views.access import member_required
from chat.views.arranging import opened
from chat.views.pages import list_changed
from chat.views.requests import MemberRequest


@require_safe
@vary_on_headers("HX-Request")  # or Back might bring a part alone for the page
@member_required
def chats(request: MemberRequest) -> HttpResponse:
    """All that are not in the archive; for a page with the list on it, the part that follows."""
    before = Key.parse(request.GET.get("before", ""))
    if request.htmx and before:
        part = older(request.user, zone_of(request), before)
        conversation = Conversation.objects.of(request.user).filter(pk=opened(request)).first()
        return render(request, "chat/partials/days.html", {"chats": part, "conversation": conversation})
    return desk(request, "chats")


@require_safe
@member_required
def archive(request: MemberRequest) -> HttpResponse:
    return desk(request, "archived")


@require_safe
@member_required
def list_alone(request: MemberRequest) -> HttpResponse:
    """The list beside a thread, for a page that is looked at again; nothing, where it shows the same."""
    return list_changed(request, Conversation.objects.of(request.user).filter(pk=opened(request)).first())


def desk(request: MemberRequest, name: str, *, sentence: str = "", status: int = 200) -> HttpResponse:
    """Show a part of the chats that are, or are not, in the archive."""
    part = part_of(on_desk(request, name), Key.parse(request.GET.get("before", "")))
    context = {
        "desk": name,
        "part": part,
        "is_first": "before" not in request.GET,
        "are_all_selected": request.GET.get("select") == "all",
        "sentence": sentence,
        "undoable": undoable(request.user),
    }
    return render(request, f"chat/{name}.html", context, status=status)


def on_desk(request: MemberRequest, name: str) -> ConversationQuerySet:
    own = Conversation.objects.of(request.user).with_writing().latest_first()
    return own.archived() if name == "archived" else own.listed()
