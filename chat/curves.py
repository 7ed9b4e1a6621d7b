"""An answer's characters over time as a small drawing: where it stood still is seen at once."""

from dataclasses import dataclass

from chat.replaying import Schedule

WIDTH, HEIGHT = 240, 40
MAX_CORNERS = 120  # more than the eye tells apart at this size


@dataclass(frozen=True)
class Curve:
    schedule: Schedule

    width = WIDTH
    height = HEIGHT

    @property
    def corners(self) -> str:
        """The line, from the beginning to the end of the text, as SVG has points."""
        moments = self.schedule.moments
        stride = -(-len(moments) // MAX_CORNERS) or 1
        shown = moments[::-1][::stride][::-1]
        first = self._corner(0, self.schedule.start)
        return " ".join([first, *(self._corner(ms, characters) for ms, characters in shown)])

    @property
    def stall_left(self) -> float:
        return self._across(self.schedule.stall.start) if self.schedule.stall else 0.0

    @property
    def stall_width(self) -> float:
        return max(self._across(self.schedule.stall.ms), 1.0) if self.schedule.stall else 0.0

    @property
    def characters(self) -> int:
        return self.schedule.moments[-1].characters if self.schedule.moments else 0

    def _corner(self, ms: int, characters: int) -> str:
        down = HEIGHT - 1 - (HEIGHT - 2) * characters / (self.characters or 1)
        return f"{self._across(ms)},{round(down, 1)}"

    def _across(self, ms: int) -> float:
        return round(WIDTH * ms / (self.schedule.duration or 1), 1)
