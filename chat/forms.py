"""What people send."""

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings

if TYPE_CHECKING:
    from chat.models import User

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
        return sentence_of(self)


class TitleForm(forms.Form):
    """What a conversation is to be called."""

    title = forms.CharField(
        max_length=200,
        error_messages={
            "required": "Give it a title of at least one letter.",
            "max_length": "This title has %(show_value)d characters; at most %(limit_value)d fit.",
        },
    )

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    @property
    def sentence(self) -> str:
        return sentence_of(self)


class DeleteAllForm(forms.Form):
    """The word that says one means it."""

    WORD = "delete"
    word = forms.CharField(required=False, max_length=100)

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if word.casefold() != self.WORD:
            raise forms.ValidationError(f"Nothing was deleted. Type “{self.WORD}” if you mean it.")
        return word

    @property
    def sentence(self) -> str:
        return sentence_of(self)


class DeleteAccountForm(forms.Form):
    """The password of whoever means it; the word, where there is none: of a guest, or who signs in elsewhere."""

    proof = forms.CharField(required=False, strip=False)

    def __init__(self, user: "User", data: Any = None) -> None:
        super().__init__(data)
        self.user = user

    @property
    def asks_for_password(self) -> bool:
        return self.user.has_usable_password()

    def clean_proof(self) -> str:
        proof: str = self.cleaned_data["proof"]
        if self.asks_for_password:
            if not self.user.check_password(proof):
                raise forms.ValidationError("Nothing was deleted: this is not your password.")
        elif proof.strip().casefold() != DeleteAllForm.WORD:
            raise forms.ValidationError(f"Nothing was deleted. Type “{DeleteAllForm.WORD}” if you mean it.")
        return proof

    @property
    def sentence(self) -> str:
        return sentence_of(self)


def sentence_of(form: forms.Form) -> str:
    """Return the first thing that is wrong with it."""
    return next((str(errors[0]) for errors in form.errors.values()), "")
