"""An allowance: how much of one kind somebody may use today, and how much of it they have used.

The day is UTC's, for everybody: a quota is the operator's, and so is its clock.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

NEAR = Decimal("0.8")  # of an allowance, from where on its owner is told what is left


class Use(NamedTuple):
    """What was used since the day began, kind by kind. Tokens and cost are those that the endpoint has counted."""

    messages: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True)
class Allowance:
    kind: str  # a field of Use, and of Quota
    used: Decimal
    limit: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.used, Decimal(0))

    @property
    def is_used_up(self) -> bool:
        return self.used >= self.limit

    @property
    def is_near(self) -> bool:
        return self.used >= self.limit * NEAR

    @property
    def share(self) -> Decimal:
        """How much of it is used, of 1; a limit of nothing is used up from the start."""
        return self.used / self.limit if self.limit else Decimal(1)

    @property
    def used_in_words(self) -> str:
        return amount(self.kind, self.used)

    @property
    def limit_in_words(self) -> str:
        return amount(self.kind, self.limit)

    @property
    def left_in_words(self) -> str:
        return amount(self.kind, self.left)

    @property
    def warning(self) -> str:
        """What is left, in a line for whoever writes."""
        if self.kind == "cost":
            return f"{self.left_in_words} of {self.limit_in_words} left to spend today"
        return f"{self.left_in_words} of {self.limit_in_words} {self.kind} left today"

    @property
    def refusal(self) -> str:
        """Why there is no more today, and when there is."""
        return f"{self._what_is_gone} There is more from midnight UTC, {in_words(time_left())} from now."

    @property
    def _what_is_gone(self) -> str:
        if not self.limit:
            return "Your quota lets you ask nothing today."
        if self.kind == "cost":
            return f"You have spent the {self.limit_in_words} that you may spend in a day."
        unit = self.kind.removesuffix("s") if self.limit == 1 else self.kind
        return f"You have used the {self.limit_in_words} {unit} that you have for today."


def amount(kind: str, value: Decimal) -> str:
    """Return it as people write it; of money no more digits than it has, and two at least."""
    if kind != "cost":
        return f"{value:,.0f}"
    exact = f"{value:,.6f}".rstrip("0")
    whole, _, part = exact.partition(".")
    return f"{whole}.{part.ljust(2, '0')}"


def day_began() -> datetime:
    now = timezone.now()
    return datetime.combine(now.date(), time.min, now.tzinfo)


def time_left() -> timedelta:
    return day_began() + timedelta(days=1) - timezone.now()


def in_words(wait: timedelta) -> str:
    """Return a wait to the nearest hour, or, where it is shorter than that, to the minute."""
    minutes = max(round(wait.total_seconds() / 60), 1)
    if minutes < 60:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(minutes / 60)
    return "an hour" if hours == 1 else f"{hours} hours"
