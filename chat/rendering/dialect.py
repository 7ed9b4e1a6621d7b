"""The Markdown we read: CommonMark and GFM by pyromark, less raw HTML.

Model output is hostile input. Raw HTML never reaches the parser: its angle brackets are masked, and come out as text.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyromark

_O = pyromark.Options
OPTIONS = _O.ENABLE_TABLES | _O.ENABLE_TASKLISTS | _O.ENABLE_STRIKETHROUGH | _O.ENABLE_GFM | _O.ENABLE_FOOTNOTES

INLINE = {"Emphasis", "Strong", "Strikethrough", "Link", "Image"}  # what the parser starts inside blocks

Definitions = Mapping[str, tuple[str, str]]  # casefolded label → (destination, title)

# Stand-ins, one character for one so that offsets stay; all are noncharacters, which text can't hold.
LESS = "\ufdd0"
NOTHING = "\ufdd1"  # a paragraph of it alone keeps a list item's place (blocks.py)
FORMULA, FORMULA_END = "\ufdd2", "\ufdd3"
FILLER = "\ufdd4"
OPEN_END = "\ufdd5"  # more may come here (ends.py)
CODE_BEFORE = "\ufdd7"  # a line of code began before (pieces.py)
AMPERSAND = "\ufdd6"  # of an entity that stands for one of these

# LF alone ends a line here. To pulldown-cmark CR ends one too; \v and \f are blank in some places and text in others.
_CLEAN = str.maketrans({chr(code): "\ufffd" for code in range(0xFDD0, 0xFDF0)} | {"\r": " ", "\v": " ", "\f": " "})
_MASKED = re.compile(
    r"""(?P<kept> \\.)                                   # an escaped character begins nothing
      | < (?=[a-zA-Z/!?])                                # what could begin a tag, a comment, …
            (?! [a-zA-Z][a-zA-Z0-9+.-]{1,31}: )          # but neither an autolink nor a destination <https://…>
            (?! [a-zA-Z0-9][^\s<>@]*@[a-zA-Z0-9.-]+> )   # nor an e-mail autolink
      | & (?=\#(?i:x0*fd[de][0-9a-f]|0*(?:6497[6-9]|649[89]\d|6500[0-7]));)  # an entity that is a stand-in""",
    re.VERBOSE,
)
_MASKS = {"<": LESS, "&": AMPERSAND}


def clean(markdown: str) -> str:
    """Return `markdown` without our stand-ins, and with LF as its only end of line; character for character."""
    return markdown.translate(_CLEAN)


def mask(markdown: str) -> str:
    """Return cleaned `markdown` with what could begin raw HTML, or an entity that is one, replaced by stand-ins.

    Works line by line: what a line becomes depends on no other.
    """
    return _MASKED.sub(lambda match: match["kept"] or _MASKS[match[0]], markdown)


def unmask(text: str) -> str:
    """Return text that came out of the parser as it was before mask()."""
    return text.replace(LESS, "<").replace(AMPERSAND, "&")


def parts_of(event: Any) -> tuple[str, Any]:  # an event's shape is the parser's
    """Return the name of one of the parser's events, or of what it starts or ends, and what comes with it."""
    return (event, None) if isinstance(event, str) else next(iter(event.items()))


def definitions_in(markdown: str) -> dict[str, tuple[str, str]]:
    """Return the link reference definitions of cleaned Markdown, by casefolded label."""
    found = pyromark.reference_definitions(mask(markdown), options=OPTIONS)
    return {label.casefold(): (link["dest"], link["title"] or "") for label, link in found.items()}


Extents = list[tuple[int, int]]  # where blocks begin and end, in characters


class Blocks(NamedTuple):
    """Where blocks begin, in characters; and those in which formulas are not what they are elsewhere."""

    starts: list[int] = []
    code: Extents = []
    tables: Extents = []


def blocks_in(masked: str) -> Blocks:
    """Find the blocks of masked Markdown."""
    source = masked.encode()
    found = Blocks([], [], [])
    for event, span in pyromark.events_with_range(masked, options=OPTIONS):
        kind, what = parts_of(event)
        name = parts_of(what)[0] if kind == "Start" else ""
        if not name or name in INLINE:
            continue
        start, end = len(source[: span["start"]].decode()), len(source[: span["end"]].decode())
        found.starts.append(start)
        if name == "CodeBlock":
            found.code.append((start, end))
        elif name == "Table":
            found.tables.append((start, end))
    found.starts.sort()
    return found
