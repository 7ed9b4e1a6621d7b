"""The review list: what waits, by what matters, and what is next."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from chat.models import Conversation


class QueueingMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["title", "user", "message_count", "created", "updated"]
    list_filter = ["updated", "generations__state", "generations__model"]
    list_select_related = ["user"]
    search_fields = ["title", "messages__text", "user__username", "user__email"]
    date_hierarchy = "updated"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        conversations: QuerySet[Conversation] = super().get_queryset(request)
        return conversations.annotate(message_count=Count("messages", distinct=True))

    @admin.display(description="messages", ordering="message_count")
    def message_count(self, conversation: Conversation) -> int:
        return conversation.message_count  # type: ignore[attr-defined,no-any-return]
