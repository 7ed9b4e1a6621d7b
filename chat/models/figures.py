"""The figures of finished days, counted once: what the admin's index draws without reading a million answers.

A day is a day of UTC. It is counted when it is over and nothing of it is being written any more: an answer that has
ended never changes. What is deleted later stays counted. Today and yesterday are counted on the spot until then.

Only what was written here counts: no answer of an import, a fork or a copy, but those that are asked for in it later.
"""

import math
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, NamedTuple, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, F, Func, Q, Sum
from django.db.models.functions import Cast, Floor, Greatest, Ln, Now
from django.utils import timezone

from chat.models.conversation import Conversation
from chat.models.generation import Generation, State, bound_waits

STALL_MS = 2_000  # a silence this long counts as a stall
STEP = 1.08  # each bucket reaches this much further than the one before: its middle is off by less than 4 %
SETTLING = timedelta(minutes=10)  # after midnight, for what was begun before it and not committed yet

ENDINGS = [state.value for state in (State.COMPLETE, State.STOPPED, State.INTERRUPTED, State.FAILED)]
COUNTS = (
    "conversations",
    "answers",
    "complete",
    "stopped",
    "interrupted",
    "failed",
    "stalls",
    "prompt_tokens",
    "completion_tokens",
    "cost",
)

WRITTEN_HERE = Q(conversation__origin="") | Q(created__gte=F("conversation__stored"))  # of answers
BEGUN_HERE = Q(origin="")  # of conversations


class Span(NamedTuple):
    """From the beginning of one moment up to, and without, another."""

    start: datetime
    end: datetime


def span_of(day: date, last: date | None = None) -> Span:
    start = datetime.combine(day, time(), UTC)
    return Span(start, datetime.combine(last or day, time(), UTC) + timedelta(days=1))


def today() -> date:
    return timezone.now().astimezone(UTC).date()


class Seconds(Func):
    """How long it is to a moment from another; SQLite knows it to the millisecond."""

    output_field = models.FloatField()
    arg_joiner = " - "

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template="EXTRACT(EPOCH FROM %(expressions)s)::float8", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        context |= {"arg_joiner": ") - julianday("}
        template = "(ROUND((julianday(%(expressions)s)) * 86400000) / 1000)"
        return super().as_sql(compiler, connection, template=template, **context)


def bucket_of(value: Any) -> Cast:
    """Return the bucket of a positive value, as the database finds it."""
    return Cast(Floor(Ln(value) / math.log(STEP)), models.SmallIntegerField())


def middle_of(bucket: int) -> float:
    return float(STEP ** (bucket + 0.5))


def percentile(buckets: dict[int, int], share: float) -> float | None:
    """Return what `share` of all values don't exceed, within 4 %; None where there are none."""
    wanted, seen = math.ceil(sum(buckets.values()) * share), 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= wanted:
            return middle_of(bucket)
    return None


class DayQuerySet(models.QuerySet["Day"]):
    def due(self) -> list[date]:
        """Return the days that are over and not counted, oldest first."""
        last = (timezone.now() - SETTLING).astimezone(UTC).date() - timedelta(days=1)
        return self.uncounted(date.min, last)

    def uncounted(self, first: date, last: date) -> list[date]:
        """Return those of these days that are not counted, oldest first; where nothing is, there is nothing to count.

        It looks once for each gap in what is counted: a chat that was imported may be older than the others by decades.
        """
        counted = set(self.exclude(counted=None).filter(date__range=(first, last)).values_list("date", flat=True))
        days, day = [], first
        while day <= last:
            if day not in counted:
                there = self._next(day, last)
                if there is None:
                    break
                day = there
            if day not in counted:
                days.append(day)
            day += timedelta(days=1)
        return days

    def _next(self, first: date, last: date) -> date | None:
        """Return the first of these days on which there is an answer or the beginning of a chat."""
        there = [model.objects.filter(within(span_of(first, last))) for model in (Generation, Conversation)]
        firsts = [found.order_by("created").values_list("created")[:1] for found in there]
        return min((created.astimezone(UTC).date() for found in firsts for (created,) in found), default=None)

    def roll_up(self, day: date, *, again: bool = False) -> bool:
        """Count a day and keep its figures. Returns whether this call did; `again`: also where it was kept before.

        It is counted before the transaction, which is short then: SQLite has one writer. What has ended doesn't
        change, so two processes that count at once find the same; the row of the day lets one of them keep it.
        """
        is_kept = self.filter(date=day).exclude(counted=None).exists()
        if day >= today() or (is_kept and not again):
            return False
        if Generation.objects.filter(within(span_of(day))).active().exists():
            return False
        found = tallies(day), spreads(day)
        with transaction.atomic(using=self.db):
            bound_waits(self.db)
            self.bulk_create([Day(date=day)], ignore_conflicts=True)
            if self.select_for_update().get(date=day).counted and not again:
                return False
            Tally.objects.filter(date=day).delete()
            Spread.objects.filter(date=day).delete()
            Tally.objects.bulk_create(found[0], batch_size=500)
            Spread.objects.bulk_create(found[1], batch_size=500)
            self.filter(date=day).update(counted=Now())
        return True


