"""Where growing Markdown may be cut. What lies before a cut never changes again.

Whole-document CommonMark can't equal an append-only stream (a definition far below changes a paragraph far above), so
the dialect renders pieces alone. Two kinds of cut, both decided on complete lines:

- a **slice** ends before a line on which, after a blank line, a new top-level block or a run of definitions begins;
- inside a slice a **unit** begins with every block, list item and table row. CommonMark decides line by line what a
  line begins, so no later line takes that back. A unit is read behind a stand-in for what it stands in: the markers
  of its list items, the head of its table.
"""

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Any, NamedTuple

import pyromark

from chat.rendering.dialect import CODE_BEFORE, INLINE, NOTHING, OPTIONS, blocks_in, mask, parts_of, unmask
from chat.rendering.formulas import CONTAINER, fill_displays

_ITEM = re.compile(rb" {0,3}(?:[-+*]|\d{1,9}[.)])([ \t]*)(?:(?P<empty>\n[ \t]*\n)|(?P<blank>\n|\Z))?")
_MARKER = re.compile(r"(?:[-+*]|\d{1,9}[.)]|\[\^(?:\\.|[^\]\\\n])+\]:)")
_FENCE = re.compile(r"(`{3,}|~{3,})[^`]*$")
_CLOSING = re.compile(r"[ \t>]*(`{3,}|~{3,})[ \t]*")
_CONTAINER = re.compile(CONTAINER)
_LEVELS = {"List": 1, "Item": 1, "BlockQuote": 1, "FootnoteDefinition": 1, "Table": 2}  # elements each is on the page
_MARKED = {"Item", "FootnoteDefinition"}
_CONTAINERS = {*_LEVELS, "TableHead"}
_BLANK_LINE = re.compile(r"(?:\A|\n)[ \t]*\n")
_BLANKS = re.compile(rb"[ \t\n]*")


def blocks_only(markdown: str, is_final: bool = False) -> str:
    """Return cleaned `markdown`, character for character, in which nothing but its blocks begins a block."""
    masked = mask(markdown)
    if "$$" not in markdown and "\\[" not in markdown:
        return masked
    return mask(fill_displays(markdown, blocks_in(masked), is_final))


# Slices


class _Block(NamedTuple):
    """Where a top-level block lies, in UTF-8 bytes from the start of its first line; and the items of a list."""

    start: int
    end: int
    items: list[tuple[int, int]]  # the start of an item's first line, the column its content is indented to


def slices(markdown: str, is_final: bool = False) -> list[str]:
    """Cut cleaned `markdown` into its slices; blank lines go with the one before them (leading ones with the first)."""
    if not _BLANK_LINE.search(markdown):
        return [markdown] if markdown else []
    cuts = [0, *list(_beginnings(blocks_only(markdown, is_final)))[1:], len(markdown)]
    return [markdown[start:end] for start, end in pairwise(cuts) if end > start]


def _beginnings(masked: str) -> Iterator[int]:
    """Yield the offsets (characters) of lines that, after a blank line, begin a block or a run of definitions."""
    blocks = _top_level_blocks(masked)
    position = offset = current = 0  # bytes, characters, index into blocks
    after_blank = True
    for line in lines_of(masked):
        while current < len(blocks) and blocks[current].end <= position:
            current += 1
        is_blank = not line.strip(" \t\n")
        if not is_blank and after_blank and not (current < len(blocks) and _holds(blocks[current], position, line)):
            yield offset
        after_blank = is_blank
        position += len(line.encode())
        offset += len(line)


