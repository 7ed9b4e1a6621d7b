"""Where the model's sight ends: the first message of a thread that the latest answer was written with."""

from collections.abc import Sequence

from chat.models import Generation, Message
from chat.models.generation import State

LATEST = 10  # answers that are looked at: a model is seldom not asked at all


def horizon_of(thread: Sequence[Message]) -> Message | None:
    """Return the message above which a line is drawn; None where the model saw everything.

    The latest answer decides that a model was asked for and that has ended: of one that is being written, its stream
    tells at the end.
    """
    answers = [message.pk for message in thread if message.role == Message.Role.ASSISTANT][-LATEST:]
    ended = Generation.objects.filter(message__in=answers, unseen__isnull=False).exclude(state__in=State.active())
    latest = ended.order_by("-message__created", "-ordinal").values_list("unseen", flat=True).first()
    return _at(thread, latest or 0)


def horizon_after(answer: Message) -> Message | None:
    """Return the same for a thread that ends with this answer, which has ended."""
    return horizon_of([*answer.before(), answer])


def _at(thread: Sequence[Message], unseen: int) -> Message | None:
    return thread[unseen] if 0 < unseen < len(thread) else None
