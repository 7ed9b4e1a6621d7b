"""What review asks of conversations: which of them were judged, complained of, flagged, or are somebody's turn.

The rare (a flag, a complaint, a failure) is looked up by `IN`, so that a database may begin with the few there are; the
common by `EXISTS`, which ends at the first one. What may be either is tried on the newest conversations first.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When

from chat.models.arranging import ArrangedQuerySet
from chat.models.assignment import Assignment
from chat.models.feedback import Feedback
from chat.models.flag import Flag
from chat.models.generation import Generation, State
from chat.models.note import Mention
from chat.models.verdict import Verdict

if TYPE_CHECKING:
    from chat.models.user import User

NEWEST = 2_000  # conversations that something is tried on
COMMON = 100  # of them: reading on until a list is full takes no long then


class ReviewedQuerySet(ArrangedQuerySet):
    # Judged: as a whole, or an answer of it

    def reviewed(self) -> Self:
        return self.filter(pk__in=Verdict.objects.values("conversation"))

    def reviewed_by(self, reviewer: "User") -> Self:
        return self.filter(pk__in=Verdict.objects.filter(reviewer=reviewer).values("conversation"))

    def unreviewed(self) -> Self:
        """Return those that wait for a review: nobody has judged them, or not what has come since."""
        return self.filter(is_settled=False)

    def unreviewed_by(self, reviewer: "User") -> Self:
        return self.exclude(Exists(Verdict.objects.filter(conversation=OuterRef("pk"), reviewer=reviewer)))

    def settle(self) -> None:
        """Keep of each whether it waits for a review: what is judged while an answer is written still does.

        Call it, with the conversation's row held, where a verdict, what its user says of an answer, or a flag comes or
        goes; whoever asks for an answer says themselves that it waits.
        """
        is_judged = Exists(up_to_date().filter(conversation=OuterRef("pk")))
        is_written = Exists(Generation.objects.active().filter(conversation=OuterRef("pk")))
        self.order_by().update(is_settled=Case(When(Q(is_judged) & ~Q(is_written), then=True), default=False))

    # Somebody's turn

    def claimed_by(self, reviewer: "User") -> Self:
        return self.filter(pk__in=Assignment.objects.live().filter(reviewer=reviewer).values("conversation"))

    def claimed_by_others(self, reviewer: "User") -> Self:
        return self.filter(pk__in=Assignment.objects.live().exclude(reviewer=reviewer).values("conversation"))

    def unclaimed(self) -> Self:
        return self.exclude(Exists(Assignment.objects.live().filter(conversation=OuterRef("pk"))))

    # What people and staff say of them

    def with_feedback(self, value: str) -> Self:
        return self.filter(pk__in=Feedback.objects.filter(value=value).values("message__conversation"))

    def without_feedback(self) -> Self:
        return self.exclude(Exists(Feedback.objects.filter(message__conversation=OuterRef("pk"))))

    def flagged(self) -> Self:
        return self.filter(pk__in=Flag.objects.up().values("conversation"))

    def unflagged(self) -> Self:
        return self.exclude(Exists(Flag.objects.up().filter(conversation=OuterRef("pk"))))

    def mentioning(self, reviewer: "User") -> Self:
        """Return those in which a note mentions this person, who hasn't seen it yet."""
        mentions = Mention.objects.filter(user=reviewer, seen=None)
        return self.filter(pk__in=mentions.values("note__conversation"))

    # How their answers came about

    def ended(self, *states: State) -> Self:
        """Return those with an answer that ended like this; it is for the endings that are rare."""
        return self.with_rare_answer(state__in=states)

    def failed(self) -> Self:
        return self.ended(State.FAILED, State.INTERRUPTED)

    def with_answer(self, **values: Any) -> Self:
        """Return those with a generation that has these values, as few or many may have."""
        answers = Generation.objects.filter(**values)
        condition = Q(Exists(answers.filter(conversation=OuterRef("pk"))))
        return self._common_or_rare(condition, answers.values("conversation"))

    def with_rare_answer(self, **values: Any) -> Self:
        """Return the same, where there is an index of these values, and few have them."""
        return self.filter(pk__in=Generation.objects.filter(**values).values("conversation"))

    # Their size and age

    def of_length(self, first: int, last: int | None = None) -> Self:
        """Return those of so many messages, all versions counted."""
        from chat.models.message import Message

        lengths = Message.objects.order_by().values("conversation").annotate(length=Count("*"))  # by an index alone
        found, condition = lengths.filter(length__gte=first), Q(self._has_more_than(first - 1))
        if last:
            found, condition = found.filter(length__lte=last), condition & ~Q(self._has_more_than(last))
        return self._common_or_rare(condition, found.values("conversation"))

    def _has_more_than(self, count: int) -> Exists:
        from chat.models.message import Message

        messages = Message.objects.filter(conversation=OuterRef("pk")).order_by("created")
        return Exists(messages[count : count + 1])

    def _common_or_rare(self, condition: Q, found: QuerySet[Any]) -> Self:
        """Return those that meet a condition, which `found` are: each is asked where it is common, else all at once."""
        there = type(self)(self.model, using=self.db).filter(deleted=None, is_temporary=False)
        newest = there.order_by("-updated", "-pk").values("pk")[:NEWEST]
        is_common = there.filter(condition, pk__in=newest).order_by().count() >= COMMON
        return self.filter(condition) if is_common else self.filter(pk__in=found)

    def active_between(self, since: datetime | None, until: datetime | None) -> Self:
        """Return those whose last turn was at `since` or later and before `until`."""
        found = self if since is None else self.filter(updated__gte=since)
        return found if until is None else found.filter(updated__lt=until)

    # What is next

    def by_urgency(self) -> "tuple[Self, ...]":
        """Return what is nobody's turn, in parts: the most urgent first, and of each the longest waiting first."""
        waiting = self.unclaimed().order_by("updated", "pk")
        return waiting.with_feedback(Feedback.Value.BAD), waiting.flagged(), waiting.failed(), waiting


def up_to_date() -> QuerySet[Verdict]:
    """Return the verdicts by who had seen all: no answer has come since, no word of its user on one, no flag that is
    up."""
    here, then = OuterRef("conversation"), OuterRef("seen")
    answers = Generation.objects.filter(Q(created__gt=then) | Q(finished__gt=then), conversation=here)
    said = Feedback.objects.filter(message__conversation=here, updated__gt=then)
    flags = Flag.objects.up().filter(conversation=here, raised__gt=then)
    return Verdict.objects.exclude(Exists(answers)).exclude(Exists(said)).exclude(Exists(flags)).order_by()
