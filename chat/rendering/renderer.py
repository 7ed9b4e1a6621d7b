"""The streaming machine. What it shows is a pure function of the text so far, however that was cut."""

import re

from chat.rendering.blocks import slices
from chat.rendering.dialect import definitions_in, to_html
from chat.rendering.patches import Patch, difference

# A line that so far is only a marker: one more character decides what it is (a list, a rule, a heading under the
# line above, a table, a fence), so it is not shown yet. Possessive, or a long line of blanks takes cubic time.
_UNDECIDED = re.compile(r"[ \t>]*+(?:[-+*_=#|: \t]++|\d{1,9}+[.)]?+|`++|~++)?+[ \t]*+\Z")


class Renderer:
    """Feed it a message's text as it comes; each call returns what changes on the page."""

    def __init__(self) -> None:
        self._tail = ""  # what is not finished
        self._definitions: dict[str, tuple[str, str]] = {}
        self._finished: list[str] = []
        self._open: list[str] = []

    @property
    def blocks(self) -> list[str]:
        """The HTML of every block as it stands now."""
        return [*self._finished, *self._open]

    @property
    def finished(self) -> list[str]:
        """The HTML of the blocks that will never change again."""
        return self._finished

    @property
    def html(self) -> str:
        """What the page shows now: the content of the message's text element."""
        return "".join(f"<div>{block}</div>" for block in self.blocks)

    def feed(self, text: str) -> list[Patch]:
        self._tail += text
        if "\n" not in text:  # no line was completed, so no block is finished
            return self._advance([])
        complete = self._tail.rfind("\n") + 1
        return self._advance(slices(self._tail[:complete])[:-1])

    def finish(self) -> list[Patch]:
        """The text has ended: nothing is held back any more."""
        return self._advance(slices(self._tail))

    def _advance(self, finished: list[str]) -> list[Patch]:
        fresh = _rendered(finished, self._definitions)
        self._tail = self._tail[sum(map(len, finished)) :]
        visible = slices(_decided(self._tail))
        now_open = _rendered(visible, dict(self._definitions))
        patches = difference(self._open, [*fresh, *now_open])
        self._finished += fresh
        self._open = now_open
        return patches


def render(text: str) -> str:
    """Return the HTML of a finished message: the fold of the streaming machine over it."""
    renderer = Renderer()
    renderer.feed(text)
    renderer.finish()
    return renderer.html


def _rendered(blocks: list[str], definitions: dict[str, tuple[str, str]]) -> list[str]:
    """Render slices in order, each alone; the definitions of each are there for those after it."""
    rendered = []
    for block in blocks:
        rendered.append(to_html(block, definitions))
        if "]:" in block:
            for label, definition in definitions_in(block).items():
                definitions.setdefault(label, definition)  # the first wins
    return [html for html in rendered if html]


def _decided(text: str) -> str:
    line = text.rfind("\n") + 1
    return text[:line] if _UNDECIDED.match(text, line) else text
