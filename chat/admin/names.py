"""People on pages that only show: a link to their own page is for those who may open it; others read the name."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Field, Model
from django.http import HttpRequest

from chat.models import User


class PlainNamesMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or request.user.has_perm("chat.view_user"):
            return fieldsets
        people = {field.name: field for field in self.opts.fields if field.related_model is User}
        return [
            (title, {**options, "fields": [self._name(people[f]) if f in people else f for f in options["fields"]]})
            for title, options in fieldsets
        ]

    def _name(self, field: "Field[Any, Any]") -> Callable[[Model], str]:
        @admin.display(description=field.verbose_name)
        def name(record: Model) -> str:
            return str(getattr(record, field.name) or self.get_empty_value_display())

        name.__name__ = field.name  # the class of its line
        return name
