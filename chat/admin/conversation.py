from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from chat.admin.records import RecordAdmin
from chat.models import Conversation
from chat.pictures import pictures_of


@admin.register(Conversation)
class ConversationAdmin(RecordAdmin):
    view_on_site = False  # the page is its owner's
    list_display = ["title", "user", "message_count", "created", "updated"]
    list_filter = ["updated", "generations__state", "generations__model"]
    list_select_related = ["user"]
    search_fields = ["title", "messages__text", "user__username", "user__email"]
    date_hierarchy = "updated"
    fields = ["title", "user", "created", "updated", "transcript"]
    readonly_fields = ["transcript"]

    class Media:
        css = {"all": ["chat/css/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        conversations: QuerySet[Conversation] = super().get_queryset(request)
        return conversations.annotate(message_count=Count("messages", distinct=True))

    @admin.display(description="messages", ordering="message_count")
    def message_count(self, conversation: Conversation) -> int:
        return conversation.message_count  # type: ignore[attr-defined,no-any-return]

    @admin.display(description="transcript")
    def transcript(self, conversation: Conversation) -> str:
        """The conversation as its user sees it, by the same renderer."""
        pictures = pictures_of(conversation.thread())
        return render_to_string("admin/chat/transcript.html", {"pictures": pictures})
