"""Taking in what somebody exported, here or elsewhere: each conversation by itself, and a line about each."""

import hashlib
import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import IO, Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q

from chat.exchange import native, values
from chat.exchange.making import make
from chat.exchange.reading import OURS
from chat.exchange.records import ConversationRecord, Refused
from chat.exchange.sources import source_of
from chat.exchange.tree import UNTITLED
from chat.exchange.uploads import Element, TooLarge, elements_of
from chat.models import Conversation, User

MOST_PROBLEMS = 100  # of one file, which is then left alone
MOST_PINNED = 100  # of one person's; a list begins with all of them
MOST_LISTED = 500  # of those that are there already, and of those that are refused
LONGEST_ORIGIN = 200

LOOKED_AT = 4  # times as many as are taken: those before may be there already
TOO_MANY = "This site looks at {:,} conversations of a file. Those that follow were not imported."
UNKNOWN = "It is not a conversation of a program this site knows."

logger = logging.getLogger(__name__)


class Outcome(StrEnum):
    TAKEN = "taken"
    THERE = "there"
    REFUSED = "refused"


@dataclass(frozen=True)
class Line:
    """What became of one conversation; `remarks` say what of it could not be taken."""

    title: str
    outcome: Outcome
    remarks: list[str] = field(default_factory=list)
    conversation: Conversation | None = None


@dataclass
class Report:
    """What became of a file; `trouble` says why it was not read to its end."""

    lines: list[Line] = field(default_factory=list)
    trouble: str = ""
    is_too_large: bool = False
    unlisted: int = 0  # lines beyond those that are kept
    _numbers: Counter[Outcome] = field(default_factory=Counter)

    def add(self, line: Line) -> None:
        """Count it. Whatever was taken is listed; of the others only so many, a page being no file."""
        self._numbers[line.outcome] += 1
        if line.outcome != Outcome.TAKEN and self._numbers[line.outcome] > MOST_LISTED:
            self.unlisted += 1
        else:
            self.lines.append(line)

    def number(self, outcome: Outcome) -> int:
        return self._numbers[outcome]

    @property
    def taken(self) -> int:
        return self.number(Outcome.TAKEN)

    @property
    def there(self) -> int:
        return self.number(Outcome.THERE)

    @property
    def refused(self) -> int:
        return self.number(Outcome.REFUSED)

    @property
    def looked_at(self) -> int:
        return self._numbers.total()


def bring_in(user: User, file: IO[bytes], name: str) -> Report:
    """Take the conversations of a file in, those that are not there yet.

    What was taken stays, whatever follows it: the same file again goes on from there.
    """
    report, strangers = Report(), Strangers()
    try:
        for element in elements_of(file, name):
            if report.taken >= settings.CHAT_IMPORT_MAX_CONVERSATIONS:
                report.trouble = f"These are the first {report.taken:,}. Import the file again for those that follow."
                break
            if report.looked_at >= LOOKED_AT * settings.CHAT_IMPORT_MAX_CONVERSATIONS:
                report.trouble = TOO_MANY.format(report.looked_at)
                break
            report.is_too_large |= element.is_too_long
            if line := _line_for(user, element, strangers):
                report.add(line)
    except Refused as refused:
        report.trouble = str(refused)
        report.is_too_large |= isinstance(refused, TooLarge)
    for line in strangers.lines(is_alone=not report.lines):
        report.add(line)
    if not report.lines and not report.trouble:
        report.trouble = "There is no conversation in this file."
    return report


class Strangers:
    """What is no conversation. Where there are some in the same file, it is told of; a file in a ZIP that holds none is
    about something else."""

    def __init__(self) -> None:
        self._problems: Counter[tuple[str, str, str]] = Counter()
        self._numbers: Counter[str] = Counter()
        self._known: set[str] = set()

    def know(self, file: str) -> None:
        self._known.add(file)

    def add(self, file: str, problem: str, title: str = "") -> None:
        self._problems[file, title, problem] += 1
        self._numbers[file] += 1
        if self._numbers[file] > MOST_PROBLEMS:
            raise Refused("There is too much in this file that is not a conversation.")

    def lines(self, *, is_alone: bool) -> list[Line]:
        return [
            Line(
                title or values.line(file, 200),
                Outcome.REFUSED,
                [problem if number == 1 else f"{problem} ({number} times)"],
            )
            for (file, title, problem), number in self._problems.items()
            if is_alone or file in self._known
        ]


