"""A generation: one run of a model that adds to one message.

    queued ──► running ──► complete | stopped | interrupted | failed
       │          └──► queued            (its process died and nothing had been shown)
       └──► stopped | failed

Every transition is a conditional UPDATE that says whether it won. While running, the row belongs to whoever
holds `claim`: nothing is appended to the message except in a transaction that finds the claim still there.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple, Self

from django.conf import settings
from django.db import connections, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from chat.models.allowance import Use
from chat.models.chunk import Chunk, Part, Row
from chat.models.daily_use import DailyUse
from chat.models.timeline import Timeline, points_of

LEASE = timedelta(seconds=15)
MAX_ATTEMPTS = 3


class State(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"

    @classmethod
    def active(cls) -> "tuple[State, State]":
        return (cls.QUEUED, cls.RUNNING)


@dataclass(frozen=True)
class Ending:
    """How a generation ended, and what the endpoint said of it."""

    state: State
    error_code: str = ""
    error: str = ""
    finish_reason: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    response_id: str = ""
    cost: Decimal | None = None

    def use(self, *, began: bool) -> Use:
        """What it adds to the use of its day: what the endpoint counted. One that failed, or was stopped before it
        began, gives its message back. Of an answer that was stopped or cut off no tokens are counted, so none are."""
        gives_back = self.state == State.FAILED or not began
        tokens = (self.prompt_tokens or 0) + (self.completion_tokens or 0)
        return Use(-1 if gives_back else 0, tokens, self.cost or Decimal(0))


class TakenOver(NamedTuple):
    """What became of an abandoned generation."""

    message_id: uuid.UUID
    is_queued_again: bool  # else it has ended


# The heartbeat goes out with every frame, so it is written by hand; the ORM's update() returns no rows. It returns
# the bare column: SQLite 3.40 answers 1 to "stop_requested_at IS NOT NULL" in a RETURNING clause whatever it holds.
_HEARTBEAT = {
    "postgresql": (
        "UPDATE chat_generation SET lease = statement_timestamp() + %s * interval '1 second'"
        " WHERE claim = ANY(%s::uuid[]) AND state = 'running' RETURNING claim, stop_requested_at"
    ),
    "sqlite": (
        "UPDATE chat_generation SET lease = strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', %s || ' seconds')"
        " WHERE claim IN (SELECT value FROM json_each(%s)) AND state = 'running'"
        " RETURNING claim, stop_requested_at"
    ),
}


class GenerationQuerySet(models.QuerySet["Generation"]):
    def active(self) -> Self:
        return self.filter(state__in=State.active())

    def heartbeat(self, claims: Iterable[uuid.UUID]) -> dict[uuid.UUID, bool]:
        """Renew the lease of the claims that still hold; return those, each with whether a stop was requested."""
        connection = connections[self.db]
        seconds = LEASE.total_seconds()
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(_HEARTBEAT["postgresql"], [seconds, list(claims)])
                return {claim: stop is not None for claim, stop in cursor.fetchall()}
            cursor.execute(_HEARTBEAT["sqlite"], [f"+{seconds}", json.dumps([claim.hex for claim in claims])])
            return {uuid.UUID(claim): stop is not None for claim, stop in cursor.fetchall()}

    def append(self, claims: Iterable[uuid.UUID], rows: Sequence[Row], *, again: bool) -> dict[uuid.UUID, bool]:
        """Commit one frame: append `rows`, renew the leases, fence, and read the stop flags, in one transaction.

        Rows whose claim no longer holds are not written. `again` says that the same frame was sent before and
        its answer lost: what it did write then counts as written. Returns what heartbeat() does.
        """
        with transaction.atomic(using=self.db):
            bound_waits(self.db)
            held = self.heartbeat(claims)
            mine = [row for row in rows if row.claim in held]
            Chunk.objects.using(self.db).append(Chunk.objects.missing(mine) if again else mine)
        return held

    def finish(self, claim: uuid.UUID, rows: Sequence[Row], ending: Ending, *, again: bool = False) -> bool:
        """End the generation that holds `claim`: last rows, text folded, state, usage and timeline in one transaction.

        Returns False, and writes nothing, where the claim no longer holds.
        """
        with transaction.atomic(using=self.db):
            bound_waits(self.db)
            generation = self.select_for_update().filter(claim=claim, state=State.RUNNING).first()
            if generation is None:
                return False
            Chunk.objects.append(Chunk.objects.missing(rows) if again else rows)
            generation.end(ending)
        return True

    def seize(self) -> None:
        """Take these, where active, from their owners, as they are to be deleted: a chunk that came between would make
        the database refuse that.

        Whoever writes them finds the claim gone with the next frame; whoever reads them sees no end before they are
        gone. What is not deleted after all is taken over as any that is abandoned.
        """
        for pk in self.active().values_list("pk", flat=True):
            self.active().filter(pk=pk).update(state=State.RUNNING, claim=uuid.uuid4(), lease=Now() + LEASE)

    def abandoned(self, *, everyone: bool) -> Self:
        """Return active generations whose lease has run out by the database's clock, or all that are active."""
        return self.active() if everyone else self.active().filter(lease__lt=Now())

    def take_over(self, pk: int, *, everyone: bool = False) -> TakenOver | None:
        """Take over what a dead process left: start it again if it had shown nothing, else end it as interrupted.

        `everyone` ignores the lease: only for a process that knows it is alone. None: somebody else is at it, or was.
        """
        with transaction.atomic(using=self.db):
            bound_waits(self.db)
            abandoned = self.abandoned(everyone=everyone).select_for_update(skip_locked=True)
            generation = abandoned.filter(pk=pk).first()
            return TakenOver(generation.message_id, generation.recover()) if generation else None


