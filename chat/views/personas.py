"""The personas a person keeps for themselves, beside those that are everybody's."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from chat.models import Persona
from chat.persona_forms import PersonaForm, stored
from chat.views.access import member_required
from chat.views.pages import SeeOther
from chat.views.requests import MemberRequest


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def show(request: MemberRequest) -> HttpResponse:
    """The list, and the form that adds one."""
    if request.method != "POST":
        return _list(request, PersonaForm())
    form = PersonaForm(request.POST, instance=Persona(owner=request.user))
    if not form.is_valid() or not stored(form):
        return _list(request, form, status=400)
    messages.success(request, f"“{form.instance.name}” is kept. You can choose it when a chat starts, and in its head.")
    return SeeOther(reverse("chat:personas"))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def edit(request: MemberRequest, persona_id: int) -> HttpResponse:
    persona = own_persona(request, persona_id)
    if request.method != "POST":
        return render(request, "chat/persona.html", {"persona": persona, "form": PersonaForm(instance=persona)})
    form = PersonaForm(request.POST, instance=own_persona(request, persona_id))
    if not form.is_valid() or not stored(form):
        return render(request, "chat/persona.html", {"persona": persona, "form": form}, status=400)
    messages.success(request, f"“{form.instance.name}” is saved. Chats that began with it stay as they are.")
    return SeeOther(reverse("chat:personas"))


@require_POST
@member_required
def delete(request: MemberRequest, persona_id: int) -> HttpResponse:
    """Delete one. Chats that were begun with it keep its words."""
    persona = own_persona(request, persona_id)
    persona.delete()
    messages.success(request, f"“{persona.name}” is deleted. Chats that began with it keep its words.")
    return SeeOther(reverse("chat:personas"))


def own_persona(request: MemberRequest, persona_id: int) -> Persona:
    return get_object_or_404(request.user.personas, pk=persona_id)


def _list(request: MemberRequest, form: PersonaForm, *, status: int = 200) -> HttpResponse:
    personas = Persona.objects.for_user(request.user)
    context = {
        "everybodys": [persona for persona in personas if persona.owner_id is None],
        "form": form,
        "mine": [persona for persona in personas if persona.owner_id is not None],
    }
    return render(request, "chat/personas.html", context, status=status)
