"""The files for learning as one ZIP, written while it is sent: no more than a lot of conversations is in memory."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from hashlib import sha256
from typing import IO, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from chat.exchange.archive import StreamedZip
from chat.learning.examples import examples
from chat.learning.preferences import preferences
from chat.learning.redaction import KINDS, Redactor, Untouched
from chat.learning.reviewed import Reviewed, as_many_as_fit, reviewed
from chat.learning.verdicts import COLUMNS, moment, rows, written
from chat.models import Conversation, Opening, User

FORMAT = "chatstream-learning"
VERSION = 1

LOT = 50  # conversations
LOT_CHARACTERS = 2_000_000
ID_BYTES = 16

CHAT, PREFERENCES, VERDICTS = "chat.jsonl", "preferences.jsonl", "verdicts.csv"
RIGHTS = ("chat.export_conversation", "chat.view_conversation")
FILES = (CHAT, PREFERENCES, VERDICTS)


@dataclass(frozen=True)
class Wishes:
    """What somebody wants to have, and how."""

    files: tuple[str, ...] = FILES
    only_good: bool = False
    with_corrections: bool = True
    redacts: bool = False
    names: tuple[str, ...] = field(default=(), repr=False)
    region: str = "US"
    reason: str = ""


class Package:
    """Each call of next_piece() reads a lot of conversations and returns its part of the ZIP; b"" says that is all.

    The files come one after the other, each from all conversations. That staff were given a conversation is recorded
    before the first line that is made of it.
    """

    def __init__(self, reader: User, ids: list[UUID], filters: dict[str, Any], wishes: Wishes, zone: tzinfo) -> None:
        self._reader = reader
        self._ids = b"".join(pk.bytes for pk in ids)  # a million take 16 MB
        self._recorded = bytearray(len(ids))
        self._filters = filters
        self._wishes = wishes
        self._said = Redactor(wishes.names, wishes.region) if wishes.redacts else Untouched()
        self._zip = StreamedZip(zone)
        self._files: list[dict[str, Any]] = []
        self._pieces = self._write()

    def next_piece(self) -> bytes:
        for _ in self._pieces:
            if piece := self._zip.take():
                return piece
        return self._zip.take()

    def _write(self) -> Iterator[None]:
        """Write everything, with a pause after each lot."""
        for name in self._wishes.files:
            with self._zip.open(name, timezone.now()) as file:
                yield from self._fill(name, Counted(file))
        self._zip.write(
            "manifest.json", json.dumps(self._manifest(), ensure_ascii=False, indent=1) + "\n", timezone.now()
        )
        self._zip.close()

    def _fill(self, name: str, file: "Counted") -> Iterator[None]:
        make = {CHAT: self._chat, PREFERENCES: self._preferences, VERDICTS: self._verdicts}[name]
        if name == VERDICTS:
            file.put(written(COLUMNS))
        start = 0
        while lot := self._lot(start):
            self._refuse_who_may_no_more()
            self._add(make, file, {pk: start + place for place, pk in enumerate(lot)})
            start += len(lot)
            yield
        self._files.append({"name": name, "lines": file.lines, "bytes": file.size, "sha256": file.digest.hexdigest()})

    def _refuse_who_may_no_more(self) -> None:
        """Raise PermissionDenied, which breaks the download off, where its reader lost the right since they asked."""
        now = User.objects.filter(pk=self._reader.pk, is_active=True, is_staff=True, suspended=None).first()
        if now is None or not now.has_perms(RIGHTS):
            raise PermissionDenied

    def _lot(self, start: int) -> list[UUID]:
        part = self._ids[start * ID_BYTES : (start + LOT) * ID_BYTES]
        ids = [UUID(bytes=part[at : at + ID_BYTES]) for at in range(0, len(part), ID_BYTES)]
        return ids[: as_many_as_fit(ids, LOT_CHARACTERS)] if ids else []

    def _add(self, make: "Maker", file: "Counted", places: dict[UUID, int]) -> None:
        made = [(each.conversation, lines) for each in reviewed(list(places)) if (lines := list(make(each)))]
        there = (
            Conversation.objects.reviewable().filter(pk__in=[each.pk for each, _ in made]).values_list("pk", flat=True)
        )
        kept = set(there)  # else deleted, or no longer for staff, while it was read
        made = [each for each in made if each[0].pk in kept]
        fresh = [conversation for conversation, _ in made if not self._recorded[places[conversation.pk]]]
        if fresh:
            Opening.objects.record(self._reader, fresh, Opening.Kind.EXPORT, reason=self._wishes.reason)
        for conversation, lines in made:
            self._recorded[places[conversation.pk]] = 1
            file.write(lines)

    def _chat(self, each: Reviewed) -> Iterator[str]:
        wishes = self._wishes
        found = examples(each, self._said, only_good=wishes.only_good, with_corrections=wishes.with_corrections)
        return map(_line, found)

    def _preferences(self, each: Reviewed) -> Iterator[str]:
        return map(_line, preferences(each, self._said))

    def _verdicts(self, each: Reviewed) -> Iterator[str]:
        return map(written, rows(each, self._said))

    def _manifest(self) -> dict[str, Any]:
        wishes = self._wishes
        filters = {name: self._redacted(value) for name, value in self._filters.items()}
        reason = self._said(wishes.reason)
        return {
            "format": FORMAT,
            "version": VERSION,
            "made": moment(timezone.now()),
            "by": self._reader.get_username(),
            "reason": reason,
            "filters": filters,
            "conversations": {"chosen": len(self._recorded), "exported": sum(self._recorded)},
            "options": {
                "only_good": wishes.only_good,
                "with_corrections": wishes.with_corrections,
                "redacted": wishes.redacts,
                "names": len(wishes.names) if wishes.redacts else 0,
                "region": wishes.region if wishes.redacts else "",
            },
            "redactions": {kind: self._said.counts[kind] for kind in KINDS},
            "files": self._files,
        }

    def _redacted(self, value: Any) -> Any:
        """Return what a filter asks for, redacted; one that is there several times is a list."""
        if isinstance(value, list):
            return [self._said(each) for each in value]
        return self._said(value) if isinstance(value, str) else value


Maker = Callable[[Reviewed], Iterator[str]]


class Counted:
    """A file that knows how many lines it has got, and its check sum."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()
        self.lines = 0
        self.size = 0

    def put(self, text: str) -> None:
        data = text.encode()
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)

    def write(self, lines: list[str]) -> None:
        for line in lines:
            self.put(line)
        self.lines += len(lines)


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
