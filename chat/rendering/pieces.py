"""Units of Markdown → pieces of a page, in order."""

import re
from collections.abc import Iterator
from copy import copy
from itertools import accumulate
from typing import NamedTuple, Self

from chat.rendering.allowed import Hosts
from chat.rendering.blocks import Anatomy, anatomy, before_code, code_in, is_closed, lines_of, slices
from chat.rendering.dialect import CODE_BEFORE, definitions_in
from chat.rendering.elements import OutOfHand, elements, plain
from chat.rendering.ends import completed
from chat.rendering.patches import Piece, ends_of

# A table's missing cells, or a long definition used often, make megabytes of a few kilobytes.
_MAX_GROWTH, _FREE_GROWTH = 32, 5_000  # characters of HTML for each of Markdown, and beyond in all

_BLANK = re.compile(r"\s")
LONG_LINE = 1_000  # characters
_COLOURED = "<span class="
_CONTAINERS = {"ul", "ol", "li", "blockquote", "div", "table", "tbody"}


class Part(NamedTuple):
    """A slice of cleaned Markdown, or more; what stands before its first unit is on the page already."""

    text: str
    skip: int = 0  # lines at its start that stand in for what encloses the first unit
    levels: int = 0  # elements those begin
    code: str = ""  # what came before in the block of code that it begins with

    def slices(self, is_final: bool = False) -> list["Part"]:
        first, *others = slices(self.text, is_final) or [""]
        return [self._replace(text=first), *map(Part, others)]

    def anatomy(self, is_final: bool = False) -> Anatomy:
        return anatomy(self.text, is_final, self.skip)

    def from_unit(self, units: Anatomy, number: int) -> Self:
        """Return what is left when the units before are finished."""
        if not number:
            return self
        unit = units.units[number]
        return type(self)(unit.stand_in + units.source(number), len(lines_of(unit.stand_in)), unit.levels)

    def place_to_cut(self, length: int) -> int | None:
        """Return where the text is cut because a unit is longer than `length` characters: at a blank, or at twice that.

        A line that isn't complete counts to the unit before it, whatever it will begin.
        """
        for begin, end in self._extents():
            newline = self.text.find("\n", end)
            line_end = len(self.text) if newline < 0 else newline
            if blank := _BLANK.search(self.text, begin + length, min(line_end, begin + 2 * length)):
                return blank.end()
            if line_end > begin + 2 * length:
                return begin + 2 * length
        return None

    def _extents(self) -> Iterator[tuple[int, int]]:
        """Yield where units of complete lines begin and end; of code, which may be long, just where it has ended."""
        position = 0
        text = self.text[: self.text.rfind("\n") + 1]
        # A displayed formula hides what its lines would begin, but only once it is closed: here none counts.
        complete = self._replace(text=text.replace("$$", "xx").replace("\\[", "xx"))
        for part in complete.slices():
            units = part.anatomy()
            places = [*accumulate(map(len, units.lines), initial=position)]
            for number, unit in enumerate(units.units):
                begin, end = places[unit.line], places[units.end(number)]
                if not unit.is_code:
                    yield begin, end
                elif is_closed(units.source(number)):
                    yield end, end
            position += len(part.text)

    def without_code(self, units: Anatomy, partial: str) -> Self:
        """Return a part that is an open block of code, and a line not complete, without what the page has of it.

        The fence stays, and a last blank line, after which a new slice may begin; and of a long line a stand-in.
        """
        code = lines_of(code_in(self.text))
        if code and not code[-1].strip(" \t\n"):
            code.pop()
        lines = list(units.lines)
        fence = units.units[0].line
        del lines[fence + 1 : fence + 1 + len(code)]
        if len(partial) > LONG_LINE and partial.strip(" \t>`~"):
            code.append(code_in("".join([*lines[: fence + 1], partial])))
            partial = before_code(lines[fence]) + CODE_BEFORE
        return self._replace(text="".join([*lines, partial]), code=self.code + "".join(code))


