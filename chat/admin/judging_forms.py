"""What reviewers fill in at a conversation. There are many such forms on a page, so each has ids of its own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from chat.models import Correction, Criterion, Note, Rubric, Verdict
from chat.models.correction import LONGEST_CORRECTION
from chat.models.flag import LONGEST_REASON
from chat.models.note import LONGEST_NOTE
from chat.models.verdict import Answer
from chat.text_field import TextField

OLDEST_PAGE = timedelta(days=1)
LONGEST_COMMENT = 4_000  # characters, of a verdict and of each free text in it


class JudgingForm(forms.Form):
    """A form whose fields' ids tell what it is and what it is about, for there are many on a page."""

    def __init__(self, *args: Any, about: str, **kwargs: Any) -> None:
        kwargs["auto_id"] = f"id_{type(self).__name__.removesuffix('Form').lower()}_%s_{about}"
        super().__init__(*args, **kwargs)


class DrawnField(forms.Field):
    """When the page was drawn that a form is sent from; whatever is no such time is now."""

    widget = forms.HiddenInput

    def prepare_value(self, value: Any) -> Any:
        return value.timestamp() if isinstance(value, datetime) else value

    def clean(self, value: Any) -> datetime:
        now = timezone.now()
        try:
            seconds = min(max(float(value), (now - OLDEST_PAGE).timestamp()), now.timestamp())
            return datetime.fromtimestamp(seconds, UTC)
        except (TypeError, ValueError):
            return now


class VerdictForm(JudgingForm):
    drawn = DrawnField()
    rubric = forms.CharField(required=False, widget=forms.HiddenInput)
    overall = forms.ChoiceField(
        label="Verdict",
        choices=Verdict.Overall.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say good, bad or unsure."},
    )
    comment = TextField(
        required=False, max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 2}), label="Comment"
    )

    def __init__(
        self,
        *args: Any,
        rubric: Rubric | None,
        verdict: Verdict | None = None,
        drawn: datetime | None = None,
        **kwargs: Any,
    ) -> None:
        asked = {"drawn": drawn, "rubric": rubric.pk if rubric else ""}
        super().__init__(*args, initial={**asked, **self._said(verdict)}, **kwargs)
        self.guidance = rubric.guidance if rubric else ""
        criteria = rubric.criteria.all() if rubric else []
        self.criteria = {f"criterion_{criterion.pk}": criterion for criterion in criteria}
        self.fields.update({name: field_for(criterion) for name, criterion in self.criteria.items()})
        self.order_fields(["overall", *self.criteria, "comment"])

    def _said(self, verdict: Verdict | None) -> dict[str, Any]:
        if verdict is None:
            return {}
        marks = {f"criterion_{mark.criterion_id}": mark.answer for mark in verdict.marks.all()}
        return {"overall": verdict.overall, "comment": verdict.comment, **marks}

    @property
    def answers(self) -> dict[Criterion, Answer]:
        """Return what was answered to the criteria; what was left open isn't there."""
        given = {criterion: self.cleaned_data[name] for name, criterion in self.criteria.items()}
        return {criterion: answer for criterion, answer in given.items() if answer not in ("", None)}


def field_for(criterion: Criterion) -> forms.Field:
    common: dict[str, Any] = {"label": criterion.name, "help_text": criterion.help, "required": criterion.is_required}
    match criterion.kind:
        case Criterion.Kind.LABEL:
            choices = [(label, label) for label in criterion.labels]
            return forms.ChoiceField(choices=[("", "Choose…"), *choices], **common)
        case Criterion.Kind.SCORE:
            return forms.IntegerField(min_value=criterion.lowest, max_value=criterion.highest, **common)
    return TextField(max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 2}), **common)


class NoteForm(JudgingForm):
    text = TextField(
        label="Note",
        max_length=LONGEST_NOTE,
        help_text="Write @ and a name to tell somebody on the staff.",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write something first."},
    )

    def __init__(self, *args: Any, note: Note | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial={"text": note.text if note else ""}, **kwargs)


class FlagForm(JudgingForm):
    reason = forms.CharField(
        label="Flag it, because",
        max_length=LONGEST_REASON,
        error_messages={"required": "Say why somebody should look at it again."},
    )


class CorrectionForm(JudgingForm):
    text = TextField(
        label="What it should have been",
        max_length=LONGEST_CORRECTION,
        strip=False,
        help_text="Markdown, as the answer itself.",
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Write what the answer should have been."},
    )

    def __init__(self, *args: Any, correction: Correction | None = None, answer: str = "", **kwargs: Any) -> None:
        super().__init__(*args, initial={"text": correction.text if correction else answer}, **kwargs)
