"""A filter of two choices: whether a field holds something or not, each in words."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest


class EitherFilter(admin.SimpleListFilter):
    field: ClassVar[str]
    filled: ClassVar[str]
    empty: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", self.filled), ("no", self.empty)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        is_empty = Q(**{f"{self.field}__isnull": True})
        match self.value():
            case None:
                return queryset
            case "yes":
                return queryset.exclude(is_empty)
            case "no":
                return queryset.filter(is_empty)
            case _:
                return queryset.none()
