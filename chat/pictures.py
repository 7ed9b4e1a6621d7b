"""The picture of a message, the same on a page, in an answer to htmx and at the end of a stream."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from chat.models import Message
from chat.streaming.follow import Cursor, look


@dataclass(frozen=True)
class Picture:
    """A message and, while it is being written, how much of its texts the page will hold."""

    message: Message
    text: str
    reasoning: str = ""
    cursor: Cursor | None = None

    @property
    def is_live(self) -> bool:
        return self.cursor is not None

    @property
    def is_thinking(self) -> bool:
        """Whether its model has thought so far, and written nothing."""
        return self.is_live and not self.text


def picture_of(message: Message) -> Picture:
    return pictures_of([message])[0]


def pictures_of(messages: Sequence[Message]) -> list[Picture]:
    """Look at the generations first and at the texts after them: the other way round, an answer that ends in between
    would be complete and have no text."""
    prefetch_related_objects(messages, "generations", "feedback")
    rows = Message.objects.filter(pk__in=[message.pk for message in messages]).values_list("pk", "text", "reasoning")
    texts = {pk: (text, reasoning) for pk, text, reasoning in rows}
    for message in messages:
        message.text, message.reasoning = texts.get(message.pk, ("", ""))
    return [_picture_of(message) for message in messages]


def _picture_of(message: Message) -> Picture:
    """Look at the log where the message is being written; its stream goes on from the cursor."""
    log = look(message.pk, Cursor()) if message.is_active else None
    if log is None:
        return Picture(message, message.text, message.reasoning)
    return Picture(message, log.text, log.reasoning, Cursor(len(log.text), len(log.reasoning)))
