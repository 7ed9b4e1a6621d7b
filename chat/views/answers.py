"""What a person may do with an answer: stop it, have it go on, have it written anew, and choose among its versions."""

import time
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from chat.errors import ChatError
from chat.guests import refuse_haste
from chat.models import Conversation, Generation, Message
from chat.parts import address
from chat.pictures import picture_of
from chat.streaming.runner import runner
from chat.views.access import member_required, own_message
from chat.views.choices import model_for
from chat.views.notices import notice
from chat.views.pages import SeeOther, page, running_out
from chat.views.requests import MemberRequest

STOP_SECONDS = 2.0


@require_POST
@member_required
def stop(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """Ask for the end of an answer. The stream shows it; an answer that has ended already stays as it is."""
    message = own_message(request, message_id)
    if message.generation and message.generation.is_active:
        message.generation.request_stop()
        runner.stop(message.generation)
    if request.htmx:
        return HttpResponse(status=204)
    if message.generation:
        _wait_for_its_end(message.generation)
    return SeeOther(message.conversation.get_absolute_url())


def _wait_for_its_end(generation: Generation) -> None:
    """Give its writer the moment it takes (a frame here, up to a second in another process): a page without script
    shows for good what is there when it is drawn."""
    give_up = time.monotonic() + STOP_SECONDS
    active = Generation.objects.active().filter(pk=generation.pk)
    while active.exists() and time.monotonic() < give_up:
        time.sleep(0.05)


@require_POST
@member_required
def proceed(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """Continue an answer that ended early, in the same message; without text that is trying again."""
    message = own_message(request, message_id)
    conversation = message.conversation
    try:
        refuse_haste(request)
        generation = conversation.proceed(message, model_for(request, conversation))
    except ChatError as error:
        return _refusal(request, conversation, error)
    runner.start(generation.pk)
    if not request.htmx:
        return SeeOther(conversation.get_absolute_url())
    return _in_its_place(request, message.pk)


@require_POST
@member_required
def regenerate(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """Write an answer anew, as another version beside it; what is being written in the conversation is stopped."""
    message = own_message(request, message_id, role=Message.Role.ASSISTANT)
    conversation = message.conversation
    running = Generation.objects.active().filter(conversation=conversation).first()
    try:
        refuse_haste(request)
        version = conversation.regenerate(message, model_for(request, conversation))
    except ChatError as error:
        return _refusal(request, conversation, error)
    if running and running.message_id != version.pk:
        runner.stop(running)
    if version.generation:
        runner.start(version.generation.pk)
    if not request.htmx:
        return _shown_at(version)
    return _from_its_end(request, conversation) if message.children.exists() else _in_its_place(request, version.pk)


@require_POST
@member_required
def choose(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """Show this version of a message, and what hangs below it."""
    message = own_message(request, message_id)
    message.choose()
    return _shown_at(message)


def _refusal(request: MemberRequest, conversation: Conversation, error: ChatError) -> HttpResponse:
    if request.htmx:
        return notice(request, error.sentence, status=error.status)
    return page(request, conversation, sentence=error.sentence, status=error.status)


def _in_its_place(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """Answer htmx with the message as it is now, being written."""
    message = Message.objects.get(pk=message_id)
    context = {"answering": message, "picture": picture_of(message), "running_out": running_out(request.user)}
    return render(request, "chat/proceeded.html", context)


def _from_its_end(request: MemberRequest, conversation: Conversation) -> HttpResponse:
    """Load the page anew; where it shows a part further up, it is another page that has the end."""
    if urlsplit(request.htmx.current_url or "").query:
        return HttpResponseClientRedirect(conversation.get_absolute_url())
    return HttpResponseClientRefresh()


def _shown_at(message: Message) -> HttpResponse:
    return SeeOther(address(message.conversation, message))