def lines_of(text: str) -> list[str]:
    """Split after LF alone: str.splitlines() also knows ends of line that Markdown does not, U+2028 among them."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _holds(block: _Block, position: int, line: str) -> bool:
    """Say whether `line`, which comes after a blank one and before the end of `block`, belongs to it."""
    if position <= block.start:
        return False
    if not block.items:
        return True
    # pulldown-cmark's range of a list may reach over a definition after it: the indentation tells.
    start, column = block.items[bisect_right(block.items, position, key=itemgetter(0)) - 1]
    line = line.expandtabs(4)
    return position == start or len(line) - len(line.lstrip(" ")) >= column


def _top_level_blocks(masked: str) -> list[_Block]:
    source = masked.encode()
    blocks: list[_Block] = []
    depth = 0
    for event, span in pyromark.events_with_range(masked, options=OPTIONS):
        kind, what = parts_of(event)
        if depth == 0:
            blocks.append(_Block(_line_start(source, span["start"]), span["end"], []))
        elif depth == 1 and kind == "Start" and what == "Item":
            start = _line_start(source, span["start"])
            blocks[-1].items.append((start, _content_column(source, start)))
        depth += (kind == "Start") - (kind == "End")
    return blocks


def _line_start(source: bytes, position: int) -> int:
    return source.rfind(b"\n", 0, position) + 1


def _content_column(source: bytes, item: int) -> int:
    """Return the column that the lines of a list item have to be indented to."""
    marker = _ITEM.match(source, item)
    if marker is None:
        return 0  # taken for an item by the parser alone: then all lines are its
    if marker["empty"]:
        return sys.maxsize  # an item may begin with one blank line, not with two
    width = marker.start(1) - item
    padding = len(source[item : marker.end(1)].expandtabs(4)) - width
    return width + (1 if padding > 4 or marker["blank"] is not None else padding)


# Units


class Unit(NamedTuple):
    """A piece of a slice that begins with a block."""

    line: int  # its first one
    levels: int  # elements around it that an earlier unit has begun
    stand_in: str  # what those come from
    is_code: bool  # a fenced block of code, and nothing after it


class Anatomy(NamedTuple):
    """The units of a slice, and where its last paragraph, heading or table cell begins (None: it ends in none)."""

    lines: list[str]
    units: list[Unit]
    last_text: int | None  # characters
    is_table: bool  # whether that is a cell

    def end(self, number: int) -> int:
        """Return the line after a unit."""
        return self.units[number + 1].line if number + 1 < len(self.units) else len(self.lines)

    def source(self, number: int) -> str:
        """Return the Markdown of one unit."""
        return "".join(self.lines[self.units[number].line : self.end(number)])


def anatomy(markdown: str, is_final: bool, skip: int = 0) -> Anatomy:
    """Find the units of a slice of cleaned Markdown, whose first `skip` lines are a stand-in."""
    return _Anatomist(markdown, is_final, skip).found()


class _Anatomist:
    """Walks through the parser's events, and keeps what encloses the place."""

    def __init__(self, markdown: str, is_final: bool, skip: int) -> None:
        masked = blocks_only(markdown, is_final)
        self._masked = masked
        self._source = masked.encode()
        self._lines = lines_of(markdown)
        self._starts = [0, *accumulate(len(line.encode()) for line in lines_of(masked))]  # bytes
        first = next((number for number in range(skip, len(self._lines)) if self._lines[number].strip(" \t\n")), None)
        self._units = [Unit(len(self._lines) if first is None else first, 0, "", False)]
        self._path: list[tuple[str, int, int]] = []  # what encloses the place: its kind, start (bytes) and first line
        self._in_text = False
        self._last_text: int | None = None
        self._is_table = False
        self._covered = 0  # bytes up to which blocks have ended, or texts
        self._skip = skip

    def found(self) -> Anatomy:
        for event, span in pyromark.events_with_range(self._masked, options=OPTIONS):
            kind, what = parts_of(event)
            if kind == "Start":
                # After a tab pulldown-cmark's ranges may begin early, on the line before even.
                blanks = _BLANKS.match(self._source, span["start"])
                self._start(what, blanks.end() if blanks else span["start"])
                continue
            if kind == "End":
                self._end(what)
            elif kind == "Rule":
                self._begin(span["start"])
                self._in_text, self._last_text = False, None
            else:
                self._leaf(span["start"])
            self._covered = max(self._covered, span["end"])
        if self._last_text is not None and self._last_text < self._starts[self._units[-1].line]:
            self._last_text = None  # in the stand-in
        last = None if self._last_text is None else len(self._source[: self._last_text].decode())
        return Anatomy(self._lines, self._units, last, self._is_table)

    def _start(self, what: Any, position: int) -> None:  # an event's shape is the parser's
        name, data = parts_of(what)
        if name in INLINE:
            self._leaf(position)
            return
        if name != "TableCell" and not (name == "Paragraph" and self._follows_a_definition(position)):
            self._begin(position, is_code=name == "CodeBlock" and isinstance(data, dict))
        self._in_text = name in ("Paragraph", "Heading", "TableCell", "CodeBlock")
        self._last_text = None if name == "CodeBlock" else position if self._in_text else self._last_text
        self._is_table = name == "TableCell"
        if name in _CONTAINERS:
            self._path.append((name, position, self._line(position)))

    def _end(self, what: Any) -> None:
        name, _ = parts_of(what)
        if name in INLINE:
            return
        self._in_text = False
        if name in _CONTAINERS:
            self._path.pop()

    def _leaf(self, position: int) -> None:
        """Text in an item of a tight list has no paragraph of its own; in ours it has."""
        if not self._in_text:
            if not self._follows_a_definition(position):
                self._begin(position)
            is_escaped = self._source[position - 1 : position] == b"\\"
            self._in_text, self._last_text, self._is_table = True, position - is_escaped, False

    def _follows_a_definition(self, position: int) -> bool:
        """Whether the line before is one, which is of no event: text after it may lean on the paragraph they were."""
        before = self._line(position) - 1
        if before < 0:
            return False
        # A list's range may reach over the marks of the quote it stands in on the next line.
        prefix = _CONTAINER.match(self._lines[before])
        if self._covered > self._starts[before] + (prefix.end() if prefix else 0):
            return False
        return bool(_CONTAINER.sub("", self._lines[before]).strip(" \t\n>-+*"))

    def _begin(self, position: int, is_code: bool = False) -> None:
        line = self._line(position)
        if line < self._skip or self._has_lost_its_quote(position):
            return
        if line > self._units[-1].line:
            levels = sum(_LEVELS.get(name, 0) for name, *_ in self._path)
            self._units.append(Unit(line, levels, self._stand_in(), False))
        self._units[-1] = self._units[-1]._replace(is_code=is_code)

    def _has_lost_its_quote(self, position: int) -> bool:
        """Whether what begins here is taken to be in quotes whose marks its line lacks: read alone, it would not be.

        pulldown-cmark does so after a mark that a tab stands before.
        """
        quotes = sum(name == "BlockQuote" for name, *_ in self._path)
        prefix = self._prefix(position)
        begins_with_quote = quotes > 0 and self._path[0][0] == "BlockQuote"
        return prefix.count(">") < quotes or (begins_with_quote and len(prefix.expandtabs(4).partition(">")[0]) >= 4)

    def _line(self, position: int) -> int:
        return bisect_right(self._starts, position) - 1

    def _stand_in(self) -> str:
        """Return lines that begin all that encloses the place, and show nothing."""
        pieces: list[str] = []
        for number, (name, position, line) in enumerate(self._path):
            if name == "Table":
                pieces += _blanked(self._prefix(position)), self._lines[line][self._column(position) :]
                pieces.append(self._lines[line + 1])
            elif name in _MARKED and not self._same_line_follows(number, line):
                prefix = self._prefix(position) + self._marker(position)
                pieces.append(f"{prefix}{NOTHING}\n{_blanked(prefix).rstrip()}\n")
        return "".join(pieces)

    def _same_line_follows(self, number: int, line: int) -> bool:
        """Whether another item begins on this one's line: its prefix has this one's marker too."""
        return any(name in _MARKED and begins == line for name, _, begins in self._path[number + 1 :])

    def _column(self, position: int) -> int:
        return len(self._source[_line_start(self._source, position) : position].decode())

    def _prefix(self, position: int) -> str:
        return self._lines[self._line(position)][: self._column(position)]

    def _marker(self, position: int) -> str:
        """Return an item's marker, with the blanks that decide how far its content is indented."""
        line = self._lines[self._line(position)]
        start = self._column(position)
        marker = _MARKER.match(line, start)
        if marker is None:
            return ""  # then what is read behind it is found to be something else, and shown as it was written
        rest = line[marker.end() :]
        blanks = rest[: len(rest) - len(rest.lstrip(" \t"))]
        before = len(line[: marker.end()].expandtabs(4))
        width = len((line[: marker.end()] + blanks).expandtabs(4)) - before
        return marker[0] + (blanks if 1 <= width <= 4 and rest.strip(" \t\n") else " ")


