"""Where growing Markdown may be cut: before a line on which, after a blank line, a new top-level block begins.

Whole-document CommonMark can't equal an append-only stream (a definition far below changes a paragraph far
above), so the dialect renders such slices alone. What lies before a cut never changes again.
"""

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

import pyromark

from chat.rendering.dialect import OPTIONS, mask

_ITEM = re.compile(rb" {0,3}(?:[-+*]|\d{1,9}[.)])([ \t]*)(?:(?P<empty>\n[ \t]*\n)|(?P<blank>\n|\Z))?")


class _Block(NamedTuple):
    """Where a top-level block lies, in UTF-8 bytes from the start of its first line; and the items of a list."""

    start: int
    end: int
    items: list[tuple[int, int]]  # the start of an item's first line, the column its content is indented to


def slices(markdown: str) -> list[str]:
    """Cut `markdown` into its top-level blocks; blank lines go with the block before them (leading ones with the
    first)."""
    cuts = [0, *list(_beginnings(markdown))[1:], len(markdown)]
    return [markdown[start:end] for start, end in pairwise(cuts) if end > start]


def _beginnings(markdown: str) -> Iterator[int]:
    """Yield the offsets (characters) of lines that, after a blank line, begin a block or a run of definitions."""
    masked = mask(markdown)
    blocks = _top_level_blocks(masked)
    position = offset = current = 0  # bytes, characters, index into blocks
    after_blank = True
    for line in _lines(masked):
        while current < len(blocks) and blocks[current].end <= position:
            current += 1
        is_blank = not line.strip(" \t\n")
        if not is_blank and after_blank and not (current < len(blocks) and _holds(blocks[current], position, line)):
            yield offset
        after_blank = is_blank
        position += len(line.encode())
        offset += len(line)


def _lines(text: str) -> list[str]:
    """Split at LF alone: str.splitlines() also knows ends of line that Markdown does not, U+2028 among them."""
    return [line + "\n" for line in text.split("\n")]


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
        kind, what = next(iter(event.items())) if isinstance(event, dict) else ("", None)
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
    assert marker
    if marker["empty"]:
        return sys.maxsize  # an item may begin with one blank line, not with two
    width = marker.start(1) - item
    padding = len(source[item : marker.end(1)].expandtabs(4)) - width
    return width + (1 if padding > 4 or marker["blank"] is not None else padding)
