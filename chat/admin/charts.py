"""Charts as templates draw them: places in an SVG, and the same numbers as a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import ClassVar, NamedTuple

WIDTH, HEIGHT = 640, 200
LEFT, RIGHT, TOP, BOTTOM = 52, 92, 14, 26
LABEL, ROW = 170, 26  # of bars

Value = float | None


class Series(NamedTuple):
    name: str
    values: "list[Value]"
    links: list[str]  # to what each value counts


@dataclass(frozen=True)
class Bar:
    label: str
    value: int
    link: str = ""
    note: str = ""  # beside the value

    @property
    def number(self) -> str:
        return f"{self.value:,}"


@dataclass(frozen=True)
class Daily:
    """A value a day, of one series or two."""

    title: str
    days: list[date]
    series: list[Series]
    note: str = ""
    template: ClassVar[str]
    width, height = WIDTH, HEIGHT
    left, right, floor = LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    @property
    def top(self) -> float:
        return nice(max((value or 0 for series in self.series for value in series.values), default=0))

    @property
    def grid(self) -> list[tuple[float, str]]:
        return [(self.y(self.top * part), f"{self.top * part:,g}") for part in (0, 0.5, 1)]

    @property
    def ends(self) -> tuple[date, date]:
        return self.days[0], self.days[-1]

    @property
    def names(self) -> list[str]:
        return [series.name for series in self.series]

    @property
    def summary(self) -> str:
        parts = [
            f"{series.name}: from {min(known):,g} to {max(known):,g}"
            for series in self.series
            if (known := [value for value in series.values if value is not None])
        ]
        return f"{self.days[0]} to {self.days[-1]}. {'; '.join(parts)}."

    @property
    def rows(self) -> list[tuple[date, list[tuple[Value, str]]]]:
        """Return the values of each day and their links, newest day first."""
        linked = [zip(series.values, series.links, strict=True) for series in self.series]
        return [(day, list(cells)) for day, *cells in zip(self.days, *linked, strict=True)][::-1]

    @property
    def step(self) -> float:
        return (self.right - self.left) / len(self.days)

    def x(self, place: int) -> float:
        return round(self.left + self.step * (place + 0.5), 1)

    def y(self, value: float) -> float:
        return round(self.floor - (self.floor - TOP) * value / self.top, 1)


@dataclass(frozen=True)
class Lines(Daily):
    template = "admin/figures/lines.html"

    @property
    def lines(self) -> Iterator[dict[str, object]]:
        """Each with its pieces: a day without a value is a gap."""
        taken: list[float] = []
        for series in self.series:
            points = [None if v is None else (self.x(n), self.y(v)) for n, v in enumerate(series.values)]
            known = [point for point in points if point]
            if not known:
                continue
            label = known[-1][1]
            while any(abs(label - other) < 13 for other in taken):
                label += 13 if label < self.floor - 13 else -26
            taken.append(label)
            pieces = [list(piece) for has, piece in groupby(points, key=bool) if has]
            yield {
                "name": series.name,
                "pieces": [" ".join(f"{point[0]},{point[1]}" for point in piece if point) for piece in pieces],
                "alone": [piece[0] for piece in pieces if len(piece) == 1],
                "label": label + 4,
            }


@dataclass(frozen=True)
class Columns(Daily):
    template = "admin/figures/columns.html"

    @property
    def columns(self) -> list[tuple[float, float, float, float]]:
        wide = max(round(self.step * 0.7, 1), 1)
        return [
            (round(self.x(place) - wide / 2, 1), self.y(value), wide, round(self.floor - self.y(value), 1))
            for place, value in enumerate(self.series[0].values)
            if value
        ]


@dataclass(frozen=True)
class Bars:
    """A bar for each of a few, with its value beside it."""

    title: str
    bars: list[Bar]
    counted: str
    note: str = ""
    template: ClassVar[str] = "admin/figures/bars.html"
    width, label, tall = WIDTH, LABEL, 16

    @property
    def is_empty(self) -> bool:
        return not any(bar.value for bar in self.bars)

    @property
    def height(self) -> int:
        return ROW * len(self.bars)

    @property
    def summary(self) -> str:
        return "; ".join(f"{bar.label}: {bar.value:,}" for bar in self.bars) + "."

    @property
    def drawn(self) -> list[dict[str, object]]:
        longest = max((bar.value for bar in self.bars), default=0) or 1
        room = WIDTH - LABEL - 170
        return [
            {
                "bar": bar,
                "name": bar.label if len(bar.label) < 20 else f"{bar.label[:18]}…",
                "y": ROW * place + 5,
                "base": ROW * place + 18,
                "wide": round(room * bar.value / longest, 1),
                "end": round(LABEL + 8 + room * bar.value / longest, 1),
            }
            for place, bar in enumerate(self.bars)
        ]


def nice(most: float) -> float:
    """Return a round number at or above this one, that halves well."""
    power = 1.0
    while power < most:
        power *= 10
    while power / 10 >= most > 0:
        power /= 10
    return next((power * part for part in (0.2, 0.4, 0.6, 0.8, 1) if power * part >= most), 1.0) if most else 1.0
