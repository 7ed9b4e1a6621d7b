"""The list of chats, grouped by the day they were last used as their reader's calendar has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from itertools import groupby
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from chat.models import Conversation

ZONE_COOKIE = "timezone"  # set by zone.js


@dataclass(frozen=True)
class Day:
    """One group of the list: a day, a week or a month."""

    title: str
    conversations: list[Conversation]


def by_day(conversations: Iterable[Conversation], zone: tzinfo) -> list[Day]:
    """Group conversations, which come latest first."""
    today = timezone.now().astimezone(zone).date()

    def title(conversation: Conversation) -> str:
        return title_of(conversation.updated.astimezone(zone).date(), today)

    return [Day(name, list(group)) for name, group in groupby(conversations, title)]


def title_of(day: date, today: date) -> str:
    """Return what a reader calls `day` on `today`: by its name, or by that of its week, its month, its year."""
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    if day >= today - timedelta(days=7):
        return "Previous 7 days"
    return date_format(day, "F" if day.year == today.year else "F Y")


def zone_of(request: HttpRequest) -> tzinfo:
    """Return the reader's time zone as their browser has told it, the site's where it hasn't or it is nonsense."""
    try:
        return ZoneInfo(request.COOKIES[ZONE_COOKIE])
    except (KeyError, ValueError, OSError):  # no such zone is a KeyError, no name of one a ValueError or OSError
        return timezone.get_default_timezone()


def zone(request: HttpRequest) -> dict[str, tzinfo]:
    """Give every template the reader's time zone (a context processor)."""
    return {"zone": zone_of(request)}
