"""Where growing Markdown may be cut: before a line on which, after a blank line, a new top-level block begins.

Whole-document CommonMark can't equal an append-only stream (a definition far below changes a paragraph far
above), so the dialect renders such slices alone. What lies before a cut never changes again.
"""

from collections.abc import Iterator

import pyromark

from chat.rendering.dialect import OPTIONS, mask


def slices(markdown: str) -> list[str]:
    """Cut `markdown` into its top-level blocks; blank lines go with the block before them (leading ones with the
    first)."""
    cuts = [0, *list(_beginnings(markdown))[1:], len(markdown)]
    return [markdown[start:end] for start, end in zip(cuts, cuts[1:], strict=False) if end > start]


def _beginnings(markdown: str) -> Iterator[int]:
    """Yield the offsets (characters) of lines that begin a top-level block, or a run of definitions, after a blank line."""
    masked = mask(markdown)
    ranges = _top_level_ranges(masked)
    position = offset = current = 0  # bytes, characters, index into ranges
    after_blank = True
    for line in _lines(masked):
        while current < len(ranges) and ranges[current][1] <= position:
            current += 1
        is_blank = not line.strip()
        if not is_blank and after_blank and not _is_inside(ranges, current, position, line):
            yield offset
        after_blank = is_blank
        position += len(line.encode())
        offset += len(line)


def _lines(text: str) -> list[str]:
    """Split at LF alone: str.splitlines() also knows ends of line that Markdown does not, U+2028 among them."""
    return [line + "\n" for line in text.split("\n")]


def _is_inside(ranges: list[tuple[int, int, bool]], current: int, position: int, line: str) -> bool:
    if current >= len(ranges) or not ranges[current][0] < position:
        return False
    is_list = ranges[current][2]
    is_definition = line.lstrip(" ").startswith("[") and not line.startswith("  ")
    return not (is_list and is_definition)  # pulldown-cmark's range of a list may reach over a definition after it


def _top_level_ranges(masked: str) -> list[tuple[int, int, bool]]:
    """Return (start of its first line, end, is a list) of each top-level block, in UTF-8 bytes."""
    source = masked.encode()
    ranges: list[tuple[int, int, bool]] = []
    depth = 0
    for event, span in pyromark.events_with_range(masked, options=OPTIONS):
        kind, what = next(iter(event.items())) if isinstance(event, dict) else ("", None)
        if depth == 0:
            line_start = source.rfind(b"\n", 0, span["start"]) + 1
            ranges.append((line_start, span["end"], isinstance(what, dict) and "List" in what))
        depth += (kind == "Start") - (kind == "End")
    return ranges