class Day(models.Model):
    """A day, and when it was counted."""

    date = models.DateField(primary_key=True)
    counted = models.DateTimeField(null=True)

    objects: ClassVar[DayQuerySet] = DayQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.date)


class TallyQuerySet(models.QuerySet["Tally"]):
    def summed(self, *by: str) -> Any:
        """Return the sums of each group, as dictionaries."""
        return self.order_by().values(*by).annotate(**{f"sum_{name}": Sum(name) for name in COUNTS})

    def within(self, first: date, last: date) -> Self:
        return self.filter(date__gte=first, date__lte=last)


class Tally(models.Model):
    """What one person had of one model on one day; conversations begun stand in a row without a model."""

    date = models.DateField()
    model = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    conversations = models.PositiveIntegerField(default=0)
    answers = models.PositiveIntegerField(default=0)
    complete = models.PositiveIntegerField(default=0)
    stopped = models.PositiveIntegerField(default=0)
    interrupted = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    stalls = models.PositiveIntegerField(default=0)
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=6, default=0)

    objects: ClassVar[TallyQuerySet] = TallyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        default_permissions = ()
        verbose_name_plural = "tallies"
        indexes = [models.Index(fields=["date", "model"], name="tallies_by_date")]

    def __str__(self) -> str:
        return f"{self.date}: {self.answers} answers"


class Spread(models.Model):
    """How many answers of a model were this quick on a day: a bucket of a histogram."""

    class Measure(models.TextChoices):
        WAIT = "wait"  # milliseconds to the first words
        SPEED = "speed"  # tokens a second

    date = models.DateField()
    model = models.CharField(max_length=200)
    measure = models.CharField(max_length=5, choices=Measure)
    bucket = models.SmallIntegerField()
    count = models.PositiveIntegerField()

    objects: ClassVar[models.Manager["Spread"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["date", "measure", "model", "bucket"], name="one_count_per_date_measure_model_and_bucket"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date}, {self.measure}: {self.count}"


def within(span: Span) -> Q:
    return Q(created__gte=span.start, created__lt=span.end)


def tallies(day: date, model: str = "") -> list[Tally]:
    """Count the answers and the conversations of a day from their own rows; with `model`, its answers only."""
    answers = Generation.objects.filter(WRITTEN_HERE, within(span_of(day)))
    if model:
        answers = answers.filter(model=model)
    rows = (
        answers.order_by()
        .values("model", user_id=F("conversation__user_id"))
        .annotate(
            answers=Count("pk"),
            stalls=Count("pk", filter=Q(longest_stall_ms__gte=STALL_MS)),
            **{state: Count("pk", filter=Q(state=state)) for state in ENDINGS},
            **{f"sum_{name}": Sum(name) for name in ("prompt_tokens", "completion_tokens", "cost")},
        )
    )
    found = [Tally(date=day, **{name.removeprefix("sum_"): value or 0 for name, value in row.items()}) for row in rows]
    if model:
        return found
    begun = Conversation.objects.filter(BEGUN_HERE, within(span_of(day))).order_by().values("user_id")
    return found + [Tally(date=day, **row) for row in begun.annotate(conversations=Count("pk"))]


def spreads(day: date, model: str = "") -> list[Spread]:
    """Sort the answers of a day into buckets, by how soon they began and how fast they were written."""
    answers = Generation.objects.filter(WRITTEN_HERE, within(span_of(day))).order_by()
    if model:
        answers = answers.filter(model=model)
    begun = answers.exclude(first_token_ms=None)
    timed = answers.annotate(written_in=Seconds("finished", "first_token")).filter(
        completion_tokens__gt=0, written_in__gt=0
    )
    sorted_out = {
        Spread.Measure.WAIT: begun.values("model", bucket=bucket_of(Greatest("first_token_ms", 1))),
        Spread.Measure.SPEED: timed.values("model", bucket=bucket_of(F("completion_tokens") / F("written_in"))),
    }
    return [
        Spread(date=day, measure=measure, **row)
        for measure, found in sorted_out.items()
        for row in found.annotate(count=Count("pk"))
    ]
