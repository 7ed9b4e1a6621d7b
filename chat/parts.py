"""Which part of a thread a page shows: its newest messages, or those that its reader asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from chat.models import Conversation, Message

SIZE = 40  # messages


@dataclass(frozen=True)
class Part:
    """The messages of a thread from `start` to before `end`."""

    thread: Sequence[Message]
    start: int
    end: int

    @property
    def messages(self) -> Sequence[Message]:
        return self.thread[self.start : self.end]

    @property
    def first(self) -> Message:
        return self.thread[self.start]

    @property
    def last(self) -> Message:
        return self.thread[self.end - 1]

    @property
    def earlier(self) -> Message | None:
        """The last message of the part before."""
        return self.thread[self.start - 1] if self.start else None

    @property
    def later(self) -> Message | None:
        """The first message of the part that follows."""
        return self.thread[self.end] if self.end < len(self.thread) else None

    @property
    def answering(self) -> Message | None:
        """The answer that is being written, where it is shown: the last, or one that is continued further up."""
        return next((message for message in self.messages if message.is_active), None)


def newest(thread: Sequence[Message]) -> Part:
    return Part(thread, max(len(thread) - SIZE, 0), len(thread))


def around(thread: Sequence[Message], place: int) -> Part:
    """Return the newest part where the message at `place` is in it, else one with what led to it and what followed."""
    latest = newest(thread)
    if place >= latest.start:
        return latest
    start = max(place - SIZE // 2, 0)
    start -= start % 2  # with a question
    return Part(thread, start, min(start + SIZE, len(thread)))


def asked_for(thread: Sequence[Message], query: Mapping[str, str]) -> Part | None:
    """Return the part before, after or around the message that `query` names; None where the thread has none such."""
    places = {str(message.pk): place for place, message in enumerate(thread)}
    if place := places.get(query.get("before", "")):  # nothing is before the first
        return Part(thread, max(place - SIZE, 0), place)
    place = places.get(query.get("after", ""), len(thread)) + 1
    if place < len(thread):
        return Part(thread, place, min(place + SIZE, len(thread)))
    place = places.get(query.get("at", ""))
    return None if place is None else around(thread, place)


def address(conversation: Conversation, message: Message, words: Sequence[str] = ()) -> str:
    """Return where a message of a thread is found: on the conversation's page, or on one of a part further up. There
    `words` are marked in it."""
    thread = conversation.thread()
    is_further_up = message in thread and message not in newest(thread).messages
    query = urlencode({**({"at": message.pk} if is_further_up else {}), "find": words}, doseq=True)
    return f"{conversation.get_absolute_url()}{'?' if query else ''}{query}#message-{message.pk}"
