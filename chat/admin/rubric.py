"""Rubrics: what reviewers are asked. One that verdicts were given by keeps what they answered to."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from chat.models import Change, Criterion, Rubric, User

IN_USE = "Verdicts answer to “{}”, so it stays. Make a new rubric, and take this one out of use."


class LabelsField(forms.CharField):
    """Labels, one a line; kept as a list."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 24})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = value if isinstance(value, list) else str(value or "").splitlines()
        return list(dict.fromkeys(label for label in (line.strip() for line in lines) if label))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial) != self.to_python(data))


class CriterionForm(forms.ModelForm):  # type: ignore[type-arg]
    labels = LabelsField(required=False, help_text="One a line, for a label.")

    class Meta:
        model = Criterion
        fields = ["position", "name", "help", "kind", "labels", "lowest", "highest", "is_required"]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        kind = said.get("kind")
        if kind == Criterion.Kind.LABEL:
            self._check_labels(said.get("labels") or [])
        if kind == Criterion.Kind.SCORE:
            self._check_scores(said.get("lowest"), said.get("highest"))
        if self.instance.pk and "kind" in self.changed_data and self.instance.in_use():
            self.add_error("kind", IN_USE.format(self.instance.name))
        return said

    def _check_labels(self, labels: list[str]) -> None:
        if len(labels) < 2:
            self.add_error("labels", "Give two labels at least, one a line.")
        if any(len(label) > 80 for label in labels):
            self.add_error("labels", "A label has 80 characters at most.")
        if self.instance.pk:
            used = set(self.instance.marks.exclude(label="").values_list("label", flat=True))
            if gone := sorted(used - set(labels)):
                self.add_error("labels", IN_USE.format(", ".join(gone)))

    def _check_scores(self, lowest: int | None, highest: int | None) -> None:
        if lowest is None or highest is None:
            self.add_error("lowest", "A score has a lowest and a highest value.")
            return
        if lowest >= highest:
            self.add_error("highest", "The highest score is above the lowest one.")
        marks = self.instance.marks if self.instance.pk else None
        if marks and marks.filter(score__isnull=False).exclude(score__range=(lowest, highest)).exists():
            self.add_error("lowest", "Scores outside of this were given already.")


class CriterionInline(admin.StackedInline):  # type: ignore[type-arg]
    model = Criterion
    form = CriterionForm
    fields = [("name", "kind", "is_required"), "help", ("labels", "lowest", "highest"), "position"]
    extra = 1


@admin.register(Rubric)
class RubricAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "subject", "is_active", "created"]
    list_filter = ["subject", "is_active"]
    search_fields = ["name"]
    fields = ["name", "subject", "guidance", "is_active"]
    inlines = [CriterionInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Rubric | None = None) -> list[str]:
        """What was judged by it has to stay what it was."""
        return ["subject"] if obj and obj.verdicts.exists() else []

    def save_model(self, request: HttpRequest, obj: Rubric, form: Any, change: bool) -> None:
        obj.was = Rubric.objects.get(pk=obj.pk).told() if change else None  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        rubric = form.instance
        now = Rubric.objects.get(pk=rubric.pk).told()
        _note(request, rubric, rubric.was, now)

    def delete_model(self, request: HttpRequest, obj: Rubric) -> None:
        _note(request, obj, obj.told(), None)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for rubric in queryset:
            self.delete_model(request, rubric)


def _note(request: HttpRequest, rubric: Rubric, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    assert isinstance(request.user, User)
    Change.objects.note(request.user, Change.Of.RUBRIC, rubric.pk, before, after, None)
