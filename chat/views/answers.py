"""What a person may do with an answer: stop it, or have it go on."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from chat.errors import ChatError
from chat.models import Message
from chat.pictures import picture_of
from chat.streaming import upstream
from chat.streaming.runner import runner
from chat.views.access import member_required, own_message
from chat.views.notices import notice
from chat.views.pages import SeeOther, page
from chat.views.requests import MemberRequest


@require_POST
@member_required
def stop(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """Ask for the end of an answer. The stream shows it; an answer that has ended already stays as it is."""
    message = own_message(request, message_id)
    if message.generation and message.generation.is_active:
        message.generation.request_stop()
        runner.stop(message.generation)
    return HttpResponse(status=204) if request.htmx else SeeOther(message.conversation.get_absolute_url())


@require_POST
@member_required
def proceed(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """Continue an answer that ended early, in the same message; without text that is trying again."""
    message = own_message(request, message_id)
    conversation = message.conversation
    try:
        generation = conversation.proceed(message, upstream.default_model())
    except ChatError as error:
        if request.htmx:
            return notice(request, error.sentence, status=error.status)
        return page(request, conversation, sentence=error.sentence, status=error.status)
    runner.start(generation.pk)
    if not request.htmx:
        return SeeOther(conversation.get_absolute_url())
    fresh = Message.objects.get(pk=message.pk)
    return render(request, "chat/proceeded.html", {"answering": fresh, "picture": picture_of(fresh)})
