"""Who may make whom what: only superusers give roles, and others see and change nobody who is on the staff."""

from typing import Any

from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from chat.models import User

OF_ROLES = ("is_staff", "is_superuser", "groups", "user_permissions")
NOT_FOR_OTHERS = (*OF_ROLES, "password", "is_active")  # who may come in is said by suspending them
WHO_THEY_ARE = ("username", "first_name", "last_name", "email", "last_login", "date_joined")


class EntrustingMixin(UserAdmin):  # type: ignore[type-arg]
    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people if request.user.is_superuser else people.filter(is_staff=False, is_superuser=False)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and request.user.is_superuser

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if request.user.is_superuser else _without(fieldsets, NOT_FOR_OTHERS)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Whoever may change an e-mail address may have a new password sent to it, sign in and read along.

        A username may be somebody's e-mail address, and by it they sign in.
        """
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, *WHO_THEY_ARE]

    def get_list_filter(self, request: HttpRequest) -> Any:
        filters = super().get_list_filter(request)
        return filters if request.user.is_superuser else [each for each in filters if each not in OF_ROLES]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        of_roles = lookup.startswith(OF_ROLES)
        return (request.user.is_superuser or not of_roles) and super().lookup_allowed(lookup, value, request)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)


def _without(fieldsets: Any, names: tuple[str, ...]) -> list[Any]:
    """Return the fieldsets without these fields, and without those of which nothing is left."""
    left = [
        (title, {**options, "fields": [f for f in options["fields"] if f not in names]}) for title, options in fieldsets
    ]
    return [(title, options) for title, options in left if options["fields"]]
