"""What review asks of conversations: which of them were judged, complained of, flagged, or are somebody's turn.

The rare (a flag, a complaint, a failure) is looked up by `IN`, so that a database may begin with the few there are; the
common by `EXISTS`, which ends at the first one.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Exists, OuterRef

from chat.models.arranging import ArrangedQuerySet
from chat.models.assignment import Assignment
from chat.models.feedback import Feedback
from chat.models.flag import Flag
from chat.models.generation import Generation, State
from chat.models.note import Mention
from chat.models.verdict import Verdict

if TYPE_CHECKING:
    from chat.models.user import User


class ReviewedQuerySet(ArrangedQuerySet):
    # Judged: as a whole, or an answer of it

    def reviewed(self) -> Self:
        return self.filter(pk__in=Verdict.objects.values("conversation"))

    def reviewed_by(self, reviewer: "User") -> Self:
        return self.filter(pk__in=Verdict.objects.filter(reviewer=reviewer).values("conversation"))

    def unreviewed(self) -> Self:
        return self.exclude(Exists(Verdict.objects.filter(conversation=OuterRef("pk"))))

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
        """Return those with a generation that has these values, as many have."""
        return self.filter(Exists(Generation.objects.filter(conversation=OuterRef("pk"), **values)))

    def with_rare_answer(self, **values: Any) -> Self:
        """Return the same, where there is an index of these values, and few have them."""
        return self.filter(pk__in=Generation.objects.filter(**values).values("conversation"))

    # Their size and age

    def longer_than(self, count: int) -> Self:
        """Return those of more messages than that, all versions counted."""
        return self.filter(self._has_more_than(count))

    def at_most(self, count: int) -> Self:
        return self.exclude(self._has_more_than(count))

    def _has_more_than(self, count: int) -> Exists:
        from chat.models.message import Message

        messages = Message.objects.filter(conversation=OuterRef("pk")).order_by("created")
        return Exists(messages[count : count + 1])

    def active_between(self, since: datetime | None, until: datetime | None) -> Self:
        """Return those whose last turn was at `since` or later and before `until`."""
        found = self if since is None else self.filter(updated__gte=since)
        return found if until is None else found.filter(updated__lt=until)

    # What is next

    def by_urgency(self) -> "tuple[Self, ...]":
        """Return what waits for a reviewer, in parts: the most urgent first, and of each the longest waiting first."""
        waiting = self.unreviewed().unclaimed().order_by("updated", "pk")
        return waiting.with_feedback(Feedback.Value.BAD), waiting.flagged(), waiting.failed(), waiting
