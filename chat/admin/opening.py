"""The read log: who on the staff was shown whose conversation, when, and why."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from chat.admin.dates import DATES_CSS, WhenFilter
from chat.admin.records import RecordAdmin
from chat.models import Conversation, Opening

LATEST = 20  # people of the latest lines, to choose from


class NameFilter(admin.SimpleListFilter):
    """There may be very many, so those of late, and the one that is chosen."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        recent = Opening.objects.order_by("-pk").values_list(self.parameter_name or "", flat=True)[: LATEST * 50]
        names = list(dict.fromkeys([*filter(None, [self.value()]), *recent]))[:LATEST]
        return [(name, name) for name in sorted(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Opening]) -> QuerySet[Opening]:
        return queryset.filter(**{self.parameter_name or "": self.value()}) if self.value() else queryset


class ReaderFilter(NameFilter):
    title = "reader"
    parameter_name = "reader_name"


class OwnerFilter(NameFilter):
    title = "whose chat it is"
    parameter_name = "owner_name"


@admin.register(Opening)
class OpeningAdmin(RecordAdmin):
    """To be read, by who has the permission, and nothing else."""

    actions = None
    list_display = ["when", "who", "whose", "kind", "link", "reason"]
    list_filter = ["kind", ReaderFilter, OwnerFilter, WhenFilter]
    search_fields = ["reader_name", "owner_name"]
    search_help_text = "Names, or the whole id of a conversation."
    fields = ["when", "who", "whose", "kind", "link", "conversation_id", "message_id", "reason"]

    class Media:
        css = DATES_CSS

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Read log", **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Opening]:
        """With whether who looks may see the conversation."""
        openings: QuerySet[Opening] = super().get_queryset(request)
        there = Conversation.objects.reviewable().filter(pk=OuterRef("conversation_id"))
        if not request.user.has_perm("chat.view_conversation"):
            there = there.none()
        return openings.annotate(is_there=Exists(there))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Opening], search_term: str
    ) -> tuple[QuerySet[Opening], bool]:
        try:
            return queryset.filter(conversation_id=UUID(search_term.strip())), False
        except ValueError:
            found: tuple[QuerySet[Opening], bool] = super().get_search_results(request, queryset, search_term)
            return found

    @admin.display(description="reader", ordering="reader_name")
    def who(self, opening: Opening) -> str:
        return opening.reader_name

    @admin.display(description="whose chat", ordering="owner_name")
    def whose(self, opening: Opening) -> str:
        url = reverse("admin:chat_opening_changelist", query={"owner_name": opening.owner_name})
        return format_html('<a href="{}">{}</a>', url, opening.owner_name)

    @admin.display(description="conversation")
    def link(self, opening: Opening) -> str:
        if not opening.is_there:  # type: ignore[attr-defined]
            return str(opening.conversation_id)
        url = reverse("admin:chat_conversation_change", args=[opening.conversation_id])
        return format_html('<a href="{}">{}</a>', url, opening.conversation_id)
