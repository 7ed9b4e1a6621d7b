"""The chat's pages: a new conversation, and one that is there."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh, push_url

from chat.accounts import may_be_guest, offer_guest_cookie, sign_in_guest
from chat.errors import ChatError
from chat.forms import MessageForm
from chat.guests import refuse_haste
from chat.models import Conversation
from chat.models.generation import State
from chat.parts import asked_for, newest
from chat.persona_forms import AskingForm
from chat.streaming import upstream
from chat.views.access import member_required, own_conversation, sign_in_first
from chat.views.choices import wanted_model
from chat.views.pages import page, part_alone, refusal, said_since, turn_started
from chat.views.requests import MemberRequest, Request


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    if not request.user.is_authenticated and not may_be_guest():
        return sign_in_first(request)
    return _begin(request) if request.method == "POST" else _welcome(request)


def _welcome(request: Request) -> HttpResponse:
    if not request.user.is_authenticated:
        sign_in_guest(request, is_new=False)
    response = page(request)
    offer_guest_cookie(request, response)
    return response


def _begin(request: Request) -> HttpResponse:
    """Store the first question; a visitor becomes a guest by it."""
    if not request.user.is_authenticated:
        sign_in_guest(request, is_new=False)  # who has personas of their own
    form, asking = MessageForm(request.POST), AskingForm(request.POST, user=request.user)
    if not (form.is_valid() and asking.is_valid()):
        return refusal(request, None, form, form.sentence or asking.sentence, 400)
    text, key = form.cleaned_data["text"], form.cleaned_data["key"]
    try:
        user = request.user if request.user.is_authenticated else sign_in_guest(request, is_new=True)
        if user is None:
            return sign_in_first(request)
        refuse_haste(request)
        model = wanted_model(request)
        asked = {**asking.values, "is_temporary": bool(request.POST.get("temporary"))}
        turn = Conversation.objects.begin(user, text, key, model or upstream.default_model(), model=model, **asked)
    except ChatError as error:
        return refusal(request, None, form, error.sentence, error.status)
    response = turn_started(request, turn)
    return push_url(response, turn.question.conversation.get_absolute_url()) if turn.is_new else response


@require_safe
@member_required
def news(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """What a page doesn't show yet whose last message is `last`, in `state`: nothing, what was said since, or (where
    the thread took another way, or its last message has changed) the page itself, anew."""
    conversation = own_conversation(request, conversation_id)
    thread = conversation.thread()
    shown = [str(message.pk) for message in thread]
    last, state = request.GET.get("last", ""), request.GET.get("state", "")
    if last not in shown:
        return HttpResponseClientRefresh()
    place = shown.index(last)
    if state not in State.active() and thread[place].state != state:  # one that grows there has a stream of its own
        return HttpResponseClientRefresh()
    return said_since(request, conversation, thread, place + 1)


@require_safe
@vary_on_headers("HX-Request")  # or Back might bring a part alone for the page
@member_required
def show(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The newest part of a conversation, or the one before, after or around a message. One that is not there (any
    more) counts for nothing; a page on which it was is loaded anew."""
    conversation = own_conversation(request, conversation_id)
    thread = conversation.thread()
    part = asked_for(thread, request.GET)
    if not request.htmx:
        return page(request, conversation, part=part or newest(thread))
    if part is None:
        return HttpResponseClientRefresh()
    return part_alone(request, conversation, part, "later" if "after" in request.GET else "earlier")
