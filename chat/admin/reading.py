"""A conversation's page: the transcript as its user sees it, with what its answers took beside each."""

from django.contrib import admin
from django.template.loader import render_to_string

from chat.models import Conversation
from chat.pictures import pictures_of


class ReadingMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    fields = ["title", "user", "created", "updated", "transcript"]
    readonly_fields = ["transcript"]

    @admin.display(description="transcript")
    def transcript(self, conversation: Conversation) -> str:
        """The conversation as its user sees it, by the same renderer."""
        pictures = pictures_of(conversation.thread())
        return render_to_string("admin/chat/transcript.html", {"pictures": pictures})
