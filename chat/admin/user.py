from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from chat.models import User


@admin.register(User)
class ChatUserAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ["username", "email", "is_guest", "is_staff", "date_joined"]
    list_filter = [*UserAdmin.list_filter, ("guest_key", admin.EmptyFieldListFilter)]

    @admin.display(description="guest", boolean=True)
    def is_guest(self, user: User) -> bool:
        return user.is_guest