def bound_waits(using: str) -> None:
    """Let PostgreSQL end our transaction where it waits too long: for a lock somebody holds, so that it can be tried
    again or given up, or for a process of ours that froze inside it, so that the row is free for a reaper."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET LOCAL lock_timeout = '{settings.DATABASE_LOCK_SECONDS}s';"
                " SET LOCAL idle_in_transaction_session_timeout = '5s'"
            )


class Generation(models.Model):
    message = models.ForeignKey("chat.Message", models.CASCADE, related_name="generations")
    conversation = models.ForeignKey("chat.Conversation", models.CASCADE, related_name="generations")
    ordinal = models.PositiveSmallIntegerField()  # 1 for the first of its message
    start_offset = models.PositiveIntegerField(default=0)  # characters of text that were there before it
    attempt = models.PositiveSmallIntegerField(default=0)

    state = models.CharField(max_length=11, choices=State, default=State.QUEUED)
    claim = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    owner = models.CharField(max_length=200, blank=True)  # host and process id, for people only
    lease = models.DateTimeField()
    stop_requested_at = models.DateTimeField(null=True, blank=True)

    model = models.CharField(max_length=200)
    persona = models.CharField(max_length=80, blank=True)  # its name then
    system_prompt = models.TextField(blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    unseen = models.PositiveIntegerField(
        null=True, blank=True
    )  # messages at the beginning of the branch that the model wasn't shown; None: it was never asked
    response_id = models.CharField(max_length=200, blank=True)

    created = models.DateTimeField(default=timezone.now, editable=False)
    started = models.DateTimeField(null=True, blank=True)
    first_token = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    thought_ms = models.PositiveIntegerField(null=True, blank=True)  # before its text; None: nobody measured
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)  # from its claim to its first words
    longest_stall_ms = models.PositiveIntegerField(null=True, blank=True)  # between two frames, thoughts included

    finish_reason = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)  # the sentence its reader sees
    prompt_tokens = models.PositiveIntegerField(null=True, blank=True)
    completion_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)

    objects: ClassVar[GenerationQuerySet] = GenerationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created"]
        permissions = [("view_figures", "Can see the figures of all answers")]
        indexes = [
            models.Index(fields=["lease"], condition=Q(state__in=["queued", "running"]), name="active_leases"),
            models.Index(fields=["created"], name="generations_by_date"),
            models.Index(fields=["state", "finish_reason", "conversation"], name="generations_by_ending"),
            models.Index(fields=["first_token_ms", "conversation"], name="generations_by_first_words"),
            models.Index(fields=["longest_stall_ms", "conversation"], name="generations_by_stall"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(state__in=["queued", "running"]),
                name="one_active_generation_per_conversation",
            ),
            models.UniqueConstraint(fields=["message", "ordinal"], name="one_generation_per_message_and_ordinal"),
            models.CheckConstraint(
                condition=Q(claim__isnull=False, state="running") | (Q(claim__isnull=True) & ~Q(state="running")),
                name="a_generation_is_claimed_while_it_runs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model}, {self.get_state_display()}"

    # Questions

    @property
    def is_active(self) -> bool:
        return self.state in State.active()

    @property
    def seconds(self) -> float | None:
        """From its claim to its end; None where it has not come that far."""
        return seconds_between(self.started, self.finished)

    @property
    def seconds_to_first_token(self) -> float | None:
        """From its claim to its first words, reasoning included; None where there were none."""
        return seconds_between(self.started, self.first_token)

    @property
    def seconds_of_writing(self) -> float | None:
        """From its first words to its end; None where it has not come that far."""
        return seconds_between(self.first_token, self.finished)

    @property
    def tokens_per_second(self) -> float | None:
        """How fast it was written once it had begun; None where the endpoint counted nothing, or it took no time."""
        return speed(self.completion_tokens, self.seconds_of_writing)

    @property
    def was_cut_by_length(self) -> bool:
        return self.state == State.COMPLETE and self.finish_reason == "length"

    @property
    def offers_more(self) -> bool:
        """Whether its reader may ask for another generation on the same message."""
        early = self.state in (State.STOPPED, State.INTERRUPTED, State.FAILED) or self.was_cut_by_length
        return early and self.error_code != "content_filter"

    @property
    def offers_another(self) -> bool:
        """Whether its reader may have the answer written anew, beside it; without text that is trying again."""
        return not self.is_active and (bool(self.message.text) or self.error_code == "content_filter")

    @property
    def outcome(self) -> str:
        """How it ended, in a sentence for its reader; "" where the answer speaks for itself."""
        match self.state:
            case State.STOPPED:
                return "Stopped."
            case State.INTERRUPTED:
                return self.error or "The answer was interrupted."
            case State.FAILED:
                return self.error
        return "Stopped at its length limit." if self.was_cut_by_length else ""

    # Transitions

    def claim_for(self, owner: str) -> uuid.UUID | None:
        """Take a queued generation. Returns the claim, or None where another process got there first."""
        claim = uuid.uuid4()
        won = Generation.objects.filter(pk=self.pk, state=State.QUEUED).update(
            state=State.RUNNING,
            claim=claim,
            owner=owner,
            lease=Now() + LEASE,
            started=Now(),
            attempt=F("attempt") + 1,
        )
        return claim if won else None

    @transaction.atomic
    def request_stop(self, *, gives_back: bool = True) -> None:
        """Stop it: at once where it is still queued, else by a flag its writer sees with the next frame.

        One that had not begun is no message of today's then; who stops several in one transaction gives none back, or
        the end of another would wait for this person's use, and this transaction for it.
        """
        generations = Generation.objects.filter(pk=self.pk)
        waiting = generations.filter(state=State.QUEUED)
        if not waiting.update(state=State.STOPPED, finished=Now()):
            generations.filter(state=State.RUNNING, stop_requested_at=None).update(stop_requested_at=Now())
        elif gives_back:
            DailyUse.objects.of(self).increase(Ending(State.STOPPED).use(began=False))

    def end(self, ending: Ending) -> None:
        """Fold the text and write the ending. Call it in a transaction that holds the row."""
        arrivals = self.message.chunks.filter(part=Part.TEXT).order_by("offset").values_list("ms", "text")
        points = points_of([(ms, len(text)) for ms, text in arrivals])
        frames = list(self.message.chunks.order_by("ms").values_list("ms", flat=True))
        if self.started and frames:
            self.first_token = self.started + timedelta(milliseconds=frames[0])
        thought_ms = self.message.chunks.all().thought_ms()
        self.message.fold()
        Timeline.objects.create(generation=self, points=points)
        values: dict[str, Any] = {
            **vars(ending),
            "claim": None,
            "first_token": self.first_token,
            "first_token_ms": frames[0] if frames else None,
            "longest_stall_ms": longest_stall(frames),
            "thought_ms": thought_ms,
        }
        Generation.objects.filter(pk=self.pk).update(**values, finished=Now())
        use = ending.use(began=self.started is not None)
        if any(use):
            DailyUse.objects.of(self).increase(use)

    def recover(self) -> bool:
        """Put an abandoned generation right; True if it is queued again. Call it in a transaction that locks it."""
        if self.state == State.RUNNING and self.message.chunks.exists():
            self.end(Ending(State.STOPPED if self.stop_requested_at else State.INTERRUPTED))
            return False
        if self.stop_requested_at:
            self.end(Ending(State.STOPPED))
            return False
        if self.attempt >= MAX_ATTEMPTS:
            self.end(Ending(State.FAILED, "lost", "The answer could not be started. Try again."))
            return False
        Generation.objects.filter(pk=self.pk).update(state=State.QUEUED, claim=None, lease=Now() + LEASE)
        return True


def seconds_between(earlier: datetime | None, later: datetime | None) -> float | None:
    """Return how long it took; None where one of them is not known, or clocks disagree about their order."""
    if earlier is None or later is None or later < earlier:
        return None
    return (later - earlier).total_seconds()


def longest_stall(frames: Sequence[int]) -> int | None:
    """Return the longest wait between two of these moments, in their unit; None where there are not two."""
    return max((later - earlier for earlier, later in pairwise(frames)), default=None)


def speed(tokens: int | None, seconds: float | None) -> float | None:
    """Return tokens a second; None where there is nothing to divide, or by nothing."""
    return tokens / seconds if tokens and seconds else None
