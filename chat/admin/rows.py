"""What a row of the review list says of its conversation: gathered for the rows of a page, in as many looks for fifty
as for one."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils.html import format_html

from chat.models import Assignment, Conversation, Feedback, Flag, Generation, Message, SearchEntry, User, Verdict
from chat.models.generation import State
from chat.models.search import Hit, Query
from chat.snippets import Marker, Piece

ENDINGS = {State.FAILED: "Failed", State.INTERRUPTED: "Interrupted", State.STOPPED: "Stopped"}


@dataclass
class Row:
    flags: int = 0
    feedback: dict[str, int] = field(default_factory=dict)
    endings: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    messages: int = 0
    reviewers: set[str] = field(default_factory=set)
    claim: Assignment | None = None
    title: list[Piece] = field(default_factory=list)
    snippet: list[Piece] = field(default_factory=list)
    is_hit: bool = False

    def marks(self, reader: User) -> list[str]:
        """Return what matters of it, the most urgent first, each as a word or two with the class of its colour."""
        bad, good = self.feedback.get(Feedback.Value.BAD, 0), self.feedback.get(Feedback.Value.GOOD, 0)
        said = [
            ("bad", f"{bad} bad answer{'s' * (bad > 1)}" if bad else ""),
            ("flag", "Flagged" if self.flags else ""),
            *(("broken", label) for state, label in ENDINGS.items() if state in self.endings),
            ("broken", "Cut by length" if "length" in self.endings else ""),
            ("good", f"{good} good answer{'s' * (good > 1)}" if good else ""),
            ("claimed", self._claimed(reader)),
            ("reviewed", f"Reviewed by {', '.join(sorted(self.reviewers))}" if self.reviewers else ""),
        ]
        return [format_html('<span class="review-mark {}">{}</span>', kind, text) for kind, text in said if text]

    def _claimed(self, reader: User) -> str:
        if self.claim is None:
            return ""
        return "Claimed by you" if self.claim.reviewer == reader else f"Claimed by {self.claim.reviewer}"


def rows_of(conversations: Sequence[Conversation], query: Query, hits: dict[uuid.UUID, Hit]) -> dict[uuid.UUID, Row]:
    rows: defaultdict[uuid.UUID, Row] = defaultdict(Row)
    here = [conversation.pk for conversation in conversations]
    for flag in Flag.objects.up().filter(conversation__in=here):
        rows[flag.conversation_id].flags += 1
    said = Feedback.objects.filter(message__conversation__in=here).order_by()
    for pk, value, count in said.values_list("message__conversation", "value").annotate(count=Count("pk")):
        rows[pk].feedback[value] = count
    answers = Generation.objects.filter(conversation__in=here).order_by()
    for pk, model, state, reason in answers.values_list("conversation", "model", "state", "finish_reason").distinct():
        rows[pk].models.add(model)
        rows[pk].endings.add("length" if state == State.COMPLETE and reason == "length" else state)
    messages = Message.objects.filter(conversation__in=here).order_by()
    for pk, count in messages.values_list("conversation").annotate(count=Count("pk")):
        rows[pk].messages = count
    verdicts = Verdict.objects.filter(conversation__in=here).order_by()
    for pk, name in verdicts.values_list("conversation", "reviewer__username").distinct():
        rows[pk].reviewers.add(name or "somebody who is gone")
    for claim in Assignment.objects.live().filter(conversation__in=here).select_related("reviewer"):
        rows[claim.conversation_id].claim = claim
    _mark(rows, conversations, query, hits)
    return rows


def _mark(
    rows: dict[uuid.UUID, Row], conversations: Sequence[Conversation], query: Query, hits: dict[uuid.UUID, Hit]
) -> None:
    """Mark what was looked for in the titles, and show a snippet of the message in which it was found."""
    marker = Marker(query)
    for conversation in conversations:
        rows[conversation.pk].title = marker.marked(conversation.title)
    found = [hits[conversation.pk].entry for conversation in conversations if conversation.pk in hits]
    for entry in SearchEntry.objects.shown(found).values() if found else ():
        row = rows[entry.conversation_id]
        row.is_hit = True
        if entry.message:
            is_answer = entry.message.role == Message.Role.ASSISTANT
            row.snippet = marker.snippet(entry.message.text, is_markdown=is_answer)
