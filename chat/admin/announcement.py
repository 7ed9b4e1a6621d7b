from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest

from chat.models import Announcement


@admin.register(Announcement)
class AnnouncementAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What stands above every chat, while it is its time."""

    list_display = ["text", "level", "since", "until", "is_shown"]
    list_filter = ["level"]
    search_fields = ["text"]
    fields = ["text", "level", "since", "until"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, Field) and db_field.name == "text":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3, "cols": 80})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="shown now", boolean=True)
    def is_shown(self, announcement: Announcement) -> bool:
        return announcement.is_current
