from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from chat.admin.filters import MOST, RECENT
from chat.admin.opened import OpenedAdmin
from chat.admin.searching import id_in
from chat.models import Conversation, Generation, Opening
from chat.models.figures import WRITTEN_HERE


class WrittenFilter(admin.SimpleListFilter):
    """What the figures count."""

    title, parameter_name = "where it was written", "written"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("here", "Here"), ("elsewhere", "In another chat or program")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Generation]) -> QuerySet[Generation]:
        match self.value():
            case "here":
                return queryset.filter(WRITTEN_HERE)
            case "elsewhere":
                return queryset.exclude(WRITTEN_HERE)
        return queryset


class ErrorFilter(admin.SimpleListFilter):
    """By the code of an error: those of the newest answers; another one can be named in the address."""

    title, parameter_name = "error code", "error_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = Generation.objects.order_by("-created").values_list("error_code", flat=True)[:RECENT]
        codes = {*newest, self.value() or ""} - {""}
        return [(code, code) for code in sorted(codes)[:MOST]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Generation]) -> QuerySet[Generation]:
        return queryset.filter(error_code=self.value()) if self.value() else queryset


@admin.register(Generation)
class GenerationAdmin(OpenedAdmin):
    """Runs of models as they are kept. The list shows no text and no title; a page does, and is recorded."""

    kind = Opening.Kind.GENERATION
    list_display = ["created", "model", "state", "error_code", "completion_tokens", "finished", "conversation_id"]
    list_filter = ["state", ErrorFilter, "created", WrittenFilter]
    sortable_by = ["created"]
    search_fields = ["response_id"]  # by get_search_results()
    search_help_text = "The id of a message, a chat or an endpoint's response."
    fieldsets = [
        (None, {"fields": ["conversation", "message", "ordinal", "start_offset", "state", "error_code", "error"]}),
        ("Model", {"fields": ["model", "persona", "system_prompt", "parameters", "finish_reason", "response_id"]}),
        ("Counts", {"fields": ["prompt_tokens", "completion_tokens", "cost"]}),
        ("Times", {"fields": ["created", "started", "first_token", "thought_ms", "finished", "stop_requested_at"]}),
        ("Waits", {"fields": ["first_token_ms", "longest_stall_ms"]}),
        ("Process", {"fields": ["owner", "claim", "lease", "attempt"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Generation]:
        generations: QuerySet[Generation] = super().get_queryset(request)
        return generations.filter(Exists(Conversation.objects.reviewable().filter(pk=OuterRef("conversation"))))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "conversation__user" or super().lookup_allowed(lookup, value, request)  # as the figures ask

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Generation], search_term: str
    ) -> tuple[QuerySet[Generation], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if pk := id_in(term):
            return queryset.filter(Q(message=pk) | Q(conversation=pk)), False
        return queryset.filter(response_id=term), False

    def opened(self, record: Generation) -> tuple[Conversation, UUID]:
        return record.conversation, record.message_id
