"""How a chat's next answers are asked for: its system prompt, and the numbers that go with it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import reswap, retarget

from chat.models import Conversation
from chat.persona_forms import InstructionsForm, stored
from chat.views.access import member_required, own_conversation
from chat.views.pages import SeeOther
from chat.views.requests import MemberRequest

SAVED = "Saved. It holds for the answers from now on."


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")  # or Back might bring the panel alone for the page
@member_required
def show(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The form: a panel for htmx, else a page. With ?persona= it shows that persona's prompt, which changes nothing."""
    conversation = own_conversation(request, conversation_id)
    if request.method == "POST":
        return _save(request, conversation)
    return _form(request, conversation, InstructionsForm(conversation=conversation, look_at=request.GET.get("persona")))


def _save(request: MemberRequest, conversation: Conversation) -> HttpResponse:
    form = InstructionsForm(request.POST, conversation=conversation)
    if not form.is_valid() or not stored(form):
        response = _form(request, conversation, form, status=400)
        return retarget(response, "#instructions") if request.htmx else response
    if request.htmx:
        context = {"conversation": conversation, "is_update": True}
        return reswap(render(request, "chat/partials/heading.html", context), "none")  # the head swaps itself
    messages.success(request, SAVED)
    return SeeOther(conversation.get_absolute_url())


def _form(
    request: MemberRequest, conversation: Conversation, form: InstructionsForm, *, status: int = 200
) -> HttpResponse:
    template = "chat/partials/instructions.html" if request.htmx else "chat/instructions.html"
    return render(request, template, {"conversation": conversation, "form": form}, status=status)
