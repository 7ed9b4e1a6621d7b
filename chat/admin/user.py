from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from chat.admin.deleting import DeletingPeopleMixin
from chat.admin.entrusting import EntrustingMixin
from chat.models import User


@admin.register(User)
class ChatUserAdmin(DeletingPeopleMixin, EntrustingMixin):
    list_display = ["username", "email", "is_guest", "is_staff", "date_joined"]
    list_filter = [*UserAdmin.list_filter, ("guest_key", admin.EmptyFieldListFilter)]

    @admin.display(description="guest", boolean=True)
    def is_guest(self, user: User) -> bool:
        return user.is_guest
