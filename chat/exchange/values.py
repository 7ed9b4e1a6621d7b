"""Values out of JSON that somebody else wrote: each of the wanted type, or what stands in for it."""

import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from chat.streaming.clean import clean

FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 2**31 - 1  # an integer of either database
DEEPEST = 20  # of parameters nobody here knows

_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return the text, as what comes from a model is cleaned; "" for anything else."""
    return clean(value) if isinstance(value, str) else ""


def exact(value: object) -> str:
    """Return the text as it is, but for what no database takes; "" for anything else."""
    return _NOT_STORABLE.sub("\ufffd", value) if isinstance(value, str) else ""


def line(value: object, longest: int) -> str:
    """Return a text in one line of at most so many characters, as titles and names are."""
    words = " ".join(text(value).split())
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def name(value: object) -> str | None:
    """Return what identifies something, which some write as a number; None for anything else."""
    if isinstance(value, str):
        return exact(value) or None
    return str(value) if isinstance(value, int) and abs(value) <= 2**63 else None


def flag(value: object) -> bool:
    return value is True


def number(value: object) -> int | None:
    """Return a count; None for what is none or no database holds."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST else None


def measure(value: object) -> float | None:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def money(value: object) -> Decimal | None:
    """Return an amount of at most six digits on either side of the point."""
    try:
        amount = Decimal(str(value)) if isinstance(value, str | int | float) else None
        if amount is None or not amount.is_finite() or not 0 <= amount < 1_000_000:
            return None
        return amount.quantize(Decimal("0.000001"))
    except InvalidOperation:
        return None


def moment(value: object) -> datetime | None:
    """Return a time that was told in seconds (or milli-, micro-, nanoseconds) since 1970, or as ISO 8601.

    None for anything else, and for what is before 1970 or more than a day ahead: chats are listed by their days. What a
    clock elsewhere is ahead by is now: what is later than every verdict would wait for a review whoever gives one.
    """
    try:
        told = datetime.fromisoformat(value) if isinstance(value, str) else _since_1970(measure(value))
        if told is None:
            return None
        told = (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    now = timezone.now()
    return min(told, now) if FIRST_DAY <= told <= now + timedelta(days=1) else None


def _since_1970(seconds: float | None) -> datetime | None:
    if seconds is None or seconds > 1e20:
        return None
    while seconds > 1e11:  # the year 5138
        seconds /= 1000
    return FIRST_DAY + timedelta(seconds=seconds)


def plain(value: object, depth: int = 0) -> Any:
    """Return JSON that a database takes, without what is nested too deep."""
    if depth > DEEPEST:
        return None
    if isinstance(value, str):
        return exact(value)
    if isinstance(value, dict):
        return {exact(key): plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each, depth + 1) for each in value]
    if isinstance(value, float):
        return measure(value)
    return value if value is None or isinstance(value, bool) or _fits(value) else None


def _fits(value: object) -> bool:
    return isinstance(value, int) and abs(value) < 2**63
