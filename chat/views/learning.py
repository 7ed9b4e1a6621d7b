"""The page of the admin where conversations are exported for learning."""

import asyncio
from typing import Any, cast

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from chat.admin.exporting import CHOSEN, ExportingMixin
from chat.learning.package import Package
from chat.learning_forms import LearningForm
from chat.listing import zone_of
from chat.models import Conversation
from chat.models.conversation import ConversationQuerySet
from chat.views import seats
from chat.views.exports import Pieces, as_zip
from chat.views.requests import MemberRequest
from chat.views.seats import Seat

NOTHING = "There is nothing to export: no conversation here is one that staff may read."
NO_LIST = "This list is none: one of its filters could not be understood. Choose the filters anew."
TOO_MANY = (
    "You have several downloads open. Wait for one of them to end, then export again: your choices are still here."
)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: MemberRequest) -> HttpResponseBase:
    """Ask for what is wanted, then send it. The address has the list's filters and search, or what was selected there.

    What the admin asks of its staff is asked where the address is made (urls.py).
    """
    model_admin = cast(ExportingMixin, admin.site.get_model_admin(Conversation))
    if not model_admin.has_export_permission(request):
        raise PermissionDenied
    try:
        chosen = model_admin.chosen_for_export(request)
    except IncorrectLookupParameters:
        messages.warning(request, NO_LIST)
        return HttpResponseRedirect(reverse("admin:chat_conversation_changelist"))
    form = LearningForm(request.POST if request.method == "POST" else None)
    return _send(request, form, chosen) if request.method == "POST" else _page(request, form, chosen)


def _send(request: MemberRequest, form: LearningForm, chosen: ConversationQuerySet) -> HttpResponseBase:
    if not form.is_valid():
        return _page(request, form, chosen, status=400)
    ids = list(chosen.order_by("created", "pk").values_list("pk", flat=True))
    if not ids:
        return _page(request, form, chosen, sentence=NOTHING, status=400)
    seat, loop = async_to_sync(_seat_for)(request.user.pk)
    if seat is None:
        return _page(request, form, chosen, sentence=TOO_MANY, status=429)
    package = Package(request.user, ids, _filters(request), form.wishes, zone_of(request))
    return as_zip(Pieces(package, seat, loop), f"learning-{timezone.now():%Y-%m-%d}.zip")


async def _seat_for(user_id: int) -> tuple[Seat | None, asyncio.AbstractEventLoop]:
    """Take a seat in the loop, where it is to be left."""
    return seats.take(user_id, settings.CHAT_MAX_STREAMS), asyncio.get_running_loop()


def _filters(request: MemberRequest) -> dict[str, Any]:
    """Return what the list was narrowed by, for the manifest."""
    if CHOSEN in request.GET:
        return {"selected": len(request.GET.getlist(CHOSEN))}
    return {name: values[0] if len(values) == 1 else values for name, values in request.GET.lists()}


def _page(
    request: MemberRequest, form: LearningForm, chosen: ConversationQuerySet, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    """Show the choices. What a search finds is not counted: a count says what people said, and nobody noted it."""
    is_search = SEARCH_VAR in request.GET and CHOSEN not in request.GET
    count = None if is_search else chosen.count()
    context = {
        **admin.site.each_context(request),
        "title": "Export for learning",
        "opts": Conversation._meta,
        "form": form,
        "count": count,
        "sentence": sentence or (NOTHING if count == 0 else ""),
        "filters": _filters(request),
        "is_selection": CHOSEN in request.GET,
        "list_query": "" if CHOSEN in request.GET else request.GET.urlencode(),
    }
    return render(request, "admin/chat/conversation/export.html", context, status=status)
