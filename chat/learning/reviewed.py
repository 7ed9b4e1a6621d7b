"""A conversation with all that was said of it: what examples, pairs and rows of verdicts are made of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Length

from chat.models import Conversation, Correction, Feedback, Generation, Mark, Message, Verdict
from chat.models.generation import State

Overall, Role = Verdict.Overall, Message.Role
TEXTS = ("message__text", "message__reasoning")  # which are there already


class Source(IntEnum):
    """Who says that an answer is good or bad; the higher one counts."""

    FEEDBACK = 1
    MAJORITY = 2
    AUTHORITY = 3
    CORRECTION = 4


class Standing(NamedTuple):
    is_good: bool
    source: Source


@dataclass
class Reviewed:
    conversation: Conversation
    messages: dict[UUID, Message] = field(default_factory=dict)  # in order of creation
    generations: dict[UUID, Generation] = field(default_factory=dict)  # the latest of each answer
    feedback: dict[UUID, Feedback] = field(default_factory=dict)
    corrections: defaultdict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))  # the latest first
    verdicts: list[Verdict] = field(default_factory=list)
    marks: defaultdict[int, list[Mark]] = field(default_factory=lambda: defaultdict(list))  # by verdict

    @cached_property
    def thread(self) -> list[Message]:
        """The branch that its user sees."""
        return self.conversation.thread_through(self.messages.values())

    def path_to(self, message: Message) -> list[Message]:
        """Return the branch down to a message, and it."""
        path = [message]
        while parent := path[-1].parent_id:
            path.append(self.messages[parent])
        return path[::-1]

    def versions(self) -> "dict[UUID, list[Message]]":
        """Return the answers of each question that has any."""
        answers: defaultdict[UUID, list[Message]] = defaultdict(list)
        for message in self.messages.values():
            if message.role == Role.ASSISTANT and message.parent_id:
                answers[message.parent_id].append(message)
        return {pk: those for pk, those in answers.items() if self.messages[pk].role == Role.USER}

    # What an answer is

    def is_whole(self, answer: Message) -> bool:
        """Whether it has text and ended by itself: not stopped, not cut, not failed."""
        generation = self.generations.get(answer.pk)
        ended = generation is None or (generation.state == State.COMPLETE and not generation.was_cut_by_length)
        return ended and bool(answer.text.strip())

    def model_of(self, message: Message) -> str:
        return self.generations[message.pk].model if message.pk in self.generations else ""

    def correction_of(self, answer: Message) -> str:
        """Return what it should have been, as was written last; "" where nobody wrote that, or it says the same."""
        corrections = self.corrections.get(answer.pk, [])
        return next((each for each in corrections if each.strip() and not are_alike(each, answer.text)), "")

    def standing(self, answer: Message) -> Standing | None:
        """Return whether it is good: by authority, else by most reviewers, else by its reader; None: nobody knows.

        Where the verdicts that count contradict each other, their authors have to agree first.
        """
        verdicts = [each for each in self.verdicts if each.message_id == answer.pk]
        deciding = [each for each in verdicts if each.is_authoritative]
        if deciding:
            return _most(deciding, Source.AUTHORITY)
        feedback = self.feedback.get(answer.pk)
        if verdict := _most(verdicts, Source.MAJORITY):
            return verdict
        return Standing(feedback.value == Feedback.Value.GOOD, Source.FEEDBACK) if feedback else None


def _most(verdicts: Iterable[Verdict], source: Source) -> Standing | None:
    """Return what more than half of the reviewers say, each by their latest verdict: older ones are by older rubrics.

    Of those whose accounts are gone nobody knows who is who: each of their verdicts counts.
    """
    in_order = sorted(verdicts, key=lambda each: (each.updated, each.pk))
    said = list({each.reviewer_id or f"gone {each.pk}": each.overall for each in in_order}.values())
    for overall in (Overall.GOOD, Overall.BAD):
        if 2 * said.count(overall) > len(said):
            return Standing(overall == Overall.GOOD, source)
    return None


def are_alike(one: str, other: str) -> bool:
    """Whether two texts say the same: blanks around them and the way their lines end make no difference."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def as_many_as_fit(ids: Sequence[UUID], characters: int) -> int:
    """Return how many of these, from the first on, have no more text than this; at least one."""
    sizes = Message.objects.filter(conversation__in=ids).order_by().values_list("conversation")
    lengths = dict(sizes.annotate(length=Sum(Length("text"))))
    total = 0
    for count, pk in enumerate(ids):
        total += lengths.get(pk) or 0
        if count and total > characters:
            return count
    return len(ids)


def reviewed(ids: Sequence[UUID]) -> list[Reviewed]:
    """Return those that staff may read now, in this order; the number of queries is the same for any number of them.

    Generations are looked at before the texts: the other way round, an answer that ends in between would be complete
    and have no text.
    """
    found = Conversation.objects.reviewable().select_related("user").in_bulk(ids)
    those = {pk: Reviewed(found[pk]) for pk in ids if pk in found}
    generations = Generation.objects.filter(conversation__in=those).order_by("ordinal")
    wanted = ("conversation_id", "message_id", "ordinal", "state", "finish_reason", "model", "system_prompt")
    for generation in generations.only(*wanted):
        those[generation.conversation_id].generations[generation.message_id] = generation
    for message in Message.objects.filter(conversation__in=those).defer("reasoning"):
        those[message.conversation_id].messages[message.pk] = message
    for feedback in Feedback.objects.filter(message__conversation__in=those).select_related("message").defer(*TEXTS):
        those[feedback.message.conversation_id].feedback[feedback.message_id] = feedback
    corrections = Correction.objects.filter(message__conversation__in=those).order_by("-updated", "-pk")
    for correction in corrections.select_related("message").defer(*TEXTS):
        those[correction.message.conversation_id].corrections[correction.message_id].append(correction.text)
    verdicts = Verdict.objects.filter(conversation__in=those).order_by("created", "pk")
    for verdict in verdicts.select_related("rubric", "reviewer"):
        those[verdict.conversation_id].verdicts.append(verdict)
    for mark in Mark.objects.filter(verdict__conversation__in=those).select_related("verdict", "criterion"):
        those[mark.verdict.conversation_id].marks[mark.verdict_id].append(mark)
    for each in those.values():
        for those_marks in each.marks.values():
            those_marks.sort(key=lambda mark: (mark.criterion.position, mark.criterion_id))
    return list(those.values())
