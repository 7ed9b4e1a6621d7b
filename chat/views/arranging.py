"""What a person may do with a conversation as a whole: name it, pin it, put it away, delete it, and have it back."""

from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from chat.forms import TitleForm
from chat.listing import Key
from chat.models import Conversation, Generation
from chat.models.conversation import ConversationQuerySet
from chat.streaming.runner import runner
from chat.undoing import undoable
from chat.views.access import member_required, own_conversation
from chat.views.errors import Trouble, error
from chat.views.notices import notice
from chat.views.pages import SeeOther, list_of
from chat.views.requests import MemberRequest

TOO_LATE = Trouble("It is too late: this was deleted for good.", "Undo is there for ten seconds.")


@require_safe
@vary_on_headers("HX-Request")
@member_required
def manage(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The menu of a conversation: alone, for its row in the list, or as a page."""
    context = {"each": own_conversation(request, conversation_id), "is_open": True}
    return render(request, "chat/partials/menu.html" if request.htmx else "chat/manage.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@member_required
def rename(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    form = TitleForm(request.POST if request.method == "POST" else None, initial={"title": conversation.title})
    if request.method == "POST":
        if form.is_valid():
            conversation.rename(form.cleaned_data["title"])
            return _arranged(request, conversation, f"Renamed to “{conversation.title}”.")
        if request.htmx:
            return notice(request, form.sentence, status=400)
    template = "chat/partials/rename.html" if request.htmx else "chat/rename.html"
    return render(request, template, {"each": conversation, "form": form}, status=400 if form.is_bound else 200)


@require_POST
@member_required
def pin(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    return _with_one(request, conversation_id, ConversationQuerySet.pin, "is pinned")


@require_POST
@member_required
def unpin(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    return _with_one(request, conversation_id, ConversationQuerySet.unpin, "is no longer pinned")


@require_POST
@member_required
def archive(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    return _with_one(request, conversation_id, ConversationQuerySet.archive, "is in the archive", is_shown=True)


@require_POST
@member_required
def unarchive(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    return _with_one(request, conversation_id, ConversationQuerySet.unarchive, "is out of the archive")


@require_POST
@member_required
def delete(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Put it out of reach; for ten seconds it can be had back. Doing so twice is once."""
    conversation = get_object_or_404(request.user.conversations.all(), pk=conversation_id)
    tell(_just(conversation).discard())
    if not request.htmx:
        return SeeOther(reverse("chat:new"))
    if opened(request) == conversation.pk:
        return HttpResponseClientRedirect(reverse("chat:new"))
    return changed(request, f"“{conversation.title}” was deleted. It can be had back for ten seconds, by Undo.")


@require_POST
@member_required
def undo(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Bring back what was just deleted. What is there already is left as it is."""
    conversation = request.user.conversations.filter(pk=conversation_id).first()
    if conversation is None and Conversation.objects.filter(pk=conversation_id).exists():
        raise Http404  # somebody else's
    if conversation is None or (conversation.deleted and not _just(conversation).restore()):
        return error(request, 410, TOO_LATE)
    if not request.htmx:
        return SeeOther(conversation.get_absolute_url())
    return changed(request, f"“{conversation.title}” is back.")


def tell(ended: list[Generation]) -> None:
    """Have what was ended end here too: its task, where it is this process's, and the streams of its readers."""
    for generation in ended:
        runner.stop(generation)


def _with_one(
    request: MemberRequest,
    conversation_id: UUID,
    act: Callable[[ConversationQuerySet], int],
    done: str,
    *,
    is_shown: bool = False,
) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    act(_just(conversation))
    return _arranged(request, conversation, f"“{conversation.title}” {done}.", is_shown=is_shown)


def _just(conversation: Conversation) -> ConversationQuerySet:
    return Conversation.objects.filter(pk=conversation.pk)


def _arranged(
    request: MemberRequest, conversation: Conversation, sentence: str, *, is_shown: bool = False
) -> HttpResponse:
    if request.htmx:
        return changed(request, sentence, is_shown=is_shown)
    messages.success(request, sentence)
    return SeeOther(conversation.get_absolute_url())


def changed(request: MemberRequest, sentence: str, *, is_shown: bool = False) -> HttpResponse:
    """Bring what a page says of its chats up to date, as far down as it shows them, and say what was done: aloud, and
    in sight (`is_shown`) where the list alone does not show it."""
    conversation = Conversation.objects.of(request.user).filter(pk=opened(request)).first()
    context = {
        "chats": list_of(request, until=Key.parse(request.POST.get("until", ""))),
        "conversation": conversation,
        "sentence": sentence,
        "is_shown": is_shown,
        "undoable": undoable(request.user),
    }
    return render(request, "chat/arranged.html", context)


def opened(request: MemberRequest) -> UUID | None:
    """Return which conversation is on the page that htmx asks from."""
    try:
        match = resolve(urlsplit(request.htmx.current_url or "").path)
    except Resolver404:
        return None
    return match.kwargs.get("conversation_id")
