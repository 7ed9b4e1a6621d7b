"""Where the model's sight ends: the first message of a thread that the latest answer was written with."""

from collections.abc import Sequence

from chat.models import Generation, Message
from chat.models.generation import State


def horizon_of(thread: Sequence[Message]) -> Message | None:
    """Return the message above which a line is drawn; None where the model saw everything.

    The latest answer that has ended decides: of one that is being written, a stream tells at its end.
    """
    answers = [message.pk for message in thread if message.role == Message.Role.ASSISTANT][-2:]
    ended = Generation.objects.filter(message__in=answers).exclude(state__in=State.active())
    latest = ended.order_by("-message__created", "-ordinal").values_list("unseen", flat=True).first()
    return _at(thread, latest or 0)


def horizon_after(answer: Message) -> Message | None:
    """Return the same for a thread that ends with this answer, which has ended."""
    unseen = answer.generation.unseen if answer.generation else 0
    return _at(answer.before(), unseen) if unseen else None


def _at(thread: Sequence[Message], unseen: int) -> Message | None:
    return thread[unseen] if 0 < unseen < len(thread) else None
