"""What people say of their answers."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from chat.admin.filters import MOST, RECENT
from chat.admin.records import RecordAdmin
from chat.models import Conversation, Feedback

SHOWN = 200  # characters of a comment, in the list


class ModelFilter(admin.SimpleListFilter):
    """By who wrote the answer: those of which something was said last; another one can be named in the address."""

    title = "model"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        latest = model_admin.get_queryset(request).order_by("-updated", "-pk")
        models = {*latest.values_list("message__generations__model", flat=True)[:RECENT], self.value()}
        return [(model, model) for model in sorted(filter(None, models))[:MOST]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feedback]) -> QuerySet[Feedback]:
        return queryset.by(self.value()) if self.value() else queryset  # type: ignore[attr-defined]


@admin.register(Feedback)
class FeedbackAdmin(RecordAdmin):
    """Read alone; what is said in conversations that staff may not read is not here either."""

    list_display = ["value", "reasons_given", "comment_begins", "answered_by", "read", "updated"]
    list_filter = ["value", ModelFilter, "updated"]
    search_fields = ["comment"]
    fields = ["value", "reasons_given", "comment", "answered_by", "read", "created", "updated"]
    readonly_fields = ["reasons_given", "answered_by", "read"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        said = Feedback.objects.within(Conversation.objects.reviewable()).select_related("message")
        return said.defer("message__text", "message__reasoning").prefetch_related("message__generations")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Feedback:
        feedback: Feedback | None = super().get_object(request, object_id, from_field)
        if feedback is None:
            raise Http404
        return feedback

    @admin.display(description="reasons")
    def reasons_given(self, feedback: Feedback) -> str:
        return ", ".join(feedback.labels)

    @admin.display(description="comment", ordering="comment")
    def comment_begins(self, feedback: Feedback) -> str:
        comment = " ".join(feedback.comment.split())
        return comment if len(comment) <= SHOWN else f"{comment[: SHOWN - 1]}…"

    @admin.display(description="model")
    def answered_by(self, feedback: Feedback) -> str:
        return ", then ".join(feedback.message.provenance.models)

    @admin.display(description="conversation")
    def read(self, feedback: Feedback) -> str:
        """The way to it, without its title: who opens it is written down."""
        path = reverse("admin:chat_conversation_change", args=[feedback.message.conversation_id])
        return format_html('<a href="{}">Read the conversation</a>', path)
