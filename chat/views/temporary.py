"""What one may do with a temporary chat: keep it, or have it gone at once."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from chat.errors import Held
from chat.models import Conversation, Generation
from chat.streaming.runner import runner
from chat.views.access import member_required, own_conversation
from chat.views.requests import MemberRequest
from chat.views.ways import lead_to


@require_POST
@member_required
def keep(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Make an ordinary chat of it; one that is ordinary already stays as it is."""
    conversation = own_conversation(request, conversation_id)
    conversation.keep()
    messages.success(request, "This chat is kept. It is in your history now.")
    return lead_to(request, conversation.get_absolute_url())


@require_POST
@member_required
def delete_now(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Delete it for good, also in mid-answer; what a legal hold is on is gone for its owner alone."""
    temporary = Conversation.objects.of(request.user).filter(is_temporary=True)
    conversation = get_object_or_404(temporary, pk=conversation_id)
    running = Generation.objects.active().filter(conversation=conversation).first()
    try:
        conversation.delete()
    except Held:
        temporary.filter(pk=conversation.pk).withdraw()
    if running:
        runner.stop(running)
    messages.success(request, "The temporary chat is gone.")
    return lead_to(request, reverse("chat:new"))