class Maker:
    """Makes pieces, and keeps what those before mean for the next."""

    def __init__(self, images: Hosts) -> None:
        self._images = images
        self._definitions: dict[str, tuple[str, str]] = {}
        self._growth = 0  # characters of HTML beyond what their Markdown may make
        self._path: list[str] = []  # the tags on the way down the last children; empty where a slice begins
        self._kept: dict[tuple[_Source, int, str], str] = {}  # the HTML of the last coloured code, for the next frames

    def copy(self) -> "Maker":
        """Return one that goes on from here by itself. What is kept for speed they share."""
        other = copy(self)
        other._definitions = dict(self._definitions)
        return other

    def end_slice(self) -> None:
        self._path = []

    def finished(self, part: Part, units: Anatomy, end: int | None = None) -> list[Piece]:
        """Return the pieces of a part's units before `end`."""
        made = (self._piece(_Source.of(part, units, number)) for number in range(len(units.units))[:end])
        return [piece for piece in made if piece]

    def unfinished(self, part: Part, units: Anatomy, in_whole: bool) -> list[Piece]:
        """Return the pieces of a part whose last unit is still being written.

        A block of code that goes on is shown without the code that came before, unless `in_whole`.
        """
        pieces = self.finished(part, units, -1)
        last = _Source.of(part, units, len(units.units) - 1)
        if units.units[-1].is_code:
            piece = self._piece(last, is_open=not is_closed(last.text), in_whole=in_whole)
        else:
            piece = self._piece(last, is_open=True, completed=_completed(units, last.text))
        return [*pieces, *([piece] if piece else [])]

    def _piece(
        self, source: "_Source", is_open: bool = False, in_whole: bool = False, completed: str | None = None
    ) -> Piece | None:
        levels = min(source.levels, self._levels())
        code = source.code if in_whole or not is_open else ""
        rest = ""
        try:
            shown = source if completed is None else source._replace(text=completed)
            html = self._elements(shown, levels, code, is_open)
            self._count(len(html) - _MAX_GROWTH * len(source.text + code))
            if code and not is_open and _COLOURED not in html:
                rest = self._elements(source, levels, "", is_open=True)
        except OutOfHand:
            html, levels = plain(source.text), 0
        self._define(source)
        return self._placed(html, levels, rest)._replace(is_final=bool(code) and not rest) if html else None

    def _elements(self, source: "_Source", levels: int, code: str, is_open: bool) -> str:
        """Return a unit's HTML. Coloured code is kept: each frame asks for it until the line after it is complete."""
        if not is_open and (kept := self._kept.get((source, levels, code))):
            return kept
        html = elements(
            source.text,
            self._definitions,
            source.stand_in,
            levels,
            code=code,
            is_open=is_open,
            images=self._images,
        )
        if _COLOURED in html:
            self._kept.clear()
            self._kept[source, levels, code] = html
        return html

    def _placed(self, html: str, levels: int, rest: str) -> Piece:
        if self._path:
            piece = Piece(1 + levels, html, rest=rest)
        else:
            piece = Piece(0, f"<div>{html}</div>", rest=rest and f"<div>{rest}</div>")
        self._path = [*self._path[: piece.depth], *ends_of(piece.html)]
        return piece

    def _levels(self) -> int:
        """Return how many elements that can hold more are open, one in the other."""
        inside = self._path[1:]
        return next((number for number, tag in enumerate(inside) if tag not in _CONTAINERS), len(inside))

    def _count(self, excess: int) -> None:
        if self._growth + max(excess, 0) > _FREE_GROWTH:
            raise OutOfHand
        self._growth += max(excess, 0)

    def _define(self, source: "_Source") -> None:
        if "]:" in source.text:
            for label, definition in definitions_in(source.stand_in + source.text).items():
                self._definitions.setdefault(label, definition)  # the first wins


class _Source(NamedTuple):
    """The Markdown of one unit, and what it is read behind."""

    text: str
    stand_in: str
    levels: int
    code: str

    @classmethod
    def of(cls, part: Part, units: Anatomy, number: int) -> Self:
        if not number:
            return cls(units.source(0), "".join(units.lines[: part.skip]), part.levels, part.code)
        unit = units.units[number]
        return cls(units.source(number), unit.stand_in, unit.levels, "")


def _completed(units: Anatomy, source: str) -> str:
    """Return the source of the last unit with what it has begun completed."""
    if units.last_text is None or (units.is_table and source.rstrip(" \t").endswith(("|", "\n"))):
        return source
    start = units.last_text - sum(map(len, units.lines[: units.units[-1].line]))
    shown = completed(source[start:])
    return source[:start] + (shown.rstrip(" \t") if units.is_table else shown)
