"""What people say of an answer."""

from django import forms
from django.http import QueryDict

from chat.forms import sentence_of
from chat.models import Feedback
from chat.models.feedback import LONGEST_COMMENT, REASONS

NO_SUCH_VALUE = "Say whether it is a good answer or a bad one."
NO_SUCH_REASON = "One of the reasons is none that can be given here. Reload the page and try again."
TOO_LONG = "Your comment has %(show_value)s characters; at most %(limit_value)s fit. Shorten it and save again."


class FeedbackForm(forms.Form):
    value = forms.ChoiceField(
        choices=Feedback.Value.choices, error_messages={"required": NO_SUCH_VALUE, "invalid_choice": NO_SUCH_VALUE}
    )
    reasons = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": NO_SUCH_REASON})
    comment = forms.CharField(required=False, strip=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        fitting = REASONS.get(self.data.get("value", ""), {})
        self.fields["reasons"].choices = list(fitting.items())  # type: ignore[attr-defined]

    def clean_comment(self) -> str:
        comment: str = self.cleaned_data["comment"].replace("\r\n", "\n").replace("\r", "\n").strip()
        if len(comment) > LONGEST_COMMENT:
            lengths = {"show_value": f"{len(comment):,}", "limit_value": f"{LONGEST_COMMENT:,}"}
            raise forms.ValidationError(TOO_LONG, params=lengths)
        return comment

    @property
    def is_explained(self) -> bool:
        """Whether it says why, or that there is no reason; a button alone says neither."""
        return "reasons" in self.data or "comment" in self.data

    @property
    def sentence(self) -> str:
        return sentence_of(self)
