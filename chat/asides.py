"""What stands beside an answer where staff read it: what it took, how it ended, and what its reader said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import prefetch_related_objects

from chat.curves import Curve
from chat.models import Feedback, Generation, Message
from chat.models.provenance import Provenance
from chat.replaying import SPEEDS, Schedule, schedule_of


@dataclass
class Aside:
    message: Message

    speeds = SPEEDS

    @cached_property
    def made(self) -> Provenance:
        return self.message.provenance

    @property
    def generations(self) -> Sequence[Generation]:
        return self.made.generations

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule(0, [], None) if self.message.is_active else schedule_of(self.generations)

    @property
    def curve(self) -> Curve | None:
        return Curve(self.schedule) if self.schedule else None

    @property
    def longest_stall(self) -> float | None:
        """In seconds, the longest of all generations; thoughts count."""
        known = [each.longest_stall_ms for each in self.generations if each.longest_stall_ms is not None]
        return max(known) / 1_000 if known else None

    @property
    def feedback(self) -> Feedback | None:
        return getattr(self.message, "feedback", None)


def asides_of(messages: Sequence[Message]) -> dict[str, Aside]:
    """Return those of the answers among these messages, by the message's id; fetch what they need for all at once."""
    answers = [message for message in messages if message.role == Message.Role.ASSISTANT]
    prefetch_related_objects(answers, "generations__timeline", "feedback")
    return {str(answer.pk): Aside(answer) for answer in answers}
