"""A tree of messages as a conversation can have it, made of whatever a file says it is."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import count

from django.conf import settings

from chat.exchange.records import ConversationRecord, MessageRecord, Refused
from chat.models import Message

_NOUN = re.compile(r"^.+?(?= of | without |$)")

TICK = timedelta(microseconds=1)
NO_QUESTION = "[This chat began with an answer.]"
TOO_MANY = "It has more than {:,} messages, which is more than this site takes."


def settled(record: ConversationRecord, messages: Sequence[MessageRecord]) -> ConversationRecord:
    """Give the record its messages: each once, each below one that is there or at the beginning, none too long.

    What can't stay as it is leaves a remark. Raises Refused where there are too many, or none.
    """
    if len(messages) > settings.CHAT_IMPORT_MAX_MESSAGES:
        raise Refused(TOO_MANY.format(settings.CHAT_IMPORT_MAX_MESSAGES))
    known = {message.id: message for message in reversed(messages) if message.id}  # of two the first
    _adopt_orphans(record, known.values())
    record.messages = reachable([each for each in messages if known.get(each.id) is each])
    if not record.messages:
        raise Refused("There is no message in it.")
    if astray := len(messages) - len(record.messages):
        record.remarks.append(left_out(astray, "message without a place in the chat"))
    _give_answers_questions(record)
    _choose_what_is_there(record)
    for message in record.messages:
        _shorten(record, message)
        if message.role == Message.Role.USER:
            message.generations = []
    return record


def left_out(number: int, kind: str) -> str:
    """Return a remark: what kind of thing was left out, and how many."""
    return f"A {kind} was left out." if number == 1 else f"{counted(number, kind)} were left out."


def counted(number: int, kind: str) -> str:
    return f"1 {kind}" if number == 1 else f"{number:,} {_NOUN.sub(_plural, kind, count=1)}"


def _plural(noun: re.Match[str]) -> str:
    return f"{noun[0]}s"


def _adopt_orphans(record: ConversationRecord, messages: Iterable[MessageRecord]) -> None:
    """Begin the chat anew with those that hang below something that isn't there."""
    names = {message.id for message in messages}
    orphans = [message for message in messages if message.parent is not None and message.parent not in names]
    for message in orphans:
        message.parent = None
    if orphans:
        record.remarks.append("What came before some of its messages is missing: they stand at the beginning.")


def reachable(messages: Sequence[MessageRecord]) -> list[MessageRecord]:
    """Return those that a way leads to from the beginning, which leads to no circle."""
    children = below(messages)
    found: set[str] = set()
    waiting: list[str | None] = [None]
    while waiting:
        fresh = [child.id for child in children[waiting.pop()]]
        found.update(fresh)
        waiting += fresh
    return [message for message in messages if message.id in found]


def below(messages: Iterable[MessageRecord]) -> defaultdict[str | None, list[MessageRecord]]:
    children: defaultdict[str | None, list[MessageRecord]] = defaultdict(list)
    for message in messages:
        children[message.parent].append(message)
    return children


def _give_answers_questions(record: ConversationRecord) -> None:
    """Put a note above the answers a chat begins with: an answer without a question could not be asked for again."""
    firsts = [each for each in record.messages if each.parent is None and each.role == Message.Role.ASSISTANT]
    if not firsts:
        return
    names = {message.id for message in firsts}
    note = MessageRecord(
        id=_new_name({message.id for message in record.messages}),
        parent=None,
        role=Message.Role.USER,
        text=NO_QUESTION,
        created=min(message.created for message in firsts) - TICK,
    )
    for message in firsts:
        message.parent = note.id
    if record.chosen in names:
        note.chosen, record.chosen = record.chosen, note.id
    record.messages = [note, *record.messages]


def _new_name(names: set[str]) -> str:
    return next(name for number in count() if (name := f"note {number}") not in names)


def _choose_what_is_there(record: ConversationRecord) -> None:
    parents = {message.id: message.parent for message in record.messages}
    if parents.get(record.chosen or "", "") is not None:
        record.chosen = None
    for message in record.messages:
        if message.chosen is not None and parents.get(message.chosen) != message.id:
            message.chosen = None


def _shorten(record: ConversationRecord, message: MessageRecord) -> None:
    most = settings.CHAT_IMPORT_MAX_CHARACTERS
    if len(message.text) <= most and len(message.reasoning) <= most:
        return
    message.text, message.reasoning = message.text[:most], message.reasoning[:most]
    for generation in message.generations:
        generation.start_offset = min(generation.start_offset, most)
    record.remarks.append(f"A message was cut after {most:,} characters.")
