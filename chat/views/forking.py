"""Going on from a message in a conversation of its own."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from chat.errors import ChatError
from chat.forms import KeyForm
from chat.views.access import member_required, own_message
from chat.views.requests import MemberRequest
from chat.views.ways import lead_to, refuse


@require_POST
@member_required
def fork(request: MemberRequest, message_id: UUID) -> HttpResponse:
    """Make a new conversation of what leads to a message, and go there. The one it stands in stays as it is."""
    message = own_message(request, message_id)
    conversation = message.conversation
    form = KeyForm(request.POST)
    if not form.is_valid():
        return refuse(request, conversation, str(form.errors["key"][0]), 400)
    try:
        forked = conversation.fork(message, form.cleaned_data["key"])
    except ChatError as error:
        return refuse(request, conversation, error.sentence, error.status)
    return lead_to(request, forked.get_absolute_url())
