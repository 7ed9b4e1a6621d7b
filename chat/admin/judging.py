"""What reviewers say at a conversation: verdicts, notes, flags, corrections."""

from django.contrib import admin


class JudgingMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    pass
