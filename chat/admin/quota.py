from typing import Any

from django import forms
from django.contrib import admin

from chat.models import Quota
from chat.models.quota import KINDS

OWNERS = {Quota.Audience.USER: "user", Quota.Audience.GROUP: "group"}


class QuotaForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any]:
        """Each audience has its owner, or none; and a limit of nothing at all is not one."""
        values = super().clean() or self.cleaned_data
        audience = values.get("audience")
        wanted = OWNERS.get(audience) if audience else None
        for name in OWNERS.values():
            if name == wanted and not values.get(name) and name not in self.errors:
                self.add_error(name, f"Say which {name} it is for.")
            if name != wanted and values.get(name):
                self.add_error(name, f"Leave it empty: this quota is not for one {name}.")
        if audience and not wanted and self._others().filter(audience=audience).exists():
            self.add_error("audience", "There is a quota for these already. Change that one.")
        if (cost := values.get("cost")) is not None and cost < 0:
            self.add_error("cost", "A limit is not below nothing.")
        if not self.errors and all(values.get(kind) is None for kind in KINDS):
            self.add_error(None, "Set at least one limit, or delete the quota.")
        return values

    def _others(self) -> Any:
        return Quota.objects.exclude(pk=self.instance.pk)


@admin.register(Quota)
class QuotaAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """How much a day. The nearest quota counts, and it alone: a person's own, their groups', everybody's or guests'."""

    form = QuotaForm
    list_display = ["__str__", "audience", "messages", "tokens", "cost"]
    list_filter = ["audience"]
    list_select_related = ["user", "group"]
    search_fields = ["user__username", "group__name"]
    raw_id_fields = ["user"]
    fieldsets = [
        (None, {"fields": ["audience", "user", "group"]}),
        (
            "A day, from midnight UTC",
            {
                "fields": ["messages", "tokens", "cost"],
                "description": "Nothing means no limit; 0 means none at all. The nearest quota counts, and it alone:"
                " their own, then that of their most generous group, then the one for everybody or for guests. Tokens"
                " and cost are known only of complete answers; of the others none are counted.",
            },
        ),
    ]
