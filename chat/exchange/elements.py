"""The elements of a long JSON list one after the other, so that no more than one has to be held in memory."""

import re
from collections.abc import Iterable, Iterator

_STRUCTURE = re.compile(rb'["\[\]{}]')
_BETWEEN = re.compile(rb'["\[\]{},]')
_IN_STRING = re.compile(rb'["\\]')
_BLANKS = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


def elements(chunks: Iterable[bytes], longest: int) -> Iterator[bytes]:
    """Yield the elements of the outermost list as they are written; a text that is no list, whole.

    Looks at brackets and strings alone: what is broken comes out broken, and what a cut left over comes last.
    One of more than `longest` bytes comes out empty, and is not held in memory either.
    """
    splitter = _Splitter(longest)
    for chunk in chunks:
        yield from splitter.feed(chunk)
    yield from splitter.rest()


class _Splitter:
    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._held = bytearray()
        self._is_too_long = False  # the element that was begun
        self._here = 0  # what comes before was looked at
        self._depth = 0
        self._is_in_string = False
        self._is_list: bool | None = None  # None: nothing but blanks till now
        self._is_over = False

    def rest(self) -> Iterator[bytes]:
        if not self._is_over:
            yield from self._taken(len(self._held))

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        if self._is_over:
            return
        self._held += chunk
        if self._is_list is None and not self._has_begun():
            return
        while self._is_list and not self._is_over and (end := self._next_end()) is not None:
            yield from self._taken(end)
            del self._held[: end + 1]
            self._here = 0
        self._drop_what_is_too_long()

    def _taken(self, end: int) -> Iterator[bytes]:
        """Yield the element that ends here; b"" for one that is too long, nothing where there are blanks alone."""
        if self._is_too_long or end > self._longest:
            yield b""
        elif element := bytes(self._held[:end]).strip(_BLANKS):
            yield element
        self._is_too_long = False

    def _drop_what_is_too_long(self) -> None:
        """Let go of what was looked at; a text that is no list is not looked at at all."""
        if self._is_too_long or len(self._held) > self._longest:
            self._is_too_long = True
            del self._held[: self._here if self._is_list else len(self._held)]
            self._here = 0

    def _has_begun(self) -> bool:
        start = bytes(self._held[:4096]).removeprefix(_BOM).lstrip(_BLANKS)
        if not start:
            return len(self._held) > 4096 and self._begin(b"")
        return self._begin(start)

    def _begin(self, start: bytes) -> bool:
        self._is_list = start.startswith(b"[")
        if self._is_list:
            del self._held[: self._held.index(b"[") + 1]
        return True

    def _next_end(self) -> int | None:
        """Return where the element that was begun ends: at its comma, or at the end of the list."""
        while True:
            pattern = _IN_STRING if self._is_in_string else _BETWEEN if self._depth == 0 else _STRUCTURE
            found = pattern.search(self._held, self._here)
            if found is None:
                self._here = len(self._held)
                return None
            mark = found[0]
            if mark == b"\\" and found.end() == len(self._held):  # what it escapes is still to come
                self._here = found.start()
                return None
            self._here = found.end() + (mark == b"\\")
            if self._is_end(mark):
                return found.start()

    def _is_end(self, mark: bytes) -> bool:
        match mark:
            case b'"':
                self._is_in_string = not self._is_in_string
            case b"[" | b"{":
                self._depth += 1
            case b"]" | b"}":
                self._is_over = self._depth == 0
                self._depth -= 1
                return self._is_over
        return mark == b","
