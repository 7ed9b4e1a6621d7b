"""What the admin's index draws: how much is asked, how well it goes, and what waits to be looked at.

Days are days of UTC. What was written here is counted, also what review may not read: figures name no conversation.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse

from chat.admin.charts import Bar, Bars, Columns, Lines, Series
from chat.models import Conversation, Day, Feedback, Flag, Spread, Tally, User, Verdict
from chat.models.figures import COUNTS, ENDINGS, STALL_MS, percentile, span_of, spreads, tallies, today, within

RANGES = (7, 30, 90)
DEFAULT = 30
LONGEST = 366
TOP = 10
LIVE = timedelta(days=1)  # days before today that are counted on the spot; a million answers would take too long
STALL = f"Answers that fell silent for {STALL_MS // 1_000} seconds or longer."
EVERY_MODEL = "Of all models; what was deleted with its chat is not counted."

Counts = dict[str, Any]


@dataclass(frozen=True)
class Period:
    """The days that are shown, and the model; `problem` says what could not be understood."""

    first: date
    last: date
    model: str = ""
    problem: str = ""

    @classmethod
    def asked(cls, request: HttpRequest) -> "Period":
        model = request.GET.get("model", "").replace("\0", "")[:200]
        try:
            return cls(*cls._days(request), model)
        except ValueError as error:
            return cls(today() - timedelta(days=DEFAULT - 1), today(), model, str(error))

    @staticmethod
    def _days(request: HttpRequest) -> tuple[date, date]:
        start, end = request.GET.get("from", ""), request.GET.get("to", "")
        if not start and not end:
            days = request.GET.get("days", str(DEFAULT))
            if days not in map(str, RANGES):
                raise ValueError(f"Choose 7, 30 or 90 days. These are the last {DEFAULT}.")
            return today() - timedelta(days=int(days) - 1), today()
        try:
            first, last = date.fromisoformat(start), min(date.fromisoformat(end or str(today())), today())
        except ValueError:
            raise ValueError(f"Give both days as 2026-11-30. These are the last {DEFAULT} days.") from None
        if first > last:
            raise ValueError(f"The first day has to be before the last. These are the last {DEFAULT} days.")
        if (last - first).days >= LONGEST:
            raise ValueError(f"At most {LONGEST} days fit on a page. These are the last {DEFAULT}.")
        return first, last

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def length(self) -> int:
        return len(self.days) if self.last == today() else 0


def nothing() -> Counts:
    return dict.fromkeys(COUNTS, 0)


@dataclass
class Sums:
    """What is counted in a period: what was rolled up, and the newest days on the spot.

    `pending` are the older days that are still to be counted: on a site that has just begun to keep figures.
    """

    period: Period
    by_day: dict[date, Counts] = field(default_factory=lambda: defaultdict(nothing))
    by_model: dict[str, Counts] = field(default_factory=lambda: defaultdict(nothing))
    by_user: dict[int | None, Counts] = field(default_factory=lambda: defaultdict(nothing))
    total: Counts = field(default_factory=nothing)
    spread: dict[tuple[date, str], Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    pending: list[date] = field(default_factory=list)

    def __post_init__(self) -> None:
        period = self.period
        uncounted = Day.objects.uncounted(period.first, period.last)  # first: meanwhile a day may be rolled up
        self._add_kept(uncounted)
        self.pending = [day for day in uncounted if day < today() - LIVE]
        for day in uncounted[len(self.pending) :]:
            for tally in tallies(day, period.model):
                self._add(day, tally.model, tally.user_id, {name: getattr(tally, name) for name in COUNTS})
            for each in spreads(day, period.model):
                self.spread[day, each.measure][each.bucket] += each.count

    def _add_kept(self, uncounted: list[date]) -> None:
        """Add what was rolled up, but for these days, so that each is taken from one place."""
        chosen = Q(date__range=(self.period.first, self.period.last)) & ~Q(date__in=uncounted)
        if self.period.model:
            chosen &= Q(model=self.period.model)
        kept = Tally.objects.filter(chosen)
        for row in kept.summed("date", "model"):
            counts = {name: row[f"sum_{name}"] for name in COUNTS}
            for sums in (self.by_day[row["date"]], self.by_model[row["model"]], self.total):
                add(sums, counts)
        for row in kept.summed("user_id"):
            add(self.by_user[row["user_id"]], {name: row[f"sum_{name}"] for name in COUNTS})
        buckets = Spread.objects.filter(chosen).order_by().values_list("date", "measure", "bucket")
        for day, measure, bucket, count in buckets.annotate(total=Sum("count")):
            self.spread[day, measure][bucket] += count

    def _add(self, day: date, model: str, user: int | None, counts: Counts) -> None:
        for sums in (self.by_day[day], self.by_model[model], self.by_user[user], self.total):
            add(sums, counts)

    def share(self, measure: str, share: float, unit: float = 1) -> list[float | None]:
        """Return a percentile of each day, in `unit`s."""
        found = [percentile(self.spread[day, measure], share) for day in self.period.days]
        return [None if value is None else round(value / unit, 2) for value in found]

    def daily(self, name: str) -> list[float | None]:
        return [None if day in self.pending else self.by_day[day][name] for day in self.period.days]


def add(sums: Counts, counts: Counts) -> None:
    for name, count in counts.items():
        sums[name] += count


class Figures:
    """The figures as one person may see them."""

    def __init__(self, request: HttpRequest) -> None:
        self._may = request.user.has_perm
        self.period = Period.asked(request)
        self._sums = Sums(self.period)

    @property
    def pending(self) -> str:
        """Which days are missing; "" where none are."""
        days = self._sums.pending
        return f"{len(days)} day{'s' * (len(days) > 1)}, from {days[0]} to {days[-1]}" if days else ""

    # What needs attention first

    @property
    def waiting(self) -> list[dict[str, Any]]:
        there = Conversation.objects.reviewable().order_by()
        bad = Feedback.objects.filter(value=Feedback.Value.BAD).values("message__conversation")
        flagged = Flag.objects.up().values("conversation")
        return [
            self._waits("Flagged", there.filter(pk__in=flagged).count(), "flagged=yes"),
            self._waits("With a bad answer", there.filter(pk__in=bad).count(), "feedback=bad"),
            self._waits("Waiting for review", there.unreviewed().count(), "review=unreviewed"),
        ]

    def _waits(self, label: str, count: int, query: str) -> dict[str, Any]:
        may = self._may("chat.view_conversation")
        link = f"{reverse('admin:chat_conversation_changelist')}?{query}" if may else ""
        return {"label": label, "count": count, "number": f"{count:,}", "link": link}

    # The charts

    @property
    def charts(self) -> list[Any]:
        days, sums = self.period.days, self._sums
        links = [self._answers(day) for day in days]
        answers = Series("Answers", sums.daily("answers"), links)
        new = Series("New chats", sums.daily("conversations"), [self._chats(day) for day in days])
        stalls = [self._answers(day, longest_stall_ms__gte=STALL_MS) for day in days]
        waits = self._percentiles(Spread.Measure.WAIT, links, 1_000)
        paces = self._percentiles(Spread.Measure.SPEED, links)
        return [
            Lines("Chats and answers a day", days, [answers] if self.period.model else [answers, new]),
            Lines("Time to first token, in seconds", days, waits, note="Within 4 %."),
            Lines("Speed, in tokens a second", days, paces, note="Within 4 %."),
            Columns("Stalls a day", days, [Series("Stalls", sums.daily("stalls"), stalls)], note=STALL),
            Bars("How answers ended", self._endings(), "Answers"),
            Bars("Tokens and cost by model", self._models(), "Tokens"),
            Bars("Tokens and cost by person", self._people(), "Tokens"),
            Bars("Feedback", self._opinions(Feedback, "value", "view_feedback"), "Answers", note=EVERY_MODEL),
            Bars("Verdicts", self._opinions(Verdict, "overall", "decide_verdict"), "Verdicts", note=EVERY_MODEL),
        ]

    def _percentiles(self, measure: str, links: list[str], unit: float = 1) -> list[Series]:
        shares = {"p95": 0.95, "p50": 0.5}
        return [Series(name, self._sums.share(measure, share, unit), links) for name, share in shares.items()]

    def _answers(self, day: date | None = None, **values: Any) -> str:
        """Return the address of the list of these answers; "" for whoever may not open it."""
        if not self._may("chat.view_generation"):
            return ""
        if self.period.model:
            values["model__exact"] = self.period.model
        values["written"] = "here"
        return self._list("generation", day or self.period.first, day or self.period.last, values)

    def _chats(self, day: date) -> str:
        """Return the address of the list of the chats begun on a day; "" for whoever may not open it."""
        may = self._may("chat.view_conversation")
        return self._list("conversation", day, day, {"origin__exact": ""}) if may else ""

    def _list(self, model: str, first: date, last: date, values: dict[str, Any]) -> str:
        """Return the address of the list of what was made in these days and has these values."""
        span = span_of(first, last)
        chosen = {"created__gte": span.start, "created__lt": span.end, **values}
        return f"{reverse(f'admin:chat_{model}_changelist')}?{urlencode(chosen)}"

    def _endings(self) -> list[Bar]:
        total = self._sums.total["answers"]
        return [
            Bar(state.capitalize(), count, self._answers(state__exact=state), share_of(count, total))
            for state in ENDINGS
            if (count := self._sums.total[state]) or state == "complete"
        ]

    def _models(self) -> list[Bar]:
        bars = [
            Bar(model, tokens(counts), self._answers(model__exact=model), cost(counts))
            for model, counts in self._sums.by_model.items()
            if model
        ]
        return cut(bars)

    def _people(self) -> list[Bar]:
        spent = sorted(self._sums.by_user.items(), key=lambda item: tokens(item[1]), reverse=True)
        names = self._names([pk for pk, _ in spent[:TOP] if pk is not None])
        return cut([self._person(pk, counts, names) for pk, counts in spent if counts["answers"]])

    def _person(self, pk: int | None, counts: Counts, names: dict[int, str]) -> Bar:
        if pk is None:
            return Bar("Deleted accounts", tokens(counts), "", cost(counts))
        link = self._answers(conversation__user=pk)
        return Bar(names.get(pk, f"User {pk}"), tokens(counts), link, cost(counts))

    def _names(self, keys: list[int]) -> dict[int, str]:
        if not (self._may("chat.view_user") or self._may("chat.view_conversation")):
            return {}
        return {user.pk: user.get_username() for user in User.objects.filter(pk__in=keys)}

    def _opinions(self, model: type[Feedback] | type[Verdict], name: str, power: str) -> list[Bar]:
        """`power` is what it takes to be shown the list of all of them: of verdicts others see their own."""
        days = self.period.first, self.period.last
        span = span_of(*days)
        found = model.objects.filter(within(span)).order_by().values_list(name).annotate(count=Count("pk"))
        counts = dict(found)
        total = sum(counts.values())
        values = Feedback.Value if model is Feedback else Verdict.Overall
        may, about = self._may(f"chat.{power}"), str(model._meta.model_name)
        links = {value: self._list(about, *days, {f"{name}__exact": value.value}) if may else "" for value in values}
        return [
            Bar(str(value.label), counts.get(value, 0), links[value], share_of(counts.get(value, 0), total))
            for value in values
        ]


def tokens(counts: Counts) -> int:
    return int(counts["prompt_tokens"] + counts["completion_tokens"])


def cost(counts: Counts) -> str:
    return f"{counts['cost']:,.2f}" if counts["cost"] else ""


def share_of(count: int, total: int) -> str:
    return f"{count / total:.0%}" if total else ""


def cut(bars: list[Bar]) -> list[Bar]:
    """Return the longest bars, and one for all the others."""
    bars = sorted(bars, key=lambda bar: -bar.value)
    rest = bars[TOP:]
    return bars[:TOP] + ([Bar(f"{len(rest)} others", sum(bar.value for bar in rest))] if rest else [])
