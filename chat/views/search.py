"""Looking for what was said: results in the sidebar as one types, or on a page of their own; and the way to one."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from chat.accounts import may_be_guest, sign_in_guest
from chat.errors import Gone
from chat.models import Conversation, Message, SearchEntry, User
from chat.models.search import Found, Query
from chat.parts import address
from chat.snippets import Marker, Piece
from chat.views.access import member_required, own_message, sign_in_first
from chat.views.pages import SeeOther
from chat.views.requests import MemberRequest, Request

SIZE = 20  # results of a page
LONGEST = 1_600  # characters of an address for the words to be marked; a snippet of hits has no more
SHOWN = 1_000  # characters of a message in another version
NOTHING = Found([], is_all=True)


@dataclass(frozen=True)
class Result:
    conversation: Conversation
    message: Message | None
    """None: the title was found, and no message."""
    title: list[Piece]
    snippet: list[Piece]

    @property
    def when(self) -> datetime:
        return self.message.created if self.message else self.conversation.updated

    @property
    def url(self) -> str:
        if self.message is None:
            return self.conversation.get_absolute_url()
        words = dict.fromkeys(" ".join(piece.text.split()) for piece in self.snippet if piece.is_hit)
        find = urlencode({"find": list(words)}, doseq=True)
        return f"{reverse('chat:message', args=[self.message.pk])}{'?' if find else ''}{find}"


@dataclass(frozen=True)
class Results:
    """A page of what was found."""

    text: str
    query: Query
    results: list[Result]
    count: int
    is_all: bool
    number: int

    @property
    def sentence(self) -> str:
        if not self.query:
            return ""
        if not self.is_all:
            return f"The newest {self.count} results"
        return {0: "No results", 1: "1 result"}.get(self.count, f"{self.count} results")

    @property
    def more(self) -> str:
        """Where the next page is; "" where this is the last."""
        query = urlencode({"q": self.text, "page": self.number + 1})
        return f"{reverse('chat:search')}?{query}" if self.number * SIZE < self.count else ""


@require_safe
@vary_on_headers("HX-Request")  # or Back might bring the results alone for the page
def search(request: Request) -> HttpResponse:
    """What was found for `q`, a page at a time. A visitor who has no chats yet finds nothing."""
    user = request.user if request.user.is_authenticated else sign_in_guest(request, is_new=False)
    if user is None and not may_be_guest():
        return sign_in_first(request)
    text, page = request.GET.get("q", "").strip(), request.GET.get("page", "")
    number = int(page) if page.isdecimal() and len(page) < 4 else 1
    results = _results(user, text, max(number, 1))
    template = "chat/search.html"
    if request.htmx:
        template = "chat/found.html" if number <= 1 else "chat/partials/results.html"
    return render(request, template, {"found": results})


def _results(user: User | None, text: str, number: int) -> Results:
    query = Query(text)
    found = SearchEntry.objects.search(query, user.pk) if user else NOTHING
    here = [hit.entry for hit in found.hits[(number - 1) * SIZE : number * SIZE]]
    entries = SearchEntry.objects.shown(here)
    marker = Marker(query)
    results = [_result(marker, entries[pk]) for pk in here if pk in entries]
    return Results(text, query, results, len(found.hits), found.is_all, number)


def _result(marker: Marker, entry: SearchEntry) -> Result:
    message, title = entry.message, marker.marked(entry.conversation.title)
    if message is None:
        return Result(entry.conversation, None, title, [])
    is_answer = message.role == Message.Role.ASSISTANT
    return Result(entry.conversation, message, title, marker.snippet(message.text, is_markdown=is_answer))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def message(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """Lead to a message. Where the thread takes another way, looking changes nothing: a button has it lead there."""
    message = own_message(request, message_id)
    conversation = message.conversation
    words = request.GET.getlist("find")
    if len(urlencode({"find": words}, doseq=True)) > LONGEST:
        words = []
    if request.method == "POST":
        try:
            conversation.show(message)
        except Gone:
            raise Http404 from None
        return SeeOther(address(conversation, message, words))
    if message in conversation.thread():
        return HttpResponseRedirect(address(conversation, message, words))
    return render(request, "chat/elsewhere.html", {"message": message, "beginning": message.text[:SHOWN]})
