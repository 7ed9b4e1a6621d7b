"""The title a model finds for a chat, a moment after its first answer: the page asks for it a few times."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from chat.models import Conversation, Message
from chat.views.access import member_required, own_conversation
from chat.views.pages import title_shown
from chat.views.requests import MemberRequest

TRIES = 5
DELAY = "1s"  # before the first
LATER = "2s"  # before each that follows


@require_safe
@member_required
def title(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The title where there is another than the question's first words by now; else what asks again, `left` times."""
    conversation = own_conversation(request, conversation_id)
    if not request.htmx:
        return redirect(conversation)
    left = request.GET.get("left", "")
    left_now = min(int(left) - 1, TRIES) if left.isascii() and left.isdigit() and len(left) < 3 else 0
    waits = left_now > 0 and _is_named_by_words(conversation)
    return title_shown(
        request, conversation, {"naming": conversation, "left": left_now, "delay": LATER} if waits else {}
    )


def _is_named_by_words(conversation: Conversation) -> bool:
    questions = conversation.messages.filter(parent=None, role=Message.Role.USER)
    return any(conversation.is_named_by(question) for question in questions)