def _blanked(prefix: str) -> str:
    """Return what keeps a line inside the quotes and items that `prefix` begins."""
    return re.sub(r"[^>\t]", " ", prefix)


# Code


def code_in(markdown: str) -> str:
    """Return what is in the last block of code of cleaned Markdown."""
    code: list[str] = []
    is_code = False
    for event in pyromark.events(mask(markdown), options=OPTIONS):
        kind, what = parts_of(event)
        if kind == "Start":
            is_code = isinstance(what, dict) and "CodeBlock" in what
            code = [] if is_code else code
        elif kind == "End":
            is_code = False
        elif kind == "Text" and is_code:
            code.append(what)
    return unmask("".join(code)).replace(CODE_BEFORE, "")


def before_code(fence: str) -> str:
    """Return what stands before the lines of code below a fence, for what the fence stands in."""
    opening = _FENCE.search(fence)
    return _blanked(fence[: opening.start()]) if opening else ""


def is_closed(markdown: str) -> bool:
    """Say whether a unit that begins with a fence ends with one that closes it."""
    first, *others = markdown.rstrip("\n\t >").split("\n")
    opening = _FENCE.search(first)
    if opening is None or not others:
        return False
    closing = _CLOSING.fullmatch(others[-1])
    return closing is not None and closing[1].startswith(opening[1])
