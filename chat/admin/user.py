from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest

from chat.admin.suspending import Suspending
from chat.models import User

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class ChatUserAdmin(Suspending, UserAdmin):  # type: ignore[type-arg]
    list_display = ["username", "email", "is_guest", "is_staff", "is_suspended", "date_joined"]
    list_filter = [
        *UserAdmin.list_filter,
        ("guest_key", admin.EmptyFieldListFilter),
        ("suspended", admin.EmptyFieldListFilter),
    ]
    readonly_fields = ["suspended", "suspended_for"]
    fieldsets = [*(UserAdmin.fieldsets or ()), ("Suspension", {"fields": ["suspended", "suspended_for"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser gives powers: whoever runs the site could else give themselves all. Whether somebody is
        active is said by suspending them."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, *POWERS, "is_active"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nor does anybody else change somebody who has some: a new e-mail address would open their account."""
        has_powers = obj is not None and (obj.is_staff or obj.is_superuser) and obj.pk != request.user.pk
        return super().has_change_permission(request, obj) and (request.user.is_superuser or not has_powers)

    @admin.display(description="guest", boolean=True)
    def is_guest(self, user: User) -> bool:
        return user.is_guest

    @admin.display(description="suspended", boolean=True)
    def is_suspended(self, user: User) -> bool:
        return user.suspended is not None
