"""Lists of what reviewers have said: to look it up; it is said, and changed, on the conversation's page.

They hold nothing of the conversations themselves, and nothing of those that staff may not read.
"""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from chat.admin.agreement import AgreementMixin
from chat.admin.dates import DATES_CSS, WhenFilter
from chat.admin.either import EitherFilter
from chat.admin.opened import OpenedAdmin
from chat.admin.records import RecordAdmin
from chat.models import Change, Conversation, Correction, Flag, Mention, Note, User, Verdict


class SaidAdmin(RecordAdmin):
    """`way` leads from a row to its conversation; `message_field` to the message it is about, where there is one."""

    way = "conversation"
    message_field = "message_id"
    list_display_links: Any = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(**{f"{self.way}__in": Conversation.objects.reviewable().values("pk")})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="where")
    def where(self, said: Any) -> str:
        """A link to what it is about."""
        conversation = said.message.conversation_id if self.way.startswith("message") else said.conversation_id
        message = getattr(said, self.message_field, None)
        address = reverse("admin:chat_conversation_change", args=[conversation])
        if message is None:
            return format_html('<a href="{}#judging">The conversation</a>', address)
        return format_html('<a href="{}?at={}#message-{}">An answer</a>', address, message, message)


class PersonFilter(admin.SimpleListFilter):
    """By who on the staff said it: a list of all who have an account would be long, and not everybody's to read."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = User.objects.filter(is_staff=True).order_by("username")
        return [(str(pk), name) for pk, name in people.values_list("pk", "username")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        is_id = value.isdecimal() and len(value) < 19
        return queryset.filter(**{str(self.parameter_name): int(value)}) if is_id else queryset.none()


def by(name: str) -> type[PersonFilter]:
    """Return the filter of a field that holds a person."""
    return type(f"{name.title()}Filter", (PersonFilter,), {"title": name.replace("_", " "), "parameter_name": name})


@admin.register(Verdict)
class VerdictAdmin(AgreementMixin, SaidAdmin):
    change_list_template = "admin/chat/verdict/change_list.html"
    list_display = ["where", "overall", "rubric", "reviewer", "is_authoritative", "updated"]
    list_filter = ["overall", "rubric", "is_authoritative", by("reviewer"), "created"]
    list_select_related = ["rubric", "reviewer"]
    search_fields = ["comment", "reviewer__username"]
    fields = [
        "where",
        "overall",
        "rubric",
        "reviewer",
        "marks",
        "comment",
        "is_authoritative",
        "decided_by",
        "created",
        "updated",
    ]
    readonly_fields = ["where", "marks"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Verdict]:
        """Who has not judged yet is not told what others found: so whoever doesn't decide sees their own."""
        verdicts: QuerySet[Verdict] = super().get_queryset(request)
        return verdicts if request.user.has_perm("chat.decide_verdict") else verdicts.filter(reviewer=request.user.pk)

    @admin.display(description="answers to the rubric")
    def marks(self, verdict: Verdict) -> SafeString | str:
        marks = verdict.marks.select_related("criterion").order_by("criterion__position", "criterion")
        said = ((mark.criterion.name, mark.answer) for mark in marks)
        return format_html_join("", "<div>{}: {}</div>", said) or "—"


@admin.register(Note)
class NoteAdmin(SaidAdmin):
    change_list_template = "admin/chat/note/change_list.html"
    list_display = ["where", "text", "author", "created", "edited"]
    list_filter = [by("author"), "created"]
    list_select_related = ["author"]
    search_fields = ["text", "author__username"]
    fields = ["where", "text", "author", "created", "edited"]
    readonly_fields = ["where"]

    def get_urls(self) -> list[URLPattern]:
        mentions = path("mentions/", self.admin_site.admin_view(self.mentions), name="chat_note_mentions")
        return [mentions, *super().get_urls()]

    def mentions(self, request: HttpRequest) -> HttpResponse:
        """Where others have mentioned whoever asks: what waits first, then what was seen."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        mentions = Mention.objects.filter(user=request.user.pk, note__in=self.get_queryset(request))
        context = {
            **self.admin_site.each_context(request),
            "title": "Where you were mentioned",
            "opts": self.opts,
            "mentions": mentions.select_related("note__author").order_by(F("seen").desc(nulls_first=True), "-pk")[:200],
        }
        return TemplateResponse(request, "admin/chat/note/mentions.html", context)


class IsUpFilter(EitherFilter):
    title, parameter_name, field = "whether it is up", "down", "taken_down"
    filled, empty = "Taken down", "Up"


@admin.register(Flag)
class FlagAdmin(SaidAdmin):
    list_display = ["where", "reason", "raised_by", "raised", "taken_down", "taken_down_by"]
    list_filter = [IsUpFilter, by("raised_by"), "raised"]
    list_select_related = ["raised_by", "taken_down_by"]
    search_fields = ["reason"]
    fields = ["where", "reason", "raised_by", "raised", "taken_down", "taken_down_by"]
    readonly_fields = ["where"]


@admin.register(Correction)
class CorrectionAdmin(OpenedAdmin, SaidAdmin):
    """One begins with the answer's own words, so a page that shows one is an opening."""

    way = "message__conversation"
    list_display = ["where", "author", "updated"]
    list_filter = [by("author"), "updated"]
    list_select_related = ["author", "message"]
    search_fields = ["author__username"]  # not the text, which may be the answer's
    fields = ["where", "text", "author", "created", "updated"]
    readonly_fields = ["where"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        """As with verdicts: whoever doesn't decide sees their own here, and others' once they have judged."""
        corrections: QuerySet[Correction] = super().get_queryset(request)
        return (
            corrections if request.user.has_perm("chat.decide_verdict") else corrections.filter(author=request.user.pk)
        )

    def opened(self, record: Correction) -> tuple[Conversation, UUID]:
        return record.message.conversation, record.message_id


@admin.register(Change)
class ChangeAdmin(OpenedAdmin, SaidAdmin):
    """As that of a correction may be."""

    message_field = ""
    list_display = ["when", "actor", "of", "kind", "about"]
    list_filter = ["of", "kind", by("actor"), WhenFilter]
    list_select_related = ["actor"]
    list_display_links = ["when"]
    fields = ["when", "actor", "of", "kind", "before", "after"]

    class Media:
        css = DATES_CSS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Change]:
        changes: QuerySet[Change] = admin.ModelAdmin.get_queryset(self, request)
        there = Q(conversation=None) | Q(conversation__in=Conversation.objects.reviewable().values("pk"))
        if not request.user.has_perm("chat.decide_verdict"):
            there &= ~Q(of__in=[Change.Of.VERDICT, Change.Of.CORRECTION]) | Q(actor=request.user.pk)
        return changes.filter(there)

    @admin.display(description="about")
    def about(self, change: Change) -> str:
        if change.conversation_id is None:
            return "—"
        address = reverse("admin:chat_conversation_change", args=[change.conversation_id])
        return format_html('<a href="{}#judging">The conversation</a>', address)

    def opened(self, record: Change) -> tuple[Conversation | None, None]:
        return record.conversation, None
