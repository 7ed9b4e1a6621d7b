"""Markdown → plain text, for where no marks are wanted."""

import re

import pyromark

from chat.rendering.dialect import OPTIONS, clean, mask, parts_of
from chat.rendering.inline import Inline

_BLOCKS = {"Paragraph", "Heading", "CodeBlock", "Table", "FootnoteDefinition", "BlockQuote"}
_LEAVES = {"SoftBreak": "\n", "HardBreak": "\n", "Rule": "---\n\n"}
_GAP = re.compile(r"\n{3,}")


def plain_text(markdown: str) -> str:
    """Return what `markdown` says, without its marks: lists keep their bullets and numbers, a table's cells are
    separated by tabs, a link's address follows it where it says something else."""
    inline = Inline(clean(markdown))
    writer = _Writer()
    for event in pyromark.events(mask(inline.markdown), options=OPTIONS):
        writer.take(*parts_of(event))
    return inline.source(writer.text())


class _Writer:
    def __init__(self) -> None:
        self._out: list[str] = []
        self._numbers: list[int | None] = []  # of each list we are in, what its next item is numbered
        self._links: list[tuple[int, str]] = []  # where the words of each began, and where it leads

    def text(self) -> str:
        return _GAP.sub("\n\n", "".join(self._out)).strip("\n") + "\n"

    def take(self, kind: str, what: object) -> None:
        if kind == "Start":
            self._start(*parts_of(what))
        elif kind == "End":
            self._end(parts_of(what)[0])
        elif kind == "TaskListMarker":
            self._out.append("[x] " if what else "[ ] ")
        elif kind == "FootnoteReference":
            self._out.append(f"[{what}]")
        else:
            self._out.append(_LEAVES.get(kind, str(what)))

    def _start(self, name: str, data: object) -> None:
        if name == "List":
            self._numbers.append(data if isinstance(data, int) else None)
            self._on_a_line_of_its_own()
        elif name == "Item":
            self._on_a_line_of_its_own()
            number = self._numbers[-1]
            self._out.append("  " * (len(self._numbers) - 1) + ("- " if number is None else f"{number}. "))
            self._numbers[-1] = None if number is None else number + 1
        elif name == "CodeBlock":
            self._on_a_line_of_its_own()
        elif name == "FootnoteDefinition":
            self._out.append(f"[{data}] ")
        elif name in ("Link", "Image") and isinstance(data, dict):
            self._links.append((len(self._out), data["dest_url"]))

    def _end(self, name: str) -> None:
        if name in ("Link", "Image"):
            start, address = self._links.pop()
            if address and "".join(self._out[start:]) != address.removeprefix("mailto:"):
                self._out.append(f" ({address})")
        elif name == "TableCell":
            self._out.append("\t")
        elif name in ("TableRow", "TableHead"):
            self._out[-1:] = ["\n"]
        elif name == "List":
            self._numbers.pop()
            self._end_block()
        elif name in _BLOCKS:
            self._end_block()

    def _end_block(self) -> None:
        self._on_a_line_of_its_own()
        if not self._numbers:
            self._out.append("\n")

    def _on_a_line_of_its_own(self) -> None:
        if self._out and not self._out[-1].endswith("\n"):
            self._out.append("\n")
