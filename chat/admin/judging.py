"""What reviewers say at a conversation: verdicts, notes, flags, corrections."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from chat.models import Conversation, Message


class JudgingMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    def judging_context(
        self, request: HttpRequest, conversation: Conversation, messages: Sequence[Message]
    ) -> dict[str, Any]:
        """Return what the forms on a conversation's page need."""
        return {}
