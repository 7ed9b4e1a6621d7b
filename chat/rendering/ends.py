"""What is shown of text that is still being written: no raw marks that the next word will turn into something else.

All of it is a pure function of the text so far. Nothing is held back for long: what never closes is shown.
"""

import re
from typing import NamedTuple

from chat.rendering.dialect import OPEN_END
from chat.rendering.formulas import CONTAINER, Formula, formulas

_MAX_COMPLETED = 16_000  # characters; longer ones are about to be cut
_MAX_HELD = 120  # characters of something that may yet become a link, or a formula in a line

# A line that so far is only a marker: one more character decides what it is (a list, a rule, a heading under the
# line above, a table, a fence), so it is not shown yet. Nor is half a language. What is shown of a line of code must
# not go again, so a beginning of what waits waits too. Possessive, or a long line of blanks takes cubic time.
_UNDECIDED = re.compile(
    rf"{CONTAINER}(?:`{{3,}}+[^`]{{0,100}}+|~{{3,}}+.{{0,100}}+|`{{1,2}}+|~{{1,2}}+|[-+*]|\d{{1,9}}+[.)]?+)?\Z"
    r"|[ \t>]*+(?:[-+*_=#|: \t]++|\d{1,9}+[.)]?+|`++|~++|\[\^?[^\]]{0,40}+\]?:?)?+[ \t]*+\Z"
)
_PIPE = re.compile(r"[ \t>]*\|")
_TABLE_RULE = re.compile(r"[ \t>|:-]*\Z")

_MARK = re.compile(
    r"(?P<address>(?:https?://|www\.)(?:[^\s<>*_~`$\\\[\]]|[_~](?=\w))+)"  # its marks are its own
    r"|(?P<formula>\$\$?|\\[(\[])|\\.|(?P<ticks>`+)|(?P<bracket>!?\[)|(?P<run>\*+|_+|~{1,2})"
    r"|(?P<angle><(?=[a-zA-Z][a-zA-Z0-9+.-]*:?[^\s<>]*\Z))",
    re.DOTALL,
)
_BRACKET = re.compile(r"\\.|\[|\]", re.DOTALL)
_UNFINISHED = re.compile(r"(?:(?<!\\)\\[*_~`$]*|&#?\w{0,31}|!|[*_~`$]+)\Z")
_LONGEST_UNFINISHED = 40
_DESTINATION = re.compile(r"\((?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)")


def decided(markdown: str) -> str:
    """Return cleaned `markdown` without an end that shows nothing yet."""
    line = markdown.rfind("\n") + 1
    return markdown[:line] if _UNDECIDED.match(markdown, line) else markdown


def completed(text: str) -> str:
    """Return the open text of a paragraph, heading or cell as though what it has begun were complete."""
    if len(text) > _MAX_COMPLETED:
        return text
    text = _without_table_head(text)
    found = list(formulas(text))
    text = text[: next((formula.start for formula in found if _is_held(text, formula)), len(text))]
    if not any(formula.is_closed and formula.end == len(text) for formula in found):
        text = text[:-_LONGEST_UNFINISHED] + _UNFINISHED.sub("", text[-_LONGEST_UNFINISHED:])
    scan = _Scan(text, {formula.start: formula.end for formula in found if formula.is_closed})
    scan.run()
    text = text[: scan.end]
    shown = text.rstrip(" \t\n")
    return shown + scan.address + (OPEN_END if shown == text else "") + scan.closing + text[len(shown) :]


def _without_table_head(text: str) -> str:
    """Leave out what may be a table's head, which is none before the line below it is complete."""
    line = text.rfind("\n") + 1
    if line and _TABLE_RULE.match(text, line):
        line = text.rfind("\n", 0, line - 1) + 1
    before = text.rfind("\n", 0, max(line - 1, 0)) + 1
    is_head = _PIPE.match(text, line) and not (line and _PIPE.match(text, before))
    return text[:line] if is_head else text


