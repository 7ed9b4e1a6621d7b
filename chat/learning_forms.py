"""What somebody wants exported for learning, and how."""

from typing import Any

from django import forms
from django.conf import settings

from chat.learning.package import CHAT, FILES, PREFERENCES, VERDICTS, Wishes

ALL, GOOD = "all", "good"
KINDS = [
    (CHAT, "Chats (chat.jsonl): an example a line, as fine-tuning takes it"),
    (PREFERENCES, "Preferences (preferences.jsonl): a better and a worse answer to the same question"),
    (VERDICTS, "Verdicts (verdicts.csv): a row for each mark that reviewers gave"),
]


class LearningForm(forms.Form):
    kinds = forms.MultipleChoiceField(
        label="Files",
        choices=KINDS,
        initial=list(FILES),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one file."},
    )
    answers = forms.ChoiceField(
        label="Answers in chats",
        choices=[(ALL, "All that are complete"), (GOOD, "Only those judged or rated good")],
        initial=ALL,
        widget=forms.RadioSelect,
    )
    with_corrections = forms.BooleanField(
        label="A correction takes the place of the answer in chats", required=False, initial=True
    )
    redacts = forms.BooleanField(
        label="Take out e-mail addresses, telephone and card numbers, and names",
        required=False,
        initial=True,
        help_text="It finds what is written in the usual way. Addresses, birthdays, nicknames and what is meant but not"
        " said stay: read some of it before you pass it on.",
    )
    names = forms.CharField(
        label="Names to take out",
        required=False,
        strip=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 40}),
        help_text="One on each line. Whole words, in capitals or not.",
        error_messages={"max_length": "These are too many names: at most %(limit_value)d characters fit."},
    )
    reason = forms.CharField(
        label="Reason",
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="For the read log, in which every conversation of the export is noted.",
        error_messages={"required": "Say what it is for: the read log here asks for a reason."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = settings.CHAT_READ_LOG_REASON

    @property
    def wishes(self) -> Wishes:
        values = self.cleaned_data
        names = [name.strip() for name in values["names"].splitlines()]
        return Wishes(
            files=tuple(name for name in FILES if name in values["kinds"]),
            only_good=values["answers"] == GOOD,
            with_corrections=values["with_corrections"],
            redacts=values["redacts"],
            names=tuple(name for name in [*settings.CHAT_REDACT_NAMES, *names] if name),
            region=settings.CHAT_REDACT_REGION,
            reason=values["reason"],
        )
