"""What is said of a conversation, or of an answer in it, as one reviewer may see it.

What others found stays hidden until a reviewer has said what they find themselves; who decides sees all.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.forms import Form

from chat.models import Change, Conversation, Correction, Flag, Message, Note, Rubric, User, Verdict
from chat.models.rubric import Subject


@dataclass
class Judgement:
    """`message` is None for the conversation as a whole."""

    message: Message | None
    rubric: Rubric | None  # None: nothing is asked but good or bad
    mine: Verdict | None = None
    mine_before: list[Verdict] = field(default_factory=list)  # by older rubrics
    others: list[Verdict] = field(default_factory=list)
    is_open: bool = False  # whether its reader may see the others'
    notes: list[Note] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    my_correction: Correction | None = None
    others_corrections: list[Correction] = field(default_factory=list)

    verdict_form: Form | None = None  # the forms by which it is added to, where there is a page
    note_form: Form | None = None
    flag_form: Form | None = None
    correction_form: Form | None = None
    is_refused: bool = False  # whether one of them is as it was sent, because it was not right

    @property
    def about(self) -> str:
        """What tells its forms from others on the page."""
        return str(self.message.pk) if self.message else "conversation"

    @property
    def verdicts(self) -> list[Verdict]:
        """Those that its reader may see, the one that counts first."""
        shown = [*([self.mine] if self.mine else []), *self.mine_before, *(self.others if self.is_open else [])]
        return sorted(shown, key=lambda verdict: not verdict.is_authoritative)

    @property
    def hidden(self) -> int:
        return 0 if self.is_open else len(self.others)

    @property
    def corrections(self) -> list[Correction]:
        """Those that its reader may see: another's tells what they found."""
        mine = [self.my_correction] if self.my_correction else []
        return [*mine, *(self.others_corrections if self.is_open else [])]

    @property
    def hidden_corrections(self) -> int:
        return 0 if self.is_open else len(self.others_corrections)

    @property
    def tally(self) -> str:
        """How it stands, in words: "Bad counts; 2 of 3 say Good"."""
        current = [verdict for verdict in self.verdicts if self.rubric and verdict.rubric_id == self.rubric.pk]
        counting = [f"{verdict.get_overall_display()} counts" for verdict in current if verdict.is_authoritative]
        return "; ".join([*counting, *filter(None, [majority(current)])])


def majority(verdicts: Sequence[Verdict]) -> str:
    """How they voted, in words: "2 of 3 say Good"; "" where there are not two to see."""
    votes = Counter(verdict.get_overall_display() for verdict in verdicts)
    if votes.total() < 2:
        return ""
    word, count = votes.most_common(1)[0]
    if count == votes.total():
        return f"All {count} say {word}"
    if list(votes.values()).count(count) > 1:
        return f"{votes.total()} verdicts, and no majority"
    return f"{count} of {votes.total()} say {word}"


def judgements(conversation: Conversation, messages: Sequence[Message], reader: User) -> dict[UUID | None, Judgement]:
    """Return what is said of the conversation (None) and of these messages; in the same number of queries always."""
    rubrics = {subject: Rubric.objects.newest(subject) for subject in Subject}
    whole, answer = rubrics[Subject.CONVERSATION], rubrics[Subject.ANSWER]
    found: dict[UUID | None, Judgement] = {None: Judgement(None, whole)}
    found |= {message.pk: Judgement(message, answer) for message in messages}
    sees_all = reader.has_perm("chat.decide_verdict")
    verdicts = conversation.verdicts.select_related("reviewer", "rubric", "decided_by")
    for verdict in verdicts.prefetch_related("marks__criterion"):
        _add_verdict(found, verdict, reader)
    for judgement in found.values():
        judgement.is_open = sees_all or judgement.mine is not None
    for note in conversation.notes.select_related("author").prefetch_related("mentions__user"):
        if note.message_id in found:
            found[note.message_id].notes.append(note)
    for flag in conversation.flags.select_related("raised_by"):
        if flag.message_id in found and not flag.taken_down:
            found[flag.message_id].flags.append(flag)
    written = Correction.objects.filter(message__conversation=conversation).select_related("author")
    for correction in written:
        _add_correction(found, correction, reader)
    return found


def _add_verdict(found: dict[UUID | None, Judgement], verdict: Verdict, reader: User) -> None:
    judgement = found.get(verdict.message_id)
    if judgement is None:
        return
    is_current = judgement.rubric is not None and verdict.rubric_id == judgement.rubric.pk
    if verdict.reviewer_id != reader.pk:
        judgement.others.append(verdict)
    elif is_current:
        judgement.mine = verdict
    else:
        judgement.mine_before.append(verdict)


def _add_correction(found: dict[UUID | None, Judgement], correction: Correction, reader: User) -> None:
    judgement = found.get(correction.message_id)
    if judgement is None:
        return
    if correction.author_id == reader.pk:
        judgement.my_correction = correction
    else:
        judgement.others_corrections.append(correction)


def history(conversation: Conversation, reader: User, found: Iterable[Judgement], limit: int) -> list[Change]:
    """Return the latest changes that this reader may see: of others' verdicts and corrections only where they may see
    those too."""
    changes = conversation.changes.select_related("actor")
    if not reader.has_perm("chat.decide_verdict"):
        found = list(found)
        verdicts = [verdict.pk for judgement in found for verdict in judgement.verdicts]
        corrections = [correction.pk for judgement in found for correction in judgement.corrections]
        for of, seen in ((Change.Of.VERDICT, verdicts), (Change.Of.CORRECTION, corrections)):
            others = changes.filter(of=of).exclude(actor=reader).exclude(subject_id__in=seen)
            changes = changes.exclude(pk__in=others.values("pk"))
    return list(changes[:limit])
