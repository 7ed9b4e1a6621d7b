from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from chat.models import Persona
from chat.persona_forms import PersonaForm


@admin.register(Persona)
class PersonaAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Those that everybody may choose; what people keep for themselves is theirs."""

    form = PersonaForm
    list_display = ["name", "prompt"]
    search_fields = ["name", "prompt"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Persona]:
        personas: QuerySet[Persona] = super().get_queryset(request)
        return personas.filter(owner=None)
