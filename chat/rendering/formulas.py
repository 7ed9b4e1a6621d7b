"""Formulas in Markdown: where they are.

Inline `$…$` by pandoc's rule (no space inside, no digit after), so that prices stay prices, and `\\(…\\)`; displayed
`$$…$$` and `\\[…\\]`. None is in code, and none reaches over a blank line.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from chat.rendering.dialect import FILLER

MAX_FORMULA = 4_000  # characters; MathML takes some 10 µs for each

CONTAINER = r"[ \t>]*+(?:(?:[-+*]|\d{1,9}[.)])[ \t]++[ \t>]*+)*+"  # what may stand before a block on its line
_MARK = re.compile(
    rf"(?P<fence>^{CONTAINER}(?:`{{3,}}|~{{3,}}))|(?P<ticks>`+)|(?P<open>\\[(\[]|\$\$?)|\\.", re.DOTALL | re.MULTILINE
)
_PARAGRAPH_ENDS = re.compile(r"\n[ \t>]*(?:\n|```|~~~|\[\^[^\]\n]+\]:)")
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


def formulas(markdown: str) -> Iterator[Formula]:
    """Yield the formulas in order, last perhaps one that the text ends in. Takes time linear in the text's length."""
    if "$" not in markdown and "\\(" not in markdown and "\\[" not in markdown:
        return
    scan = _Scan(markdown)
    position = 0
    while mark := _MARK.search(markdown, position):
        position = mark.end()
        if mark["fence"]:
            position = scan.end_of_fence(mark)
        elif mark["ticks"]:
            position = scan.end_of_code(mark)
        elif mark["open"] and (formula := scan.formula(mark)):
            yield formula
            position = formula.end


class _Scan:
    """Looks for closing marks, and remembers up to where there is none: hostile text opens thousands."""

    def __init__(self, markdown: str) -> None:
        self._text = markdown
        self._paragraph_end = -1
        self._dead: dict[str, int] = {}  # closing mark → up to where there is none

    def end_of_fence(self, mark: re.Match[str]) -> int:
        marks = mark[0].lstrip(" \t>-+*.)0123456789")
        closing = re.compile(rf"^[ \t>]*{marks}", re.MULTILINE).search(self._text, mark.end())
        return closing.end() if closing else len(self._text)

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
        """Return where what opens at `position` has to be closed: before its paragraph ends, or its line."""
        if position > self._paragraph_end:
            ends = _PARAGRAPH_ENDS.search(self._text, position)
            self._paragraph_end = ends.start() if ends else len(self._text)
        if opening and self._is_of_one_line(position, opening):
            newline = self._text.find("\n", position, self._paragraph_end)
            return self._paragraph_end if newline < 0 else newline
        return self._paragraph_end

    def _is_of_one_line(self, position: int, opening: str) -> bool:
        """Whether it stands in a heading or a table, or is a $$ with text before it, which may mean prices."""
        begin = self._text.rfind("\n", 0, position) + 1
        before = self._text.rfind("\n", 0, max(begin - 1, 0)) + 1
        prefix = _PREFIX.match(self._text, begin, position)
        text = prefix.end() if prefix else begin
        if opening == "$$" and self._text[text:position].strip(" \t$"):
            return True
        row = _PREFIX.match(self._text, before, begin)
        is_below_a_row = begin > 0 and row is not None and self._text.startswith("|", row.end())
        return is_below_a_row or _LINE_ALONE.match(self._text, text) is not None


def fill_displays(markdown: str, is_final: bool) -> str:
    """Return `markdown`, character for character, with what begins no block on the lines of displayed formulas.

    Unless the text is final, one that isn't closed yet counts: what comes will decide.
    """
    pieces: list[str] = []
    position = 0
    for formula in formulas(markdown):
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
