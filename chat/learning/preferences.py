"""Pairs of answers to the same question of which one is better, as direct preference optimization takes them.

Only what somebody said makes a pair: a correction is better than the answer it corrects, a good version is better than
a bad one. Of several good ones the best known counts: corrected, then by authority, by most reviewers, by its reader;
of two alike the newer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chat.learning.examples import Line, Said, context, instructions, is_told, turn, written
from chat.learning.reviewed import Reviewed, Source, are_alike
from chat.models import Message


@dataclass(frozen=True, order=True)
class Good:
    source: Source
    created: datetime
    text: str


def preferences(reviewed: Reviewed, said: Said) -> Iterator[Line]:
    for question, versions in reviewed.versions().items():
        whole = [answer for answer in versions if reviewed.is_whole(answer)]
        best = max(_good_ones(reviewed, versions), default=None)
        pairs = [(answer, better) for answer in whole if (better := _better(reviewed, answer, best))]
        if not pairs:
            continue
        path = context(reviewed, reviewed.path_to(reviewed.messages[question]))
        if not is_told(path):
            continue
        for answer, better in pairs:
            preferred, other = said(better), said(answer.text)
            if are_alike(preferred, other):  # only what was redacted made them different
                continue
            yield {
                "input": {"messages": [*instructions(reviewed, answer, said), *written(path, said)]},
                "preferred_output": [turn("assistant", preferred)],
                "non_preferred_output": [turn("assistant", other)],
            }


def _good_ones(reviewed: Reviewed, versions: Sequence[Message]) -> Iterator[Good]:
    for answer in versions:
        standing = reviewed.standing(answer)
        if correction := reviewed.correction_of(answer):
            yield Good(Source.CORRECTION, answer.created, correction)
        elif standing and standing.is_good and reviewed.is_whole(answer):
            yield Good(standing.source, answer.created, answer.text)


def _better(reviewed: Reviewed, answer: Message, best: Good | None) -> str:
    """Return what is known to be better than this answer; "" where nothing is, or it says the same."""
    standing = reviewed.standing(answer)
    is_bad = standing is not None and not standing.is_good
    better = reviewed.correction_of(answer) or (best.text if best and is_bad else "")
    return "" if are_alike(better, answer.text) else better
