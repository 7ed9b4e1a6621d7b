"""A filter by days, for lists that grow: Django's own drill-down asks every row of a table which years there are."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

DATES_CSS = {"all": ["chat/css/admin-queue.css"]}  # what a list that is filtered so needs


class DatesFilter(admin.ListFilter):
    """From one day to another, in the site's time zone; either may be left open."""

    template = "admin/chat/dates.html"
    names = ("since", "until")

    def __init__(self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.names:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        self.since, self.until = (day_in(str(self.used_parameters.get(name, ""))) for name in self.names)
        self.hidden: list[tuple[str, str]] = [
            (name, value)
            for name, values in request.GET.lists()
            for value in values
            if name not in (*self.names, "p", "e")
        ]

    def expected_parameters(self) -> list[str | None]:
        return [*(name for name in self.names if name in self.used_parameters)]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        today = timezone.localdate()
        yield self._choice("Any day", None)
        for label, days in (("Today", 0), ("Past 7 days", 6), ("Past 30 days", 29)):
            yield self._choice(label, today - timedelta(days=days))

    @property
    def unknown(self) -> str | None:
        asked = (str(self.used_parameters.get(name, "")) for name in self.names)
        return next((text for text in asked if text and day_in(text) is None), None)

    def _choice(self, label: str, since: date | None) -> dict[str, Any]:
        dates = [("since", since.isoformat())] if since else []
        return {
            "selected": self.since == since and self.until is None,
            "query_string": f"?{urlencode([*self.hidden, *dates])}",
            "display": label,
        }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if any(self.used_parameters.get(name) and getattr(self, name) is None for name in self.names):
            return queryset.none()  # no day
        since = midnight(self.since) if self.since else None
        until = midnight(self.until + timedelta(days=1)) if self.until else None
        return self.between(queryset, since, until)

    def between(self, queryset: Any, since: datetime | None, until: datetime | None) -> Any:
        """Return what is of `since` or later and before `until`."""
        raise NotImplementedError


class WhenFilter(DatesFilter):
    title = "when"

    def between(self, queryset: Any, since: datetime | None, until: datetime | None) -> Any:
        found = queryset.filter(when__gte=since) if since else queryset
        return found.filter(when__lt=until) if until else found


def day_in(text: str) -> date | None:
    """Return the day that a text names; None where it names none, or one that no calendar has a day after."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min < day < date(9999, 1, 1) else None


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone() or UTC)