def _line_for(user: User, element: Element, strangers: Strangers) -> Line | None:
    if element.is_too_long:
        return Line(values.line(element.file, 200), Outcome.REFUSED, [element.problem])
    return _line_of(user, element, strangers)


def _line_of(user: User, element: Element, strangers: Strangers) -> Line | None:
    content = element.content
    if content is None:
        strangers.add(element.file, element.problem)
        return None
    if native.is_manifest(content):
        return None
    source = source_of(content)
    if source is None:
        strangers.add(element.file, UNKNOWN, values.line(content.get("title"), 200))
        return None
    strangers.know(element.file)
    try:
        record: ConversationRecord = source.read(content)
        record.origin = _origin(source.__name__, record, content)
        return take(user, record)
    except Refused as refused:
        return Line(_title(content), Outcome.REFUSED, [str(refused)])
    except Exception:  # whatever is odd in one, the others are not to suffer by it
        logger.exception("An imported conversation could not be read.")
        return Line(_title(content), Outcome.REFUSED, ["Something in it could not be understood."])


def take(user: User, record: ConversationRecord) -> Line:
    """Make a conversation of a record in a transaction of its own, unless it is there already."""
    try:
        with transaction.atomic():
            if there := _already_there(user, record.origin):
                return Line(there.title, Outcome.THERE, conversation=there)
            _unpin_one_too_many(user, record)
            temporary = Conversation.objects.of(user).filter(origin=record.origin, is_temporary=True)
            temporary.update(origin="")  # which is soon gone, and its name is wanted
            conversation = make(user, record, origin=record.origin)
    except IntegrityError:  # another request took it meanwhile
        there = _already_there(user, record.origin)
        if there is None:
            raise
        return Line(there.title, Outcome.THERE, conversation=there)
    except DatabaseError as error:
        raise Refused("The database does not take it.") from error
    if record.persona and conversation.persona is None:
        record.remarks.append(f"The persona “{record.persona}” is not here; its words are.")
    return Line(conversation.title, Outcome.TAKEN, _told_once(record.remarks), conversation)


def _unpin_one_too_many(user: User, record: ConversationRecord) -> None:
    if record.is_pinned and Conversation.objects.of(user).filter(is_pinned=True).count() >= MOST_PINNED:
        record.is_pinned = False
        record.remarks.append(f"It is not pinned: {MOST_PINNED} chats are already.")


def _already_there(user: User, origin: str) -> Conversation | None:
    """Return what was imported from the same, or the conversation itself where this is its own export.

    A temporary one doesn't count: who imports its export wants to have it for longer.
    """
    source, _, name = origin.partition(":")
    found = Q(origin=origin)
    if source == OURS and _is_uuid(name):
        found |= Q(pk=UUID(name))
    return Conversation.objects.of(user).filter(found, is_temporary=False).first()


def _is_uuid(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def _origin(source: str, record: ConversationRecord, content: dict[str, Any]) -> str:
    """Return what it is called; what has no name, or too long a one, is called by what is in it."""
    if 0 < len(record.origin) <= LONGEST_ORIGIN:
        return record.origin
    written = record.origin or json.dumps(content, sort_keys=True)
    return f"{source.rpartition('.')[2]}:{hashlib.sha256(written.encode()).hexdigest()}"


def _title(content: dict[str, Any]) -> str:
    inner = values.mapping(content.get("conversation")) or values.mapping(content.get("chat"))
    return values.line(content.get("title") or inner.get("title"), 200) or UNTITLED


def _told_once(remarks: list[str]) -> list[str]:
    return [remark if number == 1 else f"{remark} ({number} times)" for remark, number in Counter(remarks).items()]
