"""A piece of an answer that is still being written: what one frame of the writer committed."""

import uuid
from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Self

from django.db import connections, models
from django.db.models import Max, Min, Q, Subquery
from django.db.models.functions import Coalesce


class Part(models.TextChoices):
    """The two texts of an answer; each has a field of the same name on Message."""

    TEXT = "text"
    REASONING = "reasoning"


class Row(NamedTuple):
    """A chunk as the writer hands it in. `offset` counts characters, `ms` milliseconds since the claim."""

    message_id: uuid.UUID
    claim: uuid.UUID
    part: str
    offset: int
    text: str
    ms: int


class ChunkQuerySet(models.QuerySet["Chunk"]):
    def append(self, rows: Sequence[Row]) -> None:
        """Insert `rows` in one round trip (bulk_create costs several times the CPU)."""
        if not rows:
            return
        connection = connections[self.db]
        columns = 'INSERT INTO chat_chunk (message_id, claim, part, "offset", text, ms)'
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                unnest = "SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::text[], %s::int[])"
                cursor.execute(f"{columns} {unnest}", [list(column) for column in zip(*rows, strict=True)])
            else:
                cursor.executemany(
                    f"{columns} VALUES (%s, %s, %s, %s, %s, %s)",
                    [(row.message_id.hex, row.claim.hex, *row[2:]) for row in rows],
                )

    def missing(self, rows: Sequence[Row]) -> list[Row]:
        """Return those of `rows` that an earlier commit under the same claim did not write."""
        claims = {row.claim for row in rows}
        there = set(self.filter(claim__in=claims).values_list("claim", "part", "offset"))
        return [row for row in rows if (row.claim, row.part, row.offset) not in there]

    def reaching_past(self, message_id: uuid.UUID, ends: dict[Part, int]) -> Self:
        """Return the chunks that hold any character at or after these offsets, those that straddle one included."""
        wanted = Q()
        for part, end in ends.items():
            before = self.filter(message_id=message_id, part=part, offset__lte=end).order_by("-offset")
            first = Coalesce(Subquery(before.values("offset")[:1]), 0)
            wanted |= Q(part=part, offset__gte=first)
        return self.filter(wanted, message_id=message_id).order_by("part", "offset")

    def thought_ms(self) -> int | None:
        """Return the time from the first reasoning to the first text; None without reasoning.

        Where no text came after it, its own end counts.
        """
        reasoning, text = Q(part=Part.REASONING), Q(part=Part.TEXT)
        times = self.aggregate(
            first=Min("ms", filter=reasoning), last=Max("ms", filter=reasoning), text=Min("ms", filter=text)
        )
        if times["first"] is None:
            return None
        ends = [ms for ms in (times["text"], times["last"]) if ms is not None and ms >= times["first"]]
        return int(ends[0] - times["first"])


class Chunk(models.Model):
    message = models.ForeignKey("chat.Message", models.CASCADE, related_name="chunks", db_index=False)
    claim = models.UUIDField(db_index=True)
    part = models.CharField(max_length=9, choices=Part)
    offset = models.PositiveIntegerField()  # characters of this part before it
    text = models.TextField()
    ms = models.PositiveIntegerField()  # since the claim

    objects: ClassVar[ChunkQuerySet] = ChunkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "part", "offset"], name="one_chunk_per_message_part_and_offset")
        ]

    def __str__(self) -> str:
        return f"{self.part}@{self.offset}: {self.text[:40]}"
