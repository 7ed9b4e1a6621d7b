"""Text inside a block → HTML: formulas, footnote marks, bare addresses, and everything else escaped."""

import re
from html import escape
from urllib.parse import quote

from chat.rendering.autolinks import TRAILING, addresses
from chat.rendering.dialect import CODE_BEFORE, FORMULA, FORMULA_END, OPEN_END, blocks_in, mask, unmask
from chat.rendering.formulas import Formula, formulas, has_formulas
from chat.rendering.mathml import mathml

_URL_SAFE = "!#$%&'()*+,-./:;=?@_~"  # what is left as it is in an address; the rest is percent-encoded
_FORMULA = re.compile(rf"{FORMULA}(\d+){FORMULA_END}")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_NOTE = re.compile(r"\[\^([^\s\[\]^]{1,40})\]")


class Inline:
    """The text of one unit. Formulas are set aside while the parser is at work: to it they are one word each."""

    def __init__(self, markdown: str) -> None:
        self._formulas: list[tuple[str, Formula]] = []
        self.markdown = self._without_formulas(markdown)

    def _without_formulas(self, markdown: str) -> str:
        pieces: list[str] = []
        position = 0
        if not has_formulas(markdown):
            return markdown
        for formula in formulas(markdown, blocks_in(mask(markdown))):
            if formula.is_closed:
                pieces += markdown[position : formula.start], f"{FORMULA}{len(self._formulas)}{FORMULA_END}"
                self._formulas.append((markdown[formula.start : formula.end], formula))
                position = formula.end
        return "".join([*pieces, markdown[position:]])

    def source(self, text: str) -> str:
        """Return what was written where `text` stands, for places in which nothing is a formula."""
        text = unmask(text).replace(OPEN_END, "").replace(CODE_BEFORE, "")
        return _FORMULA.sub(lambda match: self._formulas[int(match[1])][0], text) if self._formulas else text

    def target(self, text: str) -> str:
        """Return a link's destination or title: what looks like a formula in it is escaped brackets."""
        text = unmask(text).replace(OPEN_END, "")
        return _FORMULA.sub(lambda match: _ESCAPED.sub(r"\1", self._formulas[int(match[1])][0]), text)

    def html(self, text: str, is_link: bool = False) -> str:
        text = unmask(text)
        pieces: list[str] = []
        position = 0
        for address in () if is_link else addresses(text):
            growing = text[address.end :].lstrip(TRAILING) == OPEN_END  # its end isn't known yet, so it leads nowhere
            attributes = "" if growing else href(self.source(address.href))
            shown = escape(self.source(text[address.start : address.end]), quote=False)
            pieces += self._plain(text[position : address.start]), f"<a{attributes}>{shown}</a>"
            position = address.end
        return "".join([*pieces, self._plain(text[position:])])

    def _plain(self, text: str) -> str:
        html = escape(text.replace(OPEN_END, ""), quote=False)
        if "[^" in html:
            html = _NOTE.sub(r'<sup class="note">\1</sup>', html)
        return _FORMULA.sub(self._formula, html) if self._formulas else html

    def _formula(self, match: re.Match[str]) -> str:
        source, formula = self._formulas[int(match[1])]
        return mathml(source, formula.latex, formula.is_display)


def href(address: str, name: str = "href") -> str:
    """Return the attribute for a link's destination, or an image's source."""
    return f' {name}="{escape(quote(address, safe=_URL_SAFE))}"'
