"""A tree of messages as a conversation can have it, made of whatever a file says it is."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import count

from django.conf import settings

from chat.exchange.records import ConversationRecord, MessageRecord, Refused
from chat.models import Message
from chat.models.conversation import title_from
from chat.persona_forms import MOST_TOKENS

_NOUN = re.compile(r"^.+?(?= of | without |$)")

TICK = timedelta(microseconds=1)
NO_QUESTION = "[This chat began with an answer.]"
UNTITLED = "A chat without a title"
HOTTEST = 2.0
MOST_CHARACTERS = 10_000_000  # of a conversation: while it is stored, SQLite lets nobody else write
TOO_MANY = "It has more than {:,} messages, which is more than this site takes."
TOO_MUCH = "Its messages have more than {:,} characters, which is more than this site takes of one conversation."


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
    _give_title(record)
    _keep_within_bounds(record)
    _give_answers_questions(record)
    _choose_what_is_there(record)
    for message in record.messages:
        _shorten(record, message)
        if message.role == Message.Role.USER:
            message.generations = []
    if sum(len(message.text) + len(message.reasoning) for message in record.messages) > MOST_CHARACTERS:
        raise Refused(TOO_MUCH.format(MOST_CHARACTERS))
    return record


def _give_title(record: ConversationRecord) -> None:
    """Call one that has no name, by which it could be opened, by its first words."""
    if not record.title.strip():
        first = next((message.text for message in record.messages if message.role == Message.Role.USER), "")
        record.title = title_from(first) or UNTITLED


def _keep_within_bounds(record: ConversationRecord) -> None:
    """Ask for answers with nothing that could not be chosen here."""
    if record.temperature is not None and not 0 <= record.temperature <= HOTTEST:
        record.temperature = None
        record.remarks.append("Its temperature is none that can be chosen here; answers come with the model's own.")
    most = settings.CHAT_MAX_ANSWER_TOKENS or MOST_TOKENS
    if record.max_tokens is not None and not 1 <= record.max_tokens <= most:
        record.max_tokens = most if record.max_tokens else None
        record.remarks.append(f"Its maximum length is none that can be chosen here; at most {most:,} tokens can.")
    longest = settings.CHAT_MAX_SYSTEM_PROMPT_CHARACTERS
    if len(record.system_prompt) > longest:
        record.system_prompt = record.system_prompt[:longest]
        record.remarks.append(f"Its instructions were cut after {longest:,} characters.")


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
