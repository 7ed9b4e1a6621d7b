from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from chat.models import WithdrawnModel
from chat.streaming import upstream


class WithdrawnModelForm(forms.ModelForm):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields and (names := upstream.models()):
            self.fields["name"].help_text = f"On offer now: {', '.join(names)}."
        if "reason" in self.fields:
            self.fields["reason"].help_text = "Whoever used it reads this."


@admin.register(WithdrawnModel)
class WithdrawnModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Models that are switched off. What is being written goes on; nothing new is asked of them."""

    form = WithdrawnModelForm
    list_display = ["name", "reason", "withdrawn", "withdrawn_by"]
    list_select_related = ["withdrawn_by"]
    search_fields = ["name", "reason"]

    def save_model(self, request: HttpRequest, obj: WithdrawnModel, form: Any, change: bool) -> None:
        if not change:
            obj.withdrawn_by_id = request.user.pk
        super().save_model(request, obj, form, change)
