"""Sending a message, and a message's own text."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from chat.errors import ChatError
from chat.forms import MessageForm
from chat.streaming import upstream
from chat.views.access import member_required, own_conversation, own_message
from chat.views.pages import refusal, turn_started
from chat.views.requests import MemberRequest


@require_POST
@member_required
def create(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    conversation = own_conversation(request, conversation_id)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return refusal(request, conversation, form, form.sentence, 400)
    try:
        turn = conversation.post(form.cleaned_data["text"], form.cleaned_data["key"], upstream.default_model())
    except ChatError as error:
        return refusal(request, conversation, form, error.sentence, error.status)
    return turn_started(request, turn)


@require_safe
@member_required
def source(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """The message as it was written, Markdown and all, for Copy message."""
    message = own_message(request, message_id)
    return HttpResponse(message.text, content_type="text/plain; charset=utf-8")
