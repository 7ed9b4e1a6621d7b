"""Giving others a link to a chat, seeing what is under it, and taking it back."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.errors import ChatError
from chat.models import Conversation, Share
from chat.models.share import content_of
from chat.views.access import member_required, own_conversation
from chat.views.requests import MemberRequest
from chat.views.ways import lead_to

LISTED = 100  # links a page


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def share(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """What others see of a chat, or will; and making it so, or so again."""
    conversation = own_conversation(request, conversation_id)
    if request.method != "POST":
        return _panel(request, conversation)
    was_shared = conversation.shares.exists()
    try:
        Share.objects.make(conversation)
    except ChatError as error:
        return _panel(request, conversation, sentence=error.sentence, status=error.status)
    messages.success(request, "The link shows what the chat holds now." if was_shared else "The link is made.")
    return lead_to(request, reverse("chat:share", args=[conversation.pk]))


@require_POST
@member_required
def take_back(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Let the link lead nowhere from now on; where there is none, there still is none."""
    conversation = own_conversation(request, conversation_id)
    conversation.shares.all().delete()
    messages.success(request, f"The link to “{conversation.title}” is taken back.")
    from_list = request.POST.get("from") == "list"
    return lead_to(request, reverse("chat:shares") if from_list else reverse("chat:share", args=[conversation.pk]))


@require_safe
@member_required
def shares(request: MemberRequest) -> HttpResponse:
    """All links of one's own, the latest first."""
    links = Share.objects.of(request.user).defer("content").select_related("conversation")
    part = Paginator(links, LISTED).get_page(request.GET.get("page"))
    return render(request, "chat/shares.html", {"part": part})


def _panel(
    request: MemberRequest, conversation: Conversation, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    link = conversation.shares.first()
    try:
        content = content_of(conversation)
    except ChatError as error:
        content, sentence = [], sentence or error.sentence
    context = {
        "conversation": conversation,
        "count": len(content),
        "is_behind": bool(link and content and (link.content, link.title) != (content, conversation.title)),
        "sentence": sentence,
        "share": link,
        "url": request.build_absolute_uri(link.get_absolute_url()) if link else "",
    }
    return render(request, "chat/share.html", context, status=status)
