"""When an answer's characters came, as one account of all its generations: what a replay goes by.

Each generation's clock begins with its claim; one that went on with an answer begins where the one before it ended, as
nobody waited for a person to press Continue.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from chat.models import Generation, Timeline

SPEEDS = (1, 4, 16)  # times the original
LEAD_MS = 1_000  # before the longest stall, that one sees it begin


class Moment(NamedTuple):
    """`characters` of the text were there `ms` milliseconds after the beginning."""

    ms: int
    characters: int


class Run(NamedTuple):
    """What one generation added: the text began at `start` characters, and grew by its timeline's points."""

    start: int
    points: Sequence[Sequence[int]]


class Stall(NamedTuple):
    start: int
    end: int

    @property
    def ms(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Schedule:
    start: int  # characters that are there from the beginning
    moments: Sequence[Moment]  # in order of time
    stall: Stall | None  # the longest wait between two moments of one generation

    def __bool__(self) -> bool:
        return bool(self.moments)

    @property
    def duration(self) -> int:
        return self.moments[-1].ms if self.moments else 0

    @property
    def before_stall(self) -> int | None:
        """Where to begin in order to see the longest stall come."""
        return max(self.stall.start - LEAD_MS, 0) if self.stall else None

    def next_after(self, ms: int) -> int:
        """Return the place of the first moment that is later than `ms`."""
        return bisect_right(self.moments, ms, key=lambda moment: moment.ms)

    def characters_at(self, ms: int) -> int:
        """Return how much of the text was there at `ms`."""
        place = self.next_after(ms)
        return self.moments[place - 1].characters if place else self.start


def schedule_of(generations: Iterable[Generation], ordinal: int | None = None) -> Schedule:
    """Return the schedule of an answer's generations, or of one of them; an empty one without timelines."""
    ordered = sorted(generations, key=lambda generation: generation.ordinal)
    return schedule([run_of(each) for each in ordered if ordinal in (None, each.ordinal)])


def run_of(generation: Generation) -> Run:
    try:
        return Run(generation.start_offset, generation.timeline.points)
    except Timeline.DoesNotExist:  # imported, or ended with its conversation
        return Run(generation.start_offset, [])


def schedule(runs: Sequence[Run]) -> Schedule:
    moments: list[Moment] = []
    stalls: list[Stall] = []
    for run in runs:
        began = moments[-1].ms if moments else 0
        fresh = [Moment(began + ms, run.start + characters) for ms, characters in run.points]
        stalls += [Stall(earlier.ms, later.ms) for earlier, later in pairwise(fresh)]
        moments += fresh
    start = next((run.start for run in runs if run.points), 0)  # what came before it nobody timed
    return Schedule(start, moments, max(stalls, key=lambda stall: stall.ms, default=None))


def seconds_until(ms: int, start: int, speed: int) -> float:
    """Return how long after a replay began at `start` the moment `ms` is due."""
    return (ms - start) / 1_000 / speed
