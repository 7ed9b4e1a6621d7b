from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from chat.admin.deleting import DeletingPeopleMixin
from chat.admin.either import EitherFilter
from chat.admin.entrusting import EntrustingMixin
from chat.admin.suspending import Suspending
from chat.models import User


class GuestFilter(EitherFilter):
    title, parameter_name, field = "account", "guest", "guest_key"
    filled, empty = "Guests", "With an account"


class SuspendedFilter(EitherFilter):
    title, parameter_name, field = "suspension", "is_suspended", "suspended"
    filled, empty = "Suspended", "Not suspended"


@admin.register(User)
class ChatUserAdmin(Suspending, DeletingPeopleMixin, EntrustingMixin):
    list_display = ["username", "email", "marks", "date_joined"]
    list_filter = [*UserAdmin.list_filter, GuestFilter, SuspendedFilter]
    readonly_fields = ["suspended", "suspended_for"]
    fieldsets = [*(UserAdmin.fieldsets or ()), ("Suspension", {"fields": ["suspended", "suspended_for"]})]

    class Media:
        css = {"all": ["chat/css/admin-queue.css"]}  # of the marks

    @admin.display(description="state")
    def marks(self, user: User) -> SafeString | None:
        """What is not as with most people; a tick or a cross would praise or blame."""
        marks = [("Guest", user.is_guest), ("Staff", user.is_staff), ("Suspended", user.suspended is not None)]
        shown = ((name.lower(), name) for name, holds in marks if holds)
        return format_html_join(" ", '<span class="review-mark {}">{}</span>', shown) or None
