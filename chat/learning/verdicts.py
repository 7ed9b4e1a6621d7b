"""Verdicts as a table for spreadsheets: a row for each mark, or for a verdict without any."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from chat.learning.examples import Said
from chat.learning.reviewed import Reviewed
from chat.models import Mark, Verdict

COLUMNS = (
    "conversation",
    "title",
    "message",
    "model",
    "rubric",
    "criterion",
    "reviewer",
    "overall",
    "label",
    "score",
    "text",
    "comment",
    "authoritative",
    "created",
    "updated",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def written(row: "tuple[Any, ...]") -> str:
    outlet = io.StringIO()
    csv.writer(outlet).writerow(_harmless(value) for value in row)
    return outlet.getvalue()


def rows(reviewed: Reviewed, said: Said) -> Iterator[tuple[Any, ...]]:
    for verdict in reviewed.verdicts:
        marks: list[Mark | None] = [*reviewed.marks[verdict.pk]] or [None]
        for mark in marks:
            yield _row(reviewed, verdict, mark, said)


def _row(reviewed: Reviewed, verdict: Verdict, mark: Mark | None, said: Said) -> tuple[Any, ...]:
    message = reviewed.messages.get(verdict.message_id) if verdict.message_id else None
    return (
        verdict.conversation_id,
        said(reviewed.conversation.title),
        verdict.message_id or "",
        reviewed.model_of(message) if message else "",
        verdict.rubric.name,
        mark.criterion.name if mark else "",
        said(verdict.reviewer.get_username()) if verdict.reviewer else "",
        verdict.overall,
        mark.label if mark else "",
        mark.score if mark and mark.score is not None else "",
        said(mark.text) if mark else "",
        said(verdict.comment),
        "yes" if verdict.is_authoritative else "no",
        moment(verdict.created),
        moment(verdict.updated),
    )


def moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _harmless(value: Any) -> Any:
    """Keep a text from being a formula where a spreadsheet opens the table: it begins with an apostrophe then."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
