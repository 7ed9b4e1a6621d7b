from django.contrib import admin

from chat.admin.records import RecordAdmin
from chat.models import Message


@admin.register(Message)
class MessageAdmin(RecordAdmin):
    ordering = ["-created"]
    list_display = ["__str__", "role", "conversation", "created"]
    list_filter = ["role", "created", "generations__state"]
    list_select_related = ["conversation"]
    search_fields = ["text", "conversation__title", "author__username"]
    fields = ["conversation", "parent", "role", "author", "created", "text", "reasoning"]
