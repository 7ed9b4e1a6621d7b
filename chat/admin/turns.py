"""Whose turn a conversation is: the next one of the list, claimed for a while; released, skipped, or gone on with."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from chat.admin.filters import me, waiting
from chat.admin.searching import id_in
from chat.admin.views import saved_query
from chat.models import Assignment, Conversation, Opening
from chat.models.conversation import ConversationQuerySet

FILTERS = "_changelist_filters"  # as the admin calls those of the list one came from
SKIPPED = "review-skipped"  # in the session
MOST_SKIPPED = 500
FROM = "from"  # in a form: the chat on whose page it is; empty in the list

by_button = method_decorator(require_POST)


class TurnsMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        one = "<uuid:conversation_id>"
        return [
            path("next/", view(self.next_view), name="chat_conversation_next"),
            path("unskip/", view(self.unskip_view), name="chat_conversation_unskip"),
            path(f"{one}/claim/", view(self.claim_view), name="chat_conversation_claim"),
            path(f"{one}/release/", view(self.release_view), name="chat_conversation_release"),
            path(f"{one}/skip/", view(self.skip_view), name="chat_conversation_skip"),
            path(f"{one}/extend/", view(self.extend_view), name="chat_conversation_extend"),
            *super().get_urls(),
        ]

    def may_take_turns(self, request: HttpRequest) -> bool:
        """Whether they read and judge; who only reads takes nothing out of the queue."""
        return self.has_view_permission(request) and me(request).has_perm("chat.add_verdict")

    @by_button
    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Claim what waits first of the list, as it is filtered, and go there.

        What they had claimed and said nothing of is passed over, as if they had skipped it: one person alone would
        claim the whole queue otherwise. What they claimed a moment ago, by a first press on the same page, they have
        not seen: the second press leads there too.
        """
        self._refuse_others(request)
        filters = filters_of(request)
        if found := just_claimed(request):
            return HttpResponseRedirect(to_page(found, filters))
        try:
            listed = self._listed(request, filters)
        except IncorrectLookupParameters:
            messages.error(request, "These filters don't fit together, so nothing was claimed.")
            return HttpResponseRedirect(to_list(""))
        skip(request, *Assignment.objects.release_silent(me(request)))
        wanted = waiting(listed, request)
        conversation = Assignment.objects.claim_next(me(request), wanted.exclude(pk__in=skipped_by(request)))
        if conversation is None:
            messages.info(request, why_nothing(request, wanted))
            return HttpResponseRedirect(to_list(filters))
        if request.GET.get("q"):  # where this leads tells that the words are in it, also who doesn't go there
            Opening.objects.record(me(request), [conversation], Opening.Kind.SEARCH)
        return HttpResponseRedirect(to_page(conversation, filters))

    @by_button
    def claim_view(self, request: HttpRequest, conversation_id: Any) -> HttpResponse:
        conversation = self._conversation(request, conversation_id)
        if not Assignment.objects.claim(me(request), conversation):
            messages.warning(request, "Somebody else has claimed this chat meanwhile.")
        return HttpResponseRedirect(to_page(conversation, filters_of(request)))

    @by_button
    def release_view(self, request: HttpRequest, conversation_id: Any) -> HttpResponse:
        conversation = self._conversation(request, conversation_id)
        if Assignment.objects.release(me(request), conversation):
            messages.success(request, "Released: it is anybody's again.")
        return HttpResponseRedirect(to_list(filters_of(request)))

    @by_button
    def skip_view(self, request: HttpRequest, conversation_id: Any) -> HttpResponse:
        """Release it, and take the next one; this one doesn't come again until they sign in anew."""
        conversation = self._conversation(request, conversation_id)
        skip(request, conversation.pk)
        Assignment.objects.release(me(request), conversation)
        return self.next_view(request)

    @by_button
    def unskip_view(self, request: HttpRequest) -> HttpResponse:
        """Have what they skipped come again."""
        self._refuse_others(request)
        request.session.pop(SKIPPED, None)
        messages.success(request, "What you had skipped comes again.")
        return HttpResponseRedirect(to_list(filters_of(request)))

    @by_button
    def extend_view(self, request: HttpRequest, conversation_id: Any) -> HttpResponse:
        """Their page says that it is worked on. 409 where the turn has passed to somebody else."""
        conversation = self._conversation(request, conversation_id)
        return HttpResponse(status=204 if Assignment.objects.extend(me(request), conversation) else 409)

    def _listed(self, request: HttpRequest, filters: str) -> ConversationQuerySet:
        """Return what the list shows under these filters, all pages of it."""
        request.GET = QueryDict(filters)
        listed: ConversationQuerySet = self.get_changelist_instance(request).queryset
        return listed

    def _conversation(self, request: HttpRequest, conversation_id: Any) -> Conversation:
        self._refuse_others(request)
        conversation: Conversation | None = self.get_queryset(request).filter(pk=conversation_id).first()
        if conversation is None:
            raise Http404
        return conversation

    def _refuse_others(self, request: HttpRequest) -> None:
        if not self.may_take_turns(request):
            raise PermissionDenied


def skipped_by(request: HttpRequest) -> list[str]:
    skipped: list[str] = request.session.get(SKIPPED, [])
    return skipped


def skip(request: HttpRequest, *conversations: UUID) -> None:
    if conversations:
        keys = [str(pk) for pk in conversations]
        request.session[SKIPPED] = [*(pk for pk in skipped_by(request) if pk not in keys), *keys][-MOST_SKIPPED:]


def just_claimed(request: HttpRequest) -> Conversation | None:
    """Return what whoever asks claimed a moment ago, unless the form stands on its page: then it has been seen."""
    if FROM not in request.POST:
        return None
    found = Assignment.objects.just_claimed(me(request)).exclude(conversation=id_in(request.POST[FROM])).first()
    return found.conversation if found else None


def why_nothing(request: HttpRequest, wanted: ConversationQuerySet) -> str:
    """Say why none of what waits in a list was claimed."""
    skipped = wanted.unclaimed().filter(pk__in=skipped_by(request)).count()
    others, mine = wanted.claimed_by_others(me(request)).count(), wanted.claimed_by(me(request)).count()
    claimed = [
        f"{number} {'is' if number == 1 else 'are'} claimed by {whom}"
        for number, whom in ((others, "others"), (mine, "you"))
        if number
    ]
    if not claimed:
        return "All that waits here you have skipped." if skipped else "Nothing in this list waits for a review."
    return f"Nothing here is free: {', '.join([*claimed, *([f'{skipped} you have skipped'] if skipped else [])])}."


def filters_of(request: HttpRequest) -> str:
    """Return the filters that an address keeps: a page has them in one parameter, a list has them bare.

    Not which page of the list it was: once a chat of it is judged, there may be no such page.
    """
    return saved_query(request.GET[FILTERS] if FILTERS in request.GET else request.GET.urlencode())


def to_list(filters: str) -> str:
    return f"{reverse('admin:chat_conversation_changelist')}{'?' if filters else ''}{filters}"


def to_page(conversation: Conversation, filters: str) -> str:
    page = reverse("admin:chat_conversation_change", args=[conversation.pk])
    return f"{page}?{urlencode({FILTERS: filters})}" if filters else page
