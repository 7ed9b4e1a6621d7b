"""Where a continued answer meets what was there: a model asked to go on often repeats the last words first."""

LONGEST_OVERLAP = 200  # characters
SHORTEST_OVERLAP = 8  # fewer may well be meant: "10" goes on as "00"


class Seam:
    """Drops from the beginning of a continuation what repeats the end of the text before it."""

    def __init__(self, before: str) -> None:
        self._tail = before[-LONGEST_OVERLAP:]
        self._held = ""
        self._open = bool(before)

    def feed(self, text: str) -> str:
        """Return what can be written now. Holds text back only while it may still turn out to be a repetition."""
        if not self._open:
            return text
        self._held += text
        if self._held in self._tail:
            return ""
        return self.finish()

    def finish(self) -> str:
        """Return what is left of the held text once the overlap is gone."""
        self._open = False
        held, self._held = self._held, ""
        return held[self._overlap(held) :]

    def _overlap(self, held: str) -> int:
        for length in range(min(len(held), len(self._tail)), SHORTEST_OVERLAP - 1, -1):
            if self._tail.endswith(held[:length]):
                return length
        return 0
