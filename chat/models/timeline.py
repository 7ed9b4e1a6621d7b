"""When an answer's characters arrived: kept for ever, so that speed and stalls can be looked up later."""

from collections.abc import Sequence
from typing import ClassVar

from django.db import models

MAX_POINTS = 2_000


class Timeline(models.Model):
    generation = models.OneToOneField("chat.Generation", models.CASCADE, primary_key=True, related_name="timeline")
    points = models.JSONField(default=list)  # [[milliseconds since the claim, characters written so far], …]

    objects: ClassVar[models.Manager["Timeline"]] = models.Manager()

    def __str__(self) -> str:
        return f"{len(self.points)} points"


def points_of(arrivals: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Turn (milliseconds, characters) arrivals into cumulative points, thinned evenly to MAX_POINTS.

    The last point always stays: it tells the whole length.
    """
    points, total = [], 0
    for ms, characters in arrivals:
        total += characters
        points.append([ms, total])
    stride = -(-len(points) // MAX_POINTS) or 1
    return points[::-1][::stride][::-1]
