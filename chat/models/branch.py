"""A branch on its way into a conversation of its own: what a fork and a copy are made of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from chat.models.generation import Generation, State
from chat.models.message import Message
from chat.models.search import SearchEntry

if TYPE_CHECKING:
    from chat.models.conversation import Conversation

BATCH = 200  # rows
UNANSWERED = "Not answered here yet."


@dataclass
class Branch:
    """Messages from a root down, and the generations of the answers among them."""

    messages: list[Message] = field(default_factory=list)
    generations: list[Generation] = field(default_factory=list)

    def add(self, message: Message, generations: Iterable[Generation] = ()) -> None:
        self.messages.append(message)
        for generation in generations:
            generation.message = message
            self.generations.append(generation)

    def add_copy(self, message: Message, generations: Iterable[Generation]) -> None:
        """Add what is said in another conversation, and what produced it; what that has cost was paid once."""
        copy = Message(
            role=message.role,
            author_id=message.author_id,
            text=message.text,
            reasoning=message.reasoning,
            created=message.created,
        )
        self.add(copy, [_copied(generation) for generation in generations])

    def add_place_for_answer(self, model: str) -> None:
        """Add an answer that nobody has asked for yet; Try again asks for it."""
        generation = finished_generation(
            model, State.INTERRUPTED, timezone.now(), error_code="unasked", error=UNANSWERED
        )
        self.add(Message(role=Message.Role.ASSISTANT), [generation])

    def store(self, conversation: "Conversation") -> None:
        """Fill an empty conversation with it, in bulk, as else only an import does (exchange/making.py).

        Call it in a transaction.
        """
        parent: Message | None = None
        for message in self.messages:
            message.conversation, message.parent, parent = conversation, parent, message
        for generation in self.generations:
            generation.conversation = conversation
        Message.objects.bulk_create(self.messages, BATCH)
        Generation.objects.bulk_create(self.generations, BATCH)
        SearchEntry.objects.index(conversation)


def finished_generation(model: str, state: State, when: datetime, **values: str) -> Generation:
    return Generation(ordinal=1, model=model, state=state, created=when, finished=when, lease=when, **values)


def _copied(generation: Generation) -> Generation:
    values = {each.attname: getattr(generation, each.attname) for each in Generation._meta.concrete_fields}
    return Generation(**{**values, "id": None, "claim": None, "cost": None})
