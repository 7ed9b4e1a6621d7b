"""Who reads one's chats: what the site has decided, what oneself may decide, and who has read them."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from chat.models import Conversation, Opening, User
from chat.views.access import member_required
from chat.views.pages import SeeOther
from chat.views.requests import MemberRequest

LISTED = 50  # lines of the read log a page
CHOICES = {"yes": True, "no": False}
NOT_YOURS = "Here the choice is not yours: the people who run this site have made it for everybody."
SAY_WHICH = "Choose whether staff may read your chats, then save."


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def privacy(request: MemberRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    if not _may_decide(request.user):
        return _page(request, sentence=NOT_YOURS, status=403)
    allows = CHOICES.get(request.POST.get("allow", ""))
    if allows is None:
        return _page(request, sentence=SAY_WHICH, status=400)
    request.user.decide(allows_review=allows)
    messages.success(request, "Staff may read your chats." if allows else "Staff can no longer read your chats.")
    return SeeOther(reverse("chat:privacy"))


def _may_decide(user: User) -> bool:
    return settings.CHAT_REVIEW != "all" and not _is_excepted(user)


def _is_excepted(user: User) -> bool:
    return user.groups.filter(name__in=settings.CHAT_REVIEW_EXCEPT_GROUPS).exists()


def _page(request: MemberRequest, *, sentence: str = "", status: int = 200) -> HttpResponse:
    part = _log_of(request) if settings.CHAT_READ_LOG_SHOWN else None
    context = {
        "is_excepted": _is_excepted(request.user),
        "is_logged": settings.CHAT_READ_LOG,
        "lines": _chats_of(request, part) if part is not None else [],
        "may_be_read": request.user.may_be_read,
        "may_decide": _may_decide(request.user),
        "part": part,
        "sentence": sentence,
    }
    return render(request, "chat/privacy.html", context, status=status)


def _log_of(request: MemberRequest) -> Page[Opening]:
    return Paginator(Opening.objects.of(request.user), LISTED).get_page(request.GET.get("page"))


def _chats_of(request: MemberRequest, part: Page[Opening]) -> list[tuple[Opening, Conversation | None]]:
    """Return each line of a page of the log with the chat it tells of, where that is still there."""
    chats = Conversation.objects.of(request.user).in_bulk({line.conversation_id for line in part})
    return [(line, chats.get(line.conversation_id)) for line in part]
