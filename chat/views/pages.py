"""The one page of the chat, and the two ways to answer a form on it: a fragment for htmx, else the page."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from chat import parts
from chat.forms import MessageForm
from chat.horizon import horizon_of
from chat.listing import Key, Listing, listing, zone_of
from chat.models import Conversation, Message, Turn, User
from chat.models.allowance import Allowance
from chat.parts import Part
from chat.pictures import pictures_of
from chat.streaming import upstream
from chat.streaming.runner import runner
from chat.suggestions import SUGGESTIONS
from chat.undoing import undoable
from chat.views.choices import beginning, models_on_offer
from chat.views.notices import notice
from chat.views.requests import Request


class SeeOther(HttpResponseRedirect):
    """Where to look after a POST, by GET (RFC 9110, 15.4.4)."""

    status_code = 303


@dataclass(frozen=True)
class Editor:
    """The form in a question's place, by which it is asked in other words; `sentence` says why that was not sent."""

    question: Message
    draft: str
    sentence: str = ""

    @property
    def form(self) -> MessageForm:
        """One of its own, for the composer's key is another's."""
        return MessageForm(auto_id=False)

    @property
    def trouble_id(self) -> str:
        return f"trouble-{self.question.pk}"

    def part_of(self, thread: list[Message]) -> Part:
        """Return a part of a branch that the question is on: of what is shown, unless another was chosen meanwhile."""
        branch = thread if self.question in thread else [*self.question.before(), self.question]
        return parts.around(branch, branch.index(self.question))


def page(
    request: Request,
    conversation: Conversation | None = None,
    *,
    part: Part | None = None,
    form: MessageForm | None = None,
    editor: Editor | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show a conversation (its newest part, unless another is asked for), or an empty one.

    `form` keeps a draft that could not be sent, `sentence` says why.
    """
    if part is None:
        thread = conversation.thread() if conversation else []
        part = editor.part_of(thread) if editor else parts.newest(thread)
    surroundings = _surroundings(request, conversation)
    context = {
        **surroundings,
        **_shown(part),
        "draft": form.data.get("text", "") if form else "",
        "editor": editor,
        "limit": settings.CHAT_MAX_MESSAGE_CHARACTERS,
        "model": upstream.source(surroundings["models"].names),
        "sentence": sentence,
        "suggestions": SUGGESTIONS,
        "undoable": undoable(request.user) if request.user.is_authenticated else [],
    }
    return render(request, "chat/page.html", context, status=status)


def refusal(
    request: Request, conversation: Conversation | None, form: MessageForm, sentence: str, status: int
) -> HttpResponse:
    """Say why a message was not sent, and keep it."""
    if request.htmx:
        return notice(request, sentence, status=status)
    return page(request, conversation, form=form, sentence=sentence, status=status)


def turn_started(request: Request, turn: Turn) -> HttpResponse:
    """Start the answer and show the turn; one that was there already is shown where it stands."""
    conversation = turn.question.conversation
    if turn.is_new:
        runner.start(turn.generation.pk)
    if not request.htmx:
        return SeeOther(conversation.get_absolute_url())
    if not turn.is_new or _page_is_behind(request, turn):
        return HttpResponseClientRedirect(conversation.get_absolute_url())
    context = {
        **_surroundings(request, conversation),
        "answering": turn.answer,
        "pictures": pictures_of([turn.question, turn.answer]),
    }
    return render(request, "chat/turn.html", context)


def _page_is_behind(request: Request, turn: Turn) -> bool:
    """Whether the turn hangs below another message than the page shows last (news.js says which): one that was sent
    from another tab belongs in between."""
    last = request.POST.get("last", "")
    return bool(last) and last != str(turn.question.parent_id)


def said_since(request: Request, conversation: Conversation, thread: list[Message], place: int) -> HttpResponse:
    """Bring a page up to date that was left alone and ends before `place`: by what was said since, or, where that is
    more than a page shows, by loading it anew. Its composer stays as it is, for there may be a draft in it."""
    if place == len(thread):
        return list_changed(request, conversation)
    if place < parts.newest(thread).start:
        return HttpResponseClientRefresh()
    context = {**_surroundings(request, conversation), **_shown(Part(thread, place, len(thread)))}
    return render(request, "chat/since.html", context)


def thread_changed(request: Request, conversation: Conversation) -> HttpResponse:
    """Show the way the thread takes now."""
    if not request.htmx:
        return SeeOther(conversation.get_absolute_url())
    part = parts.newest(conversation.thread())
    return render(request, "chat/changed.html", {**_surroundings(request, conversation), **_shown(part)})


def title_shown(request: Request, conversation: Conversation, naming: dict[str, Any]) -> HttpResponse:
    """Put a conversation's title wherever the page shows it, or keep the page asking (`naming`: titles.py)."""
    context = naming or _surroundings(request, conversation)
    return render(request, "chat/title.html", context)


def part_alone(request: Request, conversation: Conversation, part: Part, place: str) -> HttpResponse:
    """Add a part to a page whose place in the thread is `earlier` or `later` than what it shows."""
    return render(request, f"chat/{place}.html", {"conversation": conversation, **_shown(part)})


def _shown(part: Part) -> dict[str, Any]:
    pictures = pictures_of(part.messages)  # which fetches what is asked of them, for all at once
    return {"answering": part.answering, "horizon": horizon_of(part.thread), "part": part, "pictures": pictures}


def list_changed(request: Request, conversation: Conversation | None) -> HttpResponse:
    """Bring the list of chats up to date, where it isn't: a page says what it shows."""
    context = _surroundings(request, conversation)
    if request.GET.get("list", "") in ("", context["chats"].version):
        return HttpResponse(status=204)
    return render(request, "chat/partials/chats.html", {**context, "is_update": True})


def list_of(request: HttpRequest, *, until: Key | None = None) -> Listing:
    """Return the list of chats of whoever asks; a visitor has none."""
    return listing(request.user, zone_of(request), until=until) if request.user.is_authenticated else Listing()


def _surroundings(request: Request, conversation: Conversation | None) -> dict[str, Any]:
    """What stands around a thread: the list of chats, and an empty form."""
    return {
        "asking": None if conversation else beginning(request),
        "chats": list_of(request),
        "conversation": conversation,
        "form": MessageForm(auto_id=False),  # a page may hold two
        "is_temporary": conversation.is_temporary if conversation else _asks_for_temporary(request),
        "models": models_on_offer(request, conversation),
        "running_out": running_out(request.user),
    }


def running_out(user: User | AnonymousUser) -> Allowance | None:
    """Return what the line below the composer warns of; a visitor has used nothing yet."""
    return user.running_out() if isinstance(user, User) else None


def _asks_for_temporary(request: Request) -> bool:
    return bool(request.POST.get("temporary") or request.GET.get("temporary"))
