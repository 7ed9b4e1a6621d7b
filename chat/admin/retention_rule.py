"""How long conversations are kept, by kind; beside each rule stands what it would delete now."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime

from chat.models import RetentionRule
from chat.models.retention import MOST_DAYS, Outlook

DAYS = "After the last message, or after an import. What a rule deletes can't be had back."
AT_LEAST = "Say at least one day."
AT_MOST = f"Say at most {MOST_DAYS:,} days, or have no such rule."
A_DAY = "People are told that a temporary chat is gone a day after its last message. Say 1."


class RetentionRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind, days = values.get("kind"), values.get("days")
        if days is not None and days < 1:
            self.add_error("days", AT_LEAST)
        elif days is not None and days > MOST_DAYS:
            self.add_error("days", AT_MOST)
        elif kind == RetentionRule.Kind.TEMPORARY and days is not None and days > 1:
            self.add_error("days", A_DAY)
        return values


@admin.register(RetentionRule)
class RetentionRuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = RetentionRuleForm
    list_display = ["kind", "days", "is_active", "to_delete", "oldest", "held"]
    readonly_fields = ["to_delete", "oldest", "held"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, help_texts={"days": DAYS}, **kwargs)

    def get_fields(self, request: HttpRequest, obj: RetentionRule | None = None) -> Any:
        return ["kind", "days", "is_active", *(self.readonly_fields if obj else [])]

    def outlook(self, rule: RetentionRule) -> Outlook:
        """What a dry run says, looked up once for the row."""
        if not hasattr(rule, "_outlook"):
            rule._outlook = rule.outlook()  # type: ignore[attr-defined]
        return rule._outlook  # type: ignore[attr-defined,no-any-return]

    @admin.display(description="to delete now")
    def to_delete(self, rule: RetentionRule) -> str:
        return f"{self.outlook(rule).count:,}"

    @admin.display(description="last message of the oldest")
    def oldest(self, rule: RetentionRule) -> str | None:
        oldest = self.outlook(rule).oldest
        return date_format(localtime(oldest), "DATETIME_FORMAT") if oldest else None

    @admin.display(description="kept by a legal hold")
    def held(self, rule: RetentionRule) -> str:
        return f"{self.outlook(rule).held:,}"
