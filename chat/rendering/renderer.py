"""The streaming machine. What it shows is a pure function of the text so far, however that was cut."""

from chat.rendering.allowed import Hosts
from chat.rendering.blocks import is_closed, lines_of
from chat.rendering.dialect import clean
from chat.rendering.ends import decided
from chat.rendering.page import Page
from chat.rendering.patches import Patch, Piece, difference
from chat.rendering.pieces import LONG_LINE, Maker, Part

VERSION = 2  # of the HTML: whoever keeps some makes it anew under another number
CODE_EFFORT = 5  # times that of prose
FENCES = ("```", "~~~")
MAX_UNIT = 8_000  # characters; what is longer is cut at the next blank, so that a frame's work stays small

MAX_FED = 20_000  # characters at once: what runs in C lets nobody else in


class Renderer:
    """Feed it a message's text as it comes; each call returns what changes on the page.

    Images from the hosts `images` are shown, others are links.
    """

    def __init__(self, images: Hosts = frozenset()) -> None:
        self._tail = Part("")  # what is not finished
        self._maker = Maker(images)
        self._page = Page()  # what is finished
        self._open: list[Piece] = []  # what is shown beyond

    @property
    def html(self) -> str:
        """What the page shows now: the content of the message's text element."""
        return self._page.html(*self._shown(in_whole=True))

    @property
    def settled(self) -> list[str]:
        """What is finished, in parts to which only more are added. The elements it ends in are open until finish()."""
        return self._page.settled

    def effort(self, text: str) -> int:
        """Return how much work feeding `text` may be, as the length of prose that would be as much.

        A few characters may end a long block of code, which is coloured then.
        """
        if not self._tail.code:
            return len(text)
        _opening, *code = lines_of(self._tail.text + text)[self._tail.skip :]
        may_end = any(fence in line for line in code for fence in FENCES)
        return len(text) + (self.effort_to_finish if may_end else 0)

    @property
    def effort_to_finish(self) -> int:
        return len(self._tail.code) * CODE_EFFORT

    def feed(self, text: str) -> list[Patch]:
        starts = range(0, len(text), MAX_FED)
        return [patch for start in starts for patch in self._feed(text[start : start + MAX_FED])]

    def _feed(self, text: str) -> list[Patch]:
        self._tail = self._tail._replace(text=self._tail.text + clean(text))
        sealed = self._overlong()
        if "\n" in text:
            sealed += self._complete()
        patches = self._advance(sealed)
        if "\n" in text or len(self._tail.text) > LONG_LINE:
            self._take_code()
        return patches

    def finish(self) -> list[Patch]:
        """The text has ended: nothing is held back any more."""
        patches = self._advance(self._all())
        self._page.close()
        return patches

    def abandon(self) -> None:
        """Leave it as it is, without what is not finished."""
        self._tail, self._open = Part(""), []
        self._page.close()

    def _advance(self, sealed: list[Piece]) -> list[Patch]:
        for piece in sealed:
            self._page.add(piece)
        shown = self._shown()
        patches = difference(self._open, [*sealed, *shown])
        self._open = shown
        return patches

    # What is finished

    def _all(self) -> list[Piece]:
        """Return the pieces of a tail that ends here, and leave nothing in it."""
        pieces: list[Piece] = []
        if self._tail.text:
            for part in self._tail.slices(is_final=True):
                pieces += self._maker.finished(part, part.anatomy(is_final=True))
                self._maker.end_slice()
        self._tail = Part("")
        return pieces

    def _complete(self) -> list[Piece]:
        """Return the pieces that the tail's complete lines have finished, and leave the rest in it."""
        text = self._tail.text
        end = text.rfind("\n") + 1
        *finished, last = self._tail._replace(text=text[:end]).slices()
        pieces: list[Piece] = []
        for part in finished:
            pieces += self._maker.finished(part, part.anatomy())
            self._maker.end_slice()
        if not last.text.strip(" \t\n"):
            last = Part("")
        units = last.anatomy()
        pieces += self._maker.finished(last, units, -1)
        self._tail = last.from_unit(units, len(units.units) - 1)
        self._tail = self._tail._replace(text=self._tail.text + text[end:])
        return pieces

    def _overlong(self) -> list[Piece]:
        """Return the pieces of what would be too much work each frame, cut whatever it stands in."""
        pieces: list[Piece] = []
        while len(self._tail.text) > MAX_UNIT and (cut := self._tail.place_to_cut(MAX_UNIT)):
            rest = self._tail.text[cut:]
            self._tail = self._tail._replace(text=self._tail.text[:cut])
            pieces += self._all()
            self._tail = Part(rest)
        return pieces

    def _take_code(self) -> None:
        """Leave complete lines of an open block of code out of what is read each time; the page has them.

        Unless it shows them as they were written: then the fence is among them.
        """
        if self._open and "</figure>" not in self._open[-1].html:
            return
        text = self._tail.text
        end = text.rfind("\n") + 1
        complete = self._tail._replace(text=text[:end])
        units = complete.anatomy()
        if len(units.units) == 1 and units.units[0].is_code and not is_closed(units.source(0)):
            self._tail = complete.without_code(units, text[end:])
            self._open = self._shown()

    # What is shown beyond

    def _shown(self, in_whole: bool = False) -> list[Piece]:
        text = decided(self._tail.text)
        if not text:
            return []
        in_whole = in_whole or any(piece.is_final for piece in self._open[:1])
        maker = self._maker.copy()
        *finished, last = self._tail._replace(text=text).slices()
        pieces: list[Piece] = []
        for part in finished:
            pieces += maker.finished(part, part.anatomy())
            maker.end_slice()
        return pieces + maker.unfinished(last, last.anatomy(), in_whole)


def render(text: str, images: Hosts = frozenset()) -> str:
    """Return the HTML of a finished message: the fold of the streaming machine over it."""
    renderer = Renderer(images)
    renderer.feed(text)
    renderer.finish()
    return renderer.html
