"""Conversations as files for learning: those that are selected in the list, or all that it shows."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from chat.models import Conversation
from chat.models.conversation import ConversationQuerySet

CHOSEN = "chat"  # in the address of the page where the export is asked for: one that was selected
ADDRESS = "chat:export_for_learning"


class ExportingMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    actions = ["export_selected"]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chat.export_conversation") and self.has_view_permission(request)

    @admin.action(permissions=["export"], description="Export selected conversations for learning")
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> HttpResponse:
        query = request.GET.copy()
        if request.POST.get("select_across") != "1":
            query = QueryDict(mutable=True)
            query.setlist(CHOSEN, [pk.hex for pk in queryset.order_by().values_list("pk", flat=True)])
        return HttpResponseRedirect(f"{reverse(ADDRESS)}?{query.urlencode()}")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Offer the export of all that the list shows (change_list_object_tools.html)."""
        offer = {}
        if self.has_export_permission(request):
            offer = {"export_url": f"{reverse(ADDRESS)}?{request.GET.urlencode()}".removesuffix("?")}
        return super().changelist_view(request, {**offer, **(extra_context or {})})

    def chosen_for_export(self, request: HttpRequest) -> ConversationQuerySet:
        """Return those of what was selected, or of what the list with these filters shows, that staff may read.

        Raises IncorrectLookupParameters where the filters are none.
        """
        reviewable = Conversation.objects.reviewable()
        if CHOSEN in request.GET:
            return reviewable.filter(pk__in=[pk for value in request.GET.getlist(CHOSEN) if (pk := _id(value))])
        shown = self.get_changelist_instance(request).queryset
        return reviewable.filter(pk__in=shown.order_by().values("pk"))


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
