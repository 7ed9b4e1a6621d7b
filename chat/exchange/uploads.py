"""What is in a file somebody sent: JSON, or a ZIP with JSON in it. Nothing is unpacked to a disk, nothing believed."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.conf import settings

from chat.exchange.elements import elements
from chat.exchange.records import Refused

PIECE = 64 * 1024  # bytes
MOST_ENTRIES = 50_000
LARGEST_DIRECTORY = 20_000_000  # bytes; what a ZIP says is in it
ENTRY = b"PK\1\2"  # what each entry of a directory begins with
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others may unpack a gigabyte from one piece
TOO_LONG = "It is larger than {:,.0f} MB, which is more than this site takes of one conversation."
TOO_MANY_ENTRIES = f"This ZIP file holds more than {MOST_ENTRIES:,} files."
WRAPPERS = ("conversations", "chats")  # a list in an object, as some tools write it

BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)


class TooLarge(Refused):
    def __init__(self) -> None:
        most = settings.CHAT_IMPORT_MAX_BYTES
        super().__init__(f"The file holds more than {most / 1_000_000:,.0f} MB, which is as much as this site takes.")


@dataclass(frozen=True)
class Element:
    """One thing out of a file. `content` is None where it is no JSON object; `problem` then says what it is."""

    file: str
    content: dict[str, Any] | None
    problem: str = ""
    is_too_long: bool = False


class Meter:
    """Counts the bytes that come out of an upload, whatever its headers say."""

    def __init__(self) -> None:
        self._left: int = settings.CHAT_IMPORT_MAX_BYTES

    def read(self, file: IO[bytes]) -> Iterator[bytes]:
        while piece := file.read(PIECE):
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge
            yield piece


class Guarded:
    """A ZIP as zipfile reads it: its directory at once and in whole, however many files that names."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > LARGEST_DIRECTORY:
            raise Refused(TOO_MANY_ENTRIES)
        piece = self._file.read(size)
        if piece.count(ENTRY) > MOST_ENTRIES:
            raise Refused(TOO_MANY_ENTRIES)
        return piece


def elements_of(file: IO[bytes], name: str) -> Iterator[Element]:
    """Yield what is in it, one after the other. Raises Refused where it can't be read (on)."""
    beginning = file.read(4)
    file.seek(0)
    meter = Meter()
    if beginning[:2] == b"PK":
        yield from _from_zip(file, meter)
    else:
        yield from _from_json(file, name, meter)


def _from_zip(file: IO[bytes], meter: Meter) -> Iterator[Element]:
    try:
        archive = zipfile.ZipFile(Guarded(file))
    except BROKEN_ZIP as error:
        raise Refused("This ZIP file is damaged.") from error
    with archive:
        entries = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".json")]
        for entry in entries:
            yield from _from_entry(archive, entry, meter)


def _from_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, meter: Meter) -> Iterator[Element]:
    name = entry.filename
    if entry.flag_bits & 1 or entry.compress_type not in METHODS:
        yield Element(name, None, "It is encrypted, or packed in a way this site doesn't unpack.")
        return
    try:
        with archive.open(entry) as unpacked:
            yield from _from_json(unpacked, name, meter)
    except BROKEN_ZIP:
        yield Element(name, None, "It is damaged.")


def _from_json(file: IO[bytes], name: str, meter: Meter) -> Iterator[Element]:
    longest = settings.CHAT_IMPORT_MAX_CONVERSATION_BYTES
    for written in elements(meter.read(file), longest):
        if not written:
            yield Element(name, None, TOO_LONG.format(longest / 1_000_000), is_too_long=True)
            continue
        try:
            content = json.loads(written)
        except RecursionError:
            yield Element(name, None, "It is nested too deep.")
        except ValueError:
            yield Element(name, None, "It is not JSON, or it is cut off.")
        else:
            yield from _unwrapped(name, content)


def _unwrapped(name: str, content: object) -> Iterator[Element]:
    if not isinstance(content, dict):
        yield Element(name, None, "It is not a conversation.")
        return
    wrapped = next((content[key] for key in WRAPPERS if isinstance(content.get(key), list)), None)
    for each in [content] if wrapped is None else wrapped:
        is_object = isinstance(each, dict)
        yield Element(name, each if is_object else None, "" if is_object else "It is not a conversation.")
