"""The HTML that pieces add up to."""

from chat.rendering.patches import Piece, ends_of


class Page:
    """Grows at its end alone: what `settled` holds is never changed, only added to."""

    def __init__(self) -> None:
        self.settled: list[str] = []  # everything but the end tags of the elements that are open
        self._open: list[str] = []  # the tags of those, outermost first

    def add(self, piece: Piece) -> None:
        self.close(piece.depth)
        ends = ends_of(piece.html)
        self.settled.append(piece.html[: len(piece.html) - sum(len(tag) + 3 for tag in ends)])
        self._open += ends

    def close(self, depth: int = 0) -> None:
        """Close what is open but for the first `depth` elements."""
        if len(self._open) > depth:
            self.settled.append("".join(f"</{tag}>" for tag in reversed(self._open[depth:])))
            del self._open[depth:]

    def html(self, *more: Piece) -> str:
        """Return the whole, with some pieces more."""
        whole = Page()
        whole.settled, whole._open = list(self.settled), list(self._open)
        for piece in more:
            whole.add(piece)
        whole.close()
        return "".join(whole.settled)
