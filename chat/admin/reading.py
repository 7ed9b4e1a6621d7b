"""A conversation's page: the transcript as its user sees it, with what its answers took beside each.

It is read, not changed: which versions are shown is a matter of the address, and the one thing that is written is the
read log, before anything is drawn.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from chat.asides import Aside, asides_of
from chat.models import Assignment, Conversation, Message, Opening
from chat.models.generation import State
from chat.models.provenance import price_of
from chat.parts import Part, asked_for, newest
from chat.pictures import Picture, pictures_of
from chat.reasons import ReasonForm, keep_reason, reason_for

CHANGELIST = "_changelist_filters"  # what the admin calls the query of the list that led here
WAYS = (
    "at",
    "before",
    "after",
    CHANGELIST,
)  # in the address: what to lead through, and what to show of it


@dataclass(frozen=True)
class Entry:
    """A message of the transcript and, where it is an answer, what stands beside it."""

    picture: Picture
    aside: Aside | None

    @property
    def message(self) -> Message:
        return self.picture.message


class ReadingMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    def get_urls(self) -> list[URLPattern]:
        give = path("<uuid:conversation_id>/reason/", self.admin_site.admin_view(self.give_reason), name=REASON)
        return [give, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied  # a record
        conversation = self.reviewable(request, object_id)
        return self.show(request, conversation, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Its heading is the title, so this is an opening too; who hasn't said why is asked on the page."""
        conversation = self.reviewable(request, object_id)
        reason = reason_for(request.session, conversation.pk)
        if reason is None:
            return HttpResponseRedirect(self._address(request, conversation))
        Opening.objects.record(request.user, [conversation], Opening.Kind.PAGE, reason=reason)  # type: ignore[arg-type]
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        return response

    def show(
        self,
        request: HttpRequest,
        conversation: Conversation,
        extra_context: dict[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """Answer with the page of a conversation, once its opening is recorded; or ask first why it is opened."""
        reason = reason_for(request.session, conversation.pk)
        if reason is None:
            if status == 200:
                return self._ask_why(request, conversation, ReasonForm())
            return self._ask_why(request, conversation, ReasonForm(prefix=ALONG), status=403)
        Opening.objects.record(request.user, [conversation], Opening.Kind.PAGE, reason=reason)  # type: ignore[arg-type]
        context = {**self._page(request, conversation), **(extra_context or {})}
        return TemplateResponse(request, "admin/chat/conversation/change_form.html", context, status=status)

    def give_reason(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        """Keep why somebody opens a conversation, and show it."""
        conversation = self.reviewable(request, str(conversation_id))
        if request.method != "POST":
            return HttpResponseRedirect(self._address(request, conversation))
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return self._ask_why(request, conversation, form, status=400)
        keep_reason(request.session, conversation.pk, form.cleaned_data["reason"])
        return HttpResponseRedirect(self._address(request, conversation))

    def take_reason(self, request: HttpRequest, conversation: Conversation) -> HttpResponse | None:
        """Keep the reason that was sent along with another form, if there is one; ask again where it is not right."""
        form = ReasonForm(request.POST, prefix=ALONG)
        if form.add_prefix("reason") not in request.POST:
            return None
        if not form.is_valid():
            return self._ask_why(request, conversation, form, status=400)
        keep_reason(request.session, conversation.pk, form.cleaned_data["reason"])
        return None

    def reviewable(self, request: HttpRequest, object_id: str) -> Conversation:
        """Return a conversation that staff may read, if whoever asks may."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        pk = uuid_in(object_id)
        found = Conversation.objects.reviewable().select_related("user", "persona").filter(pk=pk).first()
        if pk is None or found is None:
            raise Http404
        return found

    def _ask_why(
        self, request: HttpRequest, conversation: Conversation, form: ReasonForm, status: int = 200
    ) -> HttpResponse:
        """Ask by a form that leads to the page, or to where another form was sent, with what was in that one."""
        address = f"{reverse(f'admin:{REASON}', args=[conversation.pk])}{self._way(request)}"
        context = {
            **self.admin_site.each_context(request),
            "title": "Why do you open this?",
            "opts": self.opts,
            "form": form,
            "action": request.get_full_path() if form.prefix else address,
            "sent": sent_beside(form, request) if form.prefix else [],
        }
        return TemplateResponse(request, "admin/chat/conversation/reason.html", context, status=status)

    def _address(self, request: HttpRequest, conversation: Conversation) -> str:
        return reverse("admin:chat_conversation_change", args=[conversation.pk]) + self._way(request)

    def _way(self, request: HttpRequest) -> str:
        """Return those parts of the query by which a page finds its place."""
        query = urlencode({name: request.GET[name] for name in WAYS if name in request.GET})
        return f"?{query}" if query else ""

    # What the page shows

    def way_back(self, request: HttpRequest) -> dict[str, str]:
        """Return how the page's forms and links carry the filters of the list that led here."""
        preserved = self.get_preserved_filters(request)
        return {"preserved_filters": preserved, "kept": f"&{preserved}" if preserved else ""}  # `kept` ends links

    def _page(self, request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
        drawn = timezone.now()
        through = uuid_in(request.GET.get("at", ""))
        thread = conversation.thread(through)
        part = asked_for(thread, request.GET) or newest(thread)
        pictures = pictures_of(part.messages)
        prefetch_related_objects(part.messages, "author")
        asides = asides_of(part.messages)
        return {
            **self.admin_site.each_context(request),
            "title": conversation.title,
            "opts": self.opts,
            "original": conversation,
            "conversation": conversation,
            "media": self.media,
            "may_delete": self.has_delete_permission(request, conversation),
            "may_see_user": request.user.has_perm("chat.view_user"),
            "may_see_generations": request.user.has_perm("chat.view_generation"),
            "part": part,
            "way": urlencode({"at": through}) + "&" if through and _leads_through(part, through) else "",
            "entries": [Entry(each, asides.get(str(each.message.pk))) for each in pictures],
            "figures": figures_of(conversation),
            "flags": conversation.flags.up().select_related("raised_by"),
            "assignment": Assignment.objects.of(conversation),
            **self.way_back(request),
            **self.judging_context(request, conversation, part.messages, drawn),  # type: ignore[attr-defined]
        }


REASON = "chat_conversation_reason"
ALONG = "opening"  # tells the reason from the fields of a form that it is asked for along with


def sent_beside(form: ReasonForm, request: HttpRequest) -> list[tuple[str, str]]:
    """Return all that was sent but the reason."""
    ours = ("csrfmiddlewaretoken", form.add_prefix("reason"))
    return [(name, value) for name, values in request.POST.lists() if name not in ours for value in values]


def _leads_through(part: Part, message_id: UUID) -> bool:
    return any(message.pk == message_id for message in part.thread)


def figures_of(conversation: Conversation) -> dict[str, Any]:
    """Return what all answers of a conversation come to, those of every version."""
    answers = conversation.messages.filter(role=Message.Role.ASSISTANT)
    troubled = Q(state__in=[State.FAILED, State.INTERRUPTED])
    figures = {
        "messages": conversation.messages.count(),
        "answers": answers.count(),
        **conversation.generations.aggregate(
            tokens=Sum("completion_tokens"), cost=Sum("cost"), troubled=Count("pk", filter=troubled)
        ),
    }
    return {**figures, "price": price_of(figures["cost"])}


def uuid_in(value: str) -> UUID | None:
    """Read an id; None for anything else."""
    try:
        return UUID(value)
    except ValueError:
        return None
