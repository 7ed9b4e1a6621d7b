"""The review list: what waits, by what matters, and what is next."""

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from chat.admin.filters import FILTERS, me, unknown_in
from chat.admin.rows import Row, rows_of
from chat.admin.searching import conversations_found, id_in, people_called
from chat.admin.turns import TurnsMixin, skipped_by
from chat.admin.views import offered_views, saved_query
from chat.models import Conversation, Opening
from chat.models.conversation import ConversationQuerySet
from chat.models.search import Hit, Query
from chat.reasons import reason_for
from chat.templatetags.chat import marked


class QueueingMixin(TurnsMixin):
    list_display = ["chat_title", "marks", "owner", "models", "messages", "last_turn"]
    list_display_links = ["chat_title"]
    list_filter = FILTERS
    list_select_related = ["user"]
    ordering = ["-updated", "-pk"]
    sortable_by = ["last_turn"]  # the database keeps no other order
    search_fields = ["title"]  # by get_search_results()
    search_help_text = "Words that were said, the beginning of a user's name, or the id of a chat."
    change_list_template = "admin/chat/conversation/change_list.html"

    class Media:
        css = {"all": ["chat/css/admin-queue.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        conversations: ConversationQuerySet = super().get_queryset(request)  # type: ignore[assignment]
        return conversations.reviewable()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if pk := id_in(term):
            return queryset.filter(pk=pk), False
        found = list(self._hits(request, term))
        people = people_called(term, by_email=me(request).has_perm("chat.view_user"))
        return queryset.filter(Q(pk__in=found) | Q(user__in=people) if people else Q(pk__in=found)), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        views = offered_views(request)
        context = {
            "title": "Review",
            "views": views,
            "query_to_save": saved_query(request.GET.urlencode()),
            "may_take_turns": self.may_take_turns(request),
            "unknown": unknown_in(request, request.GET),
            "has_skipped": bool(skipped_by(request)),
            "may_save_views": me(request).has_perm("chat.add_savedview") and not any(view.is_current for view in views),
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        if changelist is not None:
            self._prepare(request, changelist)
        return response

    def _prepare(self, request: HttpRequest, changelist: Any) -> None:
        """Gather what the rows of this page show, and note that it is shown, before any of it is drawn."""
        conversations: list[Conversation] = list(changelist.result_list)
        term = changelist.query.strip()
        rows = rows_of(conversations, Query(term), self._hits(request, term))
        for conversation in conversations:
            conversation.row = rows[conversation.pk]  # type: ignore[attr-defined]
            conversation.reader = me(request)  # type: ignore[attr-defined]
        changelist.result_list = conversations
        for conversation in conversations:
            if reason_for(request.session, conversation.pk) is None:  # it is said on its page
                rows[conversation.pk].snippet = []
        hits = [each for each in conversations if rows[each.pk].is_hit]
        Opening.objects.record_listed(me(request), [each for each in conversations if each not in hits])
        Opening.objects.record(me(request), hits, Opening.Kind.SEARCH)

    def _hits(self, request: HttpRequest, term: str) -> dict[uuid.UUID, Hit]:
        """Return the best hit of each conversation; the index is asked once a request."""
        known: tuple[str, dict[uuid.UUID, Hit]] | None = getattr(request, "review_hits", None)
        if known is None or known[0] != term:
            known = (term, conversations_found(Query(term)))
            request.review_hits = known  # type: ignore[attr-defined]
        return known[1]

    # Columns

    @admin.display(description="chat")
    def chat_title(self, conversation: Conversation) -> SafeString:
        row = row_of(conversation)
        snippet = format_html('<span class="review-snippet">{}</span>', marked(row.snippet)) if row.snippet else ""
        return format_html('<span class="review-title">{}</span>{}', marked(row.title), snippet)

    @admin.display(description="user")
    def owner(self, conversation: Conversation) -> SafeString:
        name = "Guest" if conversation.user.is_guest else conversation.user.get_username()
        return format_html('<a href="?user__id__exact={}">{}</a>', conversation.user_id, name)

    @admin.display(description="state")
    def marks(self, conversation: Conversation) -> SafeString | None:
        marks = row_of(conversation).marks(conversation.reader)  # type: ignore[attr-defined]
        return format_html("{} " * len(marks), *marks) if marks else None

    @admin.display(description="models")
    def models(self, conversation: Conversation) -> SafeString | None:
        models = ((model,) for model in sorted(row_of(conversation).models))
        return format_html_join("", '<span class="review-model">{}</span>', models) or None

    @admin.display(description="messages")
    def messages(self, conversation: Conversation) -> int:
        return row_of(conversation).messages

    @admin.display(description="last turn", ordering="updated")
    def last_turn(self, conversation: Conversation) -> str:
        return date_format(timezone.localtime(conversation.updated), "DATETIME_FORMAT")


def row_of(conversation: Conversation) -> Row:
    row: Row = conversation.row  # type: ignore[attr-defined]
    return row
