"""Records whose own page shows something of a conversation: it is in the read log before anything is drawn."""

from typing import Any
from uuid import UUID

from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from chat.admin.filters import me
from chat.admin.records import RecordAdmin
from chat.models import Conversation, Opening
from chat.reasons import reason_for


class OpenedAdmin(RecordAdmin):
    kind = Opening.Kind.MESSAGE

    def opened(self, record: Any) -> tuple[Conversation | None, UUID | None]:
        """Return the conversation that a record's page shows something of, if any, and the message."""
        raise NotImplementedError

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        first = self._note(request, object_id)
        return first or super().change_view(request, object_id, form_url, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        first = self._note(request, object_id)
        response: HttpResponse = first or super().history_view(request, object_id, extra_context)
        return response

    def _note(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """Note the opening; where whoever asks has yet to say why, return the way to where they do."""
        record = self.get_object(request, unquote(object_id))  # as the page itself finds it
        conversation, message_id = self.opened(record) if record else (None, None)
        if conversation is None or not self.has_view_permission(request, record):
            return None
        reason = reason_for(request.session, conversation.pk)
        if reason is None:
            return HttpResponseRedirect(reverse("admin:chat_conversation_change", args=[conversation.pk]))
        Opening.objects.record(me(request), [conversation], self.kind, message_id, reason)
        return None