def _is_held(text: str, formula: Formula) -> bool:
    """Whether a formula that isn't closed yet is one, for all we know."""
    return not formula.is_closed and (formula.is_display or _may_be_math(text[formula.start :]))


def _may_be_math(text: str) -> bool:
    is_price = re.match(r"\$\d[\d.,]*\s", text) is not None
    return len(text) <= _MAX_HELD and not is_price


class _Opener(NamedTuple):
    mark: str
    length: int


class _Scan:
    """Walks over inline marks as CommonMark's rules for emphasis do, roughly: the parser has the last word."""

    def __init__(self, text: str, formulas: dict[int, int]) -> None:
        self._text = text
        self._formulas = formulas  # start → end
        self._brackets = _closed_brackets(text)
        self._openers: list[_Opener] = []
        self.end = len(text)  # what is shown ends here
        self.address = ""  # of the link that it ends in

    @property
    def closing(self) -> str:
        """Return the marks that close what is open."""
        return "".join(mark * length for mark, length in reversed(self._openers))

    def run(self) -> None:
        position = 0
        while position < self.end and (mark := _MARK.search(self._text, position, self.end)):
            position = mark.end()
            if mark["formula"]:
                position = self._formulas.get(mark.start(), position)
            elif mark["ticks"]:
                position = self._code(mark)
            elif mark["bracket"]:
                position = self._bracket(mark)
            elif mark["run"]:
                self._emphasis(mark)
            elif mark["angle"]:
                self.end = mark.start()

    def _code(self, mark: re.Match[str]) -> int:
        ticks = mark["ticks"]
        closing = re.compile(rf"(?<!`){ticks}(?!`)").search(self._text, mark.end())
        if closing:
            return closing.end()
        if self._text[mark.end() :].strip(" \t\n"):
            self._openers.append(_Opener("`", len(ticks)))
        else:
            self.end = mark.start()
        return self.end

    def _bracket(self, mark: re.Match[str]) -> int:
        """A link's text is shown once it is complete, its address never; what may be a link waits."""
        end = self._brackets.get(mark.end() - 1)
        if end is None:
            if self.end - mark.start() <= _MAX_HELD and "\n" not in self._text[mark.start() :]:
                self.end = mark.start()
            return mark.end()
        if end == self.end:
            self.end = mark.start()
        elif self._text[end] == "(":
            return self._destination(mark, end)
        return mark.end()

    def _destination(self, mark: re.Match[str], start: int) -> int:
        if destination := _DESTINATION.match(self._text, start):
            return destination.end()
        if re.search(r"\n|\s\S+\s", self._text[start:]) is None:
            self.end = start
            self.address = "()"
            return self.end
        return mark.end()

    def _emphasis(self, mark: re.Match[str]) -> None:
        before, after = self._text[mark.start() - 1 : mark.start()], self._text[mark.end() : mark.end() + 1]
        char, count = mark["run"][0], len(mark["run"])
        is_product = char == "*" and count == 1 and before.isascii() and before.isalnum()
        can_open = bool(after.strip()) and not is_product and not (char == "_" and before.isalnum())
        can_close = bool(before.strip()) and not (char == "_" and after.isalnum())
        while can_close and count and any(opener.mark == char for opener in self._openers):
            opener = self._openers.pop()
            if opener.mark == char:
                used = min(count, opener.length)
                count -= used
                if opener.length > used:
                    self._openers.append(_Opener(char, opener.length - used))
        if can_open and count:
            self._openers.append(_Opener(char, count))


def _closed_brackets(text: str) -> dict[int, int]:
    """Return where those brackets stand that are closed, and the place after their `]`."""
    opened: list[int] = []
    closed: dict[int, int] = {}
    for mark in _BRACKET.finditer(text):
        if mark[0] == "[":
            opened.append(mark.start())
        elif mark[0] == "]" and opened:
            closed[opened.pop()] = mark.end()
    return closed
