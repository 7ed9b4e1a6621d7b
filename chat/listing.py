"""The list of chats: what is pinned, then the others by the day of their last use in their reader's zone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from chat.models import Conversation, User
from chat.models.conversation import ConversationQuerySet

LISTED = 50  # conversations a page has of the list at first, and each further part
MOST_PINNED = 100  # that are shown; the rest are on the page of all chats
MOST_LISTED = 1_000  # conversations of a list that is brought up to date
ZONE_COOKIE = "timezone"  # set by zone.js

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KEY = re.compile(r"(\d{1,17})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII)


@dataclass(frozen=True)
class Day:
    """One group of the list: what is pinned, a day, a week or a month."""

    title: str
    conversations: list[Conversation]
    is_pinned: bool = False
    goes_on: bool = False  # with what the part before it ended in, and so without a heading of its own


class Key(NamedTuple):
    """The place of a conversation in a list, latest first; it stays valid when the conversation has moved."""

    updated: datetime
    pk: UUID

    def __str__(self) -> str:
        return f"{self.time}.{self.pk}"

    @property
    def time(self) -> int:
        return (self.updated - _EPOCH) // _MICROSECOND

    @classmethod
    def of(cls, conversation: Conversation) -> Self:
        return cls(conversation.updated, conversation.pk)

    @classmethod
    def parse(cls, value: str) -> Self | None:
        """Read what __str__() wrote; None for anything else."""
        match = _KEY.fullmatch(value)
        return cls(_EPOCH + int(match[1]) * _MICROSECOND, UUID(match[2])) if match else None

    @property
    def is_after(self) -> Q:
        """What comes after it. The first condition says nothing new, but is one an index is good for."""
        return Q(updated__lte=self.updated) & (Q(updated__lt=self.updated) | Q(pk__lt=self.pk))

    @property
    def is_not_before(self) -> Q:
        """Itself, and what comes before it."""
        return Q(updated__gte=self.updated) & (Q(updated__gt=self.updated) | Q(pk__gte=self.pk))


@dataclass(frozen=True)
class Part:
    """Some of a list, and the key of its last one where more follow."""

    conversations: list[Conversation]
    last: Key | None = None


@dataclass(frozen=True)
class Listing:
    """The list of chats as a page shows it, or a part of it that was asked for."""

    days: list[Day] = field(default_factory=list)
    last: Key | None = None  # None: nothing follows

    @property
    def version(self) -> str:
        """What changes with anything that is to be seen in it."""
        seen = [
            (day.title, [(each.pk, each.title, each.is_being_written) for each in day.conversations])  # type: ignore[attr-defined]
            for day in self.days
        ]
        return sha256(repr((seen, bool(self.last))).encode()).hexdigest()[:12]


def listing(user: User, zone: tzinfo, *, until: Key | None = None) -> Listing:
    """Return what is pinned, and the latest of the others: down to `until`, where a page shows as many already."""
    listed = Conversation.objects.of(user).listed().with_writing().latest_first()
    pinned, others = list(listed.filter(is_pinned=True)[:MOST_PINNED]), listed.filter(is_pinned=False)
    shown = others.filter(until.is_not_before).count() if until else 0
    part = part_of(others, None, size=min(max(shown, LISTED), MOST_LISTED))
    days = [Day("Pinned", pinned, is_pinned=True)] if pinned else []
    return Listing(days + by_day(part.conversations, zone), part.last)


def older(user: User, zone: tzinfo, before: Key) -> Listing:
    """Return the part of the list that follows a key."""
    others = Conversation.objects.of(user).listed().filter(is_pinned=False).with_writing().latest_first()
    part = part_of(others, before)
    days = by_day(part.conversations, zone)
    if days and days[0].title == title_of(
        before.updated.astimezone(zone).date(), timezone.now().astimezone(zone).date()
    ):
        days[0] = replace(days[0], goes_on=True)
    return Listing(days, part.last)


def part_of(conversations: ConversationQuerySet, before: Key | None, *, size: int = LISTED) -> Part:
    """Return the first `size` of conversations in their lists' order, after `before`."""
    found = list((conversations.filter(before.is_after) if before else conversations)[: size + 1])
    return Part(found[:size], Key.of(found[size - 1]) if len(found) > size else None)


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
