"""Formulas in Markdown: where they are.

Inline `$…$` by pandoc's rule (no space inside, no digit after), so that prices stay prices, and `\\(…\\)`; displayed
`$$…$$` and `\\[…\\]`. None is in code, and none reaches over a blank line.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from chat.rendering.dialect import FILLER, Blocks, Extents

MAX_FORMULA = 4_000  # characters; MathML takes some 10 µs for each

CONTAINER = r"[ \t>]*+(?:(?:[-+*]|\d{1,9}[.)])[ \t]++[ \t>]*+)*+"  # what may stand before a block on its line
_MARK = re.compile(r"(?P<ticks>`+)|(?P<open>\\[(\[]|\$\$?)|\\.", re.DOTALL)
_PARAGRAPH_ENDS = re.compile(r"\n[ \t>]*(?:\n|\[\^[^\]\n]+\]:)")
_LINE_ALONE = re.compile(r"#{1,6}[ \t]|\|")  # a heading, a table's row
_SHELL = re.compile(r"[/:;,.=+@-]\$[A-Za-z_]|.\$[({]", re.DOTALL)  # $HOME/$USER, ${a}${b}
_DOLLAR = re.compile(r"(?<!\\)\$")
_CLOSERS = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
_PREFIX = re.compile(CONTAINER)


class Formula(NamedTuple):
    """Where a formula stands, in characters; what is between its marks; whether it is closed already."""

    start: int
    end: int
    mark: str
    latex: str
    is_closed: bool = True

    @property
    def is_display(self) -> bool:
        return self.mark in ("$$", "\\[")


def has_formulas(markdown: str) -> bool:
    return "$" in markdown or "\\(" in markdown or "\\[" in markdown


def formulas(markdown: str, blocks: Blocks = Blocks()) -> Iterator[Formula]:  # noqa: B008  # nobody adds to it
    """Yield the formulas in order, last perhaps one that the text ends in; none is in a block of code.

    Takes time linear in the text's length.
    """
    if not has_formulas(markdown):
        return
    scan = _Scan(markdown, blocks)
    position = 0
    while mark := _MARK.search(markdown, position):
        position = mark.end()
        if block := _around(scan.blocks.code, mark.start()):
            position = max(block[1], position)
        elif mark["ticks"]:
            position = scan.end_of_code(mark)
        elif mark["open"] and (formula := scan.formula(mark)):
            yield formula
            position = formula.end if formula.is_closed or formula.is_display else position


class _Scan:
    """Looks for closing marks, and remembers up to where there is none: hostile text opens thousands."""

    def __init__(self, markdown: str, blocks: Blocks) -> None:
        self.blocks = blocks
        self._text = markdown
        self._paragraph_end = -1
        self._dead: dict[str, int] = {}  # closing mark → up to where there is none

    def end_of_code(self, mark: re.Match[str]) -> int:
        ticks = mark["ticks"]
        limit = self._limit(mark.end())
        if self._dead.get(ticks, 0) >= limit:
            return mark.end()
        if closing := re.compile(rf"(?<!`){ticks}(?!`)").search(self._text, mark.end(), limit):
            return closing.end()
        self._dead[ticks] = limit
        return mark.end()

    def formula(self, mark: re.Match[str]) -> Formula | None:
        opening, start = mark["open"], mark.end()
        if opening == "$":
            return self._dollars(mark.start())
        if self._is_something_else(opening, mark):
            return None
        limit = self._limit(start, opening)
        closing = _CLOSERS[opening]
        end = -1 if self._dead.get(closing, 0) >= limit else self._text.find(closing, start, limit)
        if end < 0:
            self._dead[closing] = limit
            return self._unclosed(mark.start(), opening, limit)
        if opening == "$$" and self._text[end + 2 : end + 3].isdigit():
            return None  # between $$5 and $$10
        return self._found(mark.start(), end + 2, opening)

    def _is_something_else(self, opening: str, mark: re.Match[str]) -> bool:
        """Whether it is an escaped bracket after a name, or a class of prices: array\\[0\\], ($$)."""
        if opening == "$$":
            return self._text.startswith(")", mark.end())
        return opening == "\\[" and self._text[mark.start() - 1 : mark.start()].isalnum()

    def _dollars(self, start: int) -> Formula | None:
        text = self._text
        before, after = text[start - 1 : start], text[start + 1 : start + 2]
        if after.isspace() or before.isalnum():
            return None
        limit = self._limit(start, "$")
        closing = _DOLLAR.search(text, start + 1, limit)
        if closing is None:
            return self._unclosed(start, "$", limit)
        end = closing.end()
        if text[end - 2].isspace() or text[end : end + 1].isdigit():
            return None
        if "`" in text[start:end] or _SHELL.match(text, end - 2):
            return None
        return self._found(start, end, "$")

    def _found(self, start: int, end: int, mark: str) -> Formula | None:
        latex = self._text[start + len(mark) : end - len(mark)]
        if not latex.strip() or len(latex) > MAX_FORMULA:
            return None
        return Formula(start, end, mark, _lines(self._text, start).sub(lambda line: "\n" + line[2], latex))

    def _unclosed(self, start: int, mark: str, limit: int) -> Formula | None:
        """The text ends in it: what comes may close it."""
        if limit < len(self._text) or limit - start > MAX_FORMULA:
            return None
        return Formula(start, limit, mark, "", is_closed=False)

    def _limit(self, position: int, opening: str = "") -> int:
        """Return where what opens at `position` has to be closed: before its paragraph ends, or its line.

        A displayed formula may hold lines that elsewhere begin a block.
        """
        if position > self._paragraph_end:
            self._paragraph_end = self._end_of_paragraph(position)
        limit = self._paragraph_end
        if opening not in ("$$", "\\["):
            limit = min(limit, self._next(self.blocks.starts, position))
        if opening and self._is_of_one_line(position, opening):
            newline = self._text.find("\n", position, limit)
            return limit if newline < 0 else newline
        return limit

    def _end_of_paragraph(self, position: int) -> int:
        ends = _PARAGRAPH_ENDS.search(self._text, position)
        code = bisect_right(self.blocks.code, position, key=itemgetter(0))
        return min(
            ends.start() if ends else len(self._text),
            self.blocks.code[code][0] if code < len(self.blocks.code) else len(self._text),
        )

    def _next(self, starts: list[int], position: int) -> int:
        number = bisect_right(starts, position)
        return starts[number] if number < len(starts) else len(self._text)

    def _is_of_one_line(self, position: int, opening: str) -> bool:
        """Whether it stands in a heading or a table, or is a $$ with text before it, which may mean prices."""
        begin = self._text.rfind("\n", 0, position) + 1
        prefix = _PREFIX.match(self._text, begin, position)
        text = prefix.end() if prefix else begin
        if opening == "$$" and self._text[text:position].strip(" \t$"):
            return True
        return bool(_LINE_ALONE.match(self._text, text) or _around(self.blocks.tables, position))


def _around(extents: Extents, position: int) -> tuple[int, int] | None:
    """Return the extent that holds `position`."""
    number = bisect_right(extents, position, key=itemgetter(0))
    return extents[number - 1] if number and position < extents[number - 1][1] else None


def fill_displays(markdown: str, blocks: Blocks, is_final: bool) -> str:
    """Return `markdown`, character for character, with what begins no block on the lines of displayed formulas.

    Unless the text is final, one that isn't closed yet counts: what comes will decide.
    """
    pieces: list[str] = []
    position = 0
    for formula in formulas(markdown, blocks):
        if formula.is_display and (formula.is_closed or not is_final):
            source = markdown[formula.start : formula.end]
            pieces += markdown[position : formula.start], _lines(markdown, formula.start).sub(_filled, source)
            position = formula.end
    return "".join([*pieces, markdown[position:]])


def _lines(markdown: str, start: int) -> re.Pattern[str]:
    """Return what finds the further lines of a formula: the marks of the quotes that it stands in, and the rest."""
    begin = markdown.rfind("\n", 0, start) + 1
    prefix = _PREFIX.match(markdown, begin, start)
    quotes = prefix[0].count(">") if prefix else 0
    return re.compile(rf"(\n(?:[ \t]*+>){{0,{quotes}}}[ \t]*+)([^\n]*+)")


def _filled(line: re.Match[str]) -> str:
    return line[1] + FILLER * len(line[2])
