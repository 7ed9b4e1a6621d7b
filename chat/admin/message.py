from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from chat.admin.filters import me
from chat.admin.opened import OpenedAdmin
from chat.admin.searching import id_in
from chat.models import Conversation, Message, Opening, SearchEntry
from chat.models.search import Query


@admin.register(Message)
class MessageAdmin(OpenedAdmin):
    """Messages as they are kept. The list says which there are; what they say is on their pages, which are recorded."""

    ordering = ["-created"]
    list_display = ["created", "role", "author", "conversation_id"]
    list_filter = ["role", "created"]
    list_select_related = ["author"]
    sortable_by = ["created"]
    search_fields = ["id"]  # by get_search_results()
    search_help_text = "Words that were said, or the id of a message or a chat."
    fields = ["conversation", "parent", "role", "author", "created", "text", "reasoning"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        messages: QuerySet[Message] = super().get_queryset(request)
        return messages.filter(Exists(Conversation.objects.reviewable().filter(pk=OuterRef("conversation"))))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        if not search_term.strip():
            return queryset, False
        if pk := id_in(search_term):
            return queryset.filter(Q(pk=pk) | Q(conversation=pk)), False
        found = [hit.entry for hit in SearchEntry.objects.search(Query(search_term), None).hits if not hit.is_title]
        return queryset.filter(search_entry__in=found), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """That a word was found in a message tells something of what it says."""
        response: HttpResponse = super().changelist_view(request, extra_context)
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        if changelist is not None and changelist.query.strip():
            shown = {message.conversation_id for message in changelist.result_list}
            found = Conversation.objects.filter(pk__in=shown).select_related("user")
            Opening.objects.record(me(request), found, Opening.Kind.SEARCH)
        return response

    def opened(self, record: Message) -> tuple[Conversation, UUID]:
        return record.conversation, record.pk
