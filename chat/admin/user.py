from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from chat.admin.deleting import DeletingPeopleMixin
from chat.admin.entrusting import EntrustingMixin
from chat.admin.suspending import Suspending
from chat.models import User


@admin.register(User)
class ChatUserAdmin(Suspending, DeletingPeopleMixin, EntrustingMixin):
    list_display = ["username", "email", "is_guest", "is_staff", "is_suspended", "date_joined"]
    list_filter = [
        *UserAdmin.list_filter,
        ("guest_key", admin.EmptyFieldListFilter),
        ("suspended", admin.EmptyFieldListFilter),
    ]
    readonly_fields = ["suspended", "suspended_for"]
    fieldsets = [*(UserAdmin.fieldsets or ()), ("Suspension", {"fields": ["suspended", "suspended_for"]})]

    @admin.display(description="guest", boolean=True)
    def is_guest(self, user: User) -> bool:
        return user.is_guest

    @admin.display(description="suspended", boolean=True)
    def is_suspended(self, user: User) -> bool:
        return user.suspended is not None
