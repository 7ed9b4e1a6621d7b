from django.contrib import admin

from chat.admin.records import RecordAdmin
from chat.models import Generation


@admin.register(Generation)
class GenerationAdmin(RecordAdmin):
    list_display = ["conversation", "model", "state", "error_code", "completion_tokens", "created", "finished"]
    list_filter = ["state", "error_code", "model", "finish_reason", "created"]
    list_select_related = ["conversation"]
    search_fields = ["conversation__title", "model", "error", "response_id", "owner"]
    fieldsets = [
        (None, {"fields": ["conversation", "message", "ordinal", "start_offset", "state", "error_code", "error"]}),
        ("Model", {"fields": ["model", "persona", "system_prompt", "parameters", "finish_reason", "response_id"]}),
        ("Counts", {"fields": ["prompt_tokens", "completion_tokens", "cost"]}),
        ("Times", {"fields": ["created", "started", "first_token", "thought_ms", "finished", "stop_requested_at"]}),
        ("Process", {"fields": ["owner", "claim", "lease", "attempt"]}),
    ]
