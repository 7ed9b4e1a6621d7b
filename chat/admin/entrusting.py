"""Who may make whom what: only superusers give roles, and others see and change nobody who is on the staff."""

from typing import Any

from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from chat.models import User

OF_ROLES = ("is_staff", "is_superuser", "groups", "user_permissions")
PLAIN = [
    (None, {"fields": ("username",)}),
    ("Personal info", {"fields": ("first_name", "last_name", "email")}),
    ("Access", {"fields": ("is_active",)}),
    ("Important dates", {"fields": ("last_login", "date_joined")}),
]


class EntrustingMixin(UserAdmin):  # type: ignore[type-arg]
    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people if request.user.is_superuser else people.filter(is_staff=False, is_superuser=False)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and request.user.is_superuser

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return super().get_fieldsets(request, obj) if request.user.is_superuser else PLAIN

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, "last_login", "date_joined"]

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
