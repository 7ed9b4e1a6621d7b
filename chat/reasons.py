"""Why somebody on the staff opens a conversation, where they are asked: kept in their session for a while."""

import time
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

KEPT_SECONDS = 3_600
LONGEST = 300  # characters, as Opening.reason holds
KEY = "reasons"  # in the session: {conversation: [reason, until]}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why do you open this?",
        max_length=LONGEST,
        error_messages={"required": "Say in a few words why you open this conversation."},
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "maxlength": LONGEST}),
    )


def reason_for(session: SessionBase, conversation_id: UUID) -> str | None:
    """Return what was given, "" where nobody asks; None where it is yet to be given, or is too old."""
    if not settings.CHAT_READ_LOG_REASON:
        return ""
    reason, until = session.get(KEY, {}).get(str(conversation_id), (None, 0))
    return reason if until > time.time() else None


def keep_reason(session: SessionBase, conversation_id: UUID, reason: str) -> None:
    now = time.time()
    kept = {key: value for key, value in session.get(KEY, {}).items() if value[1] > now}
    session[KEY] = {**kept, str(conversation_id): [reason, now + KEPT_SECONDS]}
