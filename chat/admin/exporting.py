"""Conversations as files for learning."""

from django.contrib import admin


class ExportingMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    pass
