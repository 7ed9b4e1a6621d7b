"""What people send."""

import uuid

from django import forms
from django.conf import settings

TOO_LONG = "This message has %(show_value)d characters; at most %(limit_value)d fit. Shorten it and send again."


STALE = "Reload the page and send again."


class KeyForm(forms.Form):
    """A button whose form says by a key which click it was, so that two of one are one."""

    key = forms.UUIDField(error_messages={"required": STALE, "invalid": STALE})


class MessageForm(forms.Form):
    """A message and the key that makes sending it idempotent."""

    text = forms.CharField(strip=False, error_messages={"required": "Write a message first."})
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4, error_messages={"required": STALE})

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n").replace("\r", "\n").rstrip()
        if not text.strip():
            raise forms.ValidationError(self.fields["text"].error_messages["required"])
        limit = settings.CHAT_MAX_MESSAGE_CHARACTERS
        if len(text) > limit:
            raise forms.ValidationError(TOO_LONG, params={"show_value": len(text), "limit_value": limit})
        return text

    @property
    def sentence(self) -> str:
        """The first thing that is wrong with it."""
        return next((str(errors[0]) for errors in self.errors.values()), "")
