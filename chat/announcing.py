"""What the operator has to say, for the templates that say it."""

from typing import Any

from django.http import HttpRequest

from chat.models import Announcement

MOST = 3  # at a time; the latest


def announcements(request: HttpRequest) -> dict[str, Any]:
    """A context processor: one query, and only for a page that asks."""
    return {"announcements": Announcement.objects.current()[:MOST]}
