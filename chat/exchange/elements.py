"""The elements of a long JSON list one after the other, so that no more than one has to be held in memory."""

import re
from collections.abc import Iterable, Iterator

_STRUCTURE = re.compile(rb'["\[\]{}]')
_BETWEEN = re.compile(rb'["\[\]{},]')
_IN_STRING = re.compile(rb'["\\]')
_BLANKS = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


def elements(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the elements of the outermost list as they are written; a text that is no list, whole.

    Looks at brackets and strings alone: what is broken comes out broken, and what a cut left over comes last.
    """
    splitter = _Splitter()
    for chunk in chunks:
        yield from splitter.feed(chunk)
    if rest := splitter.rest:
        yield rest


class _Splitter:
    def __init__(self) -> None:
        self._held = bytearray()
        self._here = 0  # what comes before was looked at
        self._depth = 0
        self._is_in_string = False
        self._is_list: bool | None = None  # None: nothing but blanks till now
        self._is_over = False

    @property
    def rest(self) -> bytes:
        return b"" if self._is_over else bytes(self._held).strip(_BLANKS)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        if self._is_over:
            return
        self._held += chunk
        if self._is_list is None and not self._has_begun():
            return
        if not self._is_list:
            return
        while not self._is_over and (end := self._next_end()) is not None:
            element = bytes(self._held[:end]).strip(_BLANKS)
            del self._held[: end + 1]
            self._here = 0
            if element:
                yield element

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
