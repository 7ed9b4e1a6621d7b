"""All of a person's conversations as one ZIP, written while it is sent: no more than one is in memory at a time."""

import json
import logging
import zipfile
from datetime import UTC, datetime, tzinfo
from typing import IO
from uuid import UUID

from django.utils import timezone

from chat.exchange.files import FORMATS, Format, stem
from chat.exchange.native import FORMAT, VERSION
from chat.models import Conversation, User

KEPT = ("json", "markdown")
FIRST_YEAR, LAST_YEAR = 1980, 2107  # of a ZIP's times

logger = logging.getLogger(__name__)


class Outlet:
    """Where a ZIP is written to and taken from piece by piece. It can't be gone back in, which zipfile knows to do
    without."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data, self._written = b"".join(self._written), []
        return data


class StreamedZip:
    """A ZIP of which each part can be taken as soon as it is written."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._outlet = Outlet()
        self._zip = zipfile.ZipFile(self._outlet, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]

    def write(self, path: str, text: str, when: datetime) -> None:
        self._zip.writestr(self._entry(path, when), text.encode())

    def open(self, path: str, when: datetime) -> IO[bytes]:
        """Begin a file of any length, which is to be closed before the next one."""
        file: IO[bytes] = self._zip.open(self._entry(path, when), "w", force_zip64=True)
        return file

    def close(self) -> None:
        self._zip.close()

    def take(self) -> bytes:
        return self._outlet.take()

    def _entry(self, path: str, when: datetime) -> zipfile.ZipInfo:
        local = when.astimezone(self._zone)
        year = min(max(local.year, FIRST_YEAR), LAST_YEAR)
        entry = zipfile.ZipInfo(path, (year, *local.timetuple()[1:6]))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o600 << 16  # its reader's alone, where it is unpacked
        return entry


class Archive:
    """Each call of next_piece() reads one conversation and returns its part of the ZIP; b"" says that all is told."""

    def __init__(self, user: User, zone: tzinfo) -> None:
        self._user = user
        self._zone = zone
        self._zip = StreamedZip(zone)
        self._last: UUID | None = None
        self._count = 0
        self._failed: list[dict[str, str]] = []
        self._is_closed = False

    def next_piece(self) -> bytes:
        while not self._is_closed:
            conversation = self._next()
            if conversation is None:
                self._finish()
            else:
                self._add(conversation)
            if piece := self._zip.take():
                return piece
        return b""

    def _next(self) -> Conversation | None:
        """Return the one after the last, by id, which never changes; what came or went meanwhile does no harm."""
        there = Conversation.objects.of(self._user).filter(is_temporary=False).order_by("pk")
        conversation = (there.filter(pk__gt=self._last) if self._last else there).select_related("persona").first()
        self._last = conversation.pk if conversation else None
        return conversation

    def _add(self, conversation: Conversation) -> None:
        try:
            texts = [(FORMATS[name], FORMATS[name].written(conversation, self._zone)) for name in KEPT]
        except Exception:  # the others are to be had all the same; the manifest names it
            logger.exception("Conversation %s could not be exported.", conversation.pk)
            self._failed.append({"id": str(conversation.pk), "title": conversation.title})
            return
        if not Conversation.objects.of(self._user).filter(pk=conversation.pk).exists():
            return  # deleted while it was read
        for kind, text in texts:
            self._zip.write(path_of(conversation, kind), text, conversation.updated)
        self._count += 1

    def _finish(self) -> None:
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "count": self._count,
            "failed": self._failed,
            "exported": timezone.now().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        }
        self._zip.write("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", timezone.now())
        self._zip.close()
        self._is_closed = True


def path_of(conversation: Conversation, kind: Format) -> str:
    """Return where it stands in the ZIP: by day and title, with a bit of its id so that no two are the same."""
    day = conversation.created.astimezone(UTC).date().isoformat()
    return f"{kind.ending}/{day}-{stem(conversation)}-{conversation.pk.hex[:12]}.{kind.ending}"
