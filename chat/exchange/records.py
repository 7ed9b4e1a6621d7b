"""A conversation on its way between the database and a file: the whole tree, no ids of rows that bind."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from chat.models.generation import State


class Refused(Exception):
    """A conversation that can't be taken, with the reason in a sentence."""


@dataclass
class GenerationRecord:
    """One run of a model that added to an answer."""

    model: str
    created: datetime
    state: str = State.COMPLETE
    start_offset: int = 0
    attempt: int = 0
    persona: str = ""
    system_prompt: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    unseen: int | None = None
    response_id: str = ""
    stop_requested_at: datetime | None = None
    started: datetime | None = None
    first_token: datetime | None = None
    finished: datetime | None = None
    finish_reason: str = ""
    error_code: str = ""
    error: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: Decimal | None = None
    thought_ms: int | None = None
    first_token_ms: int | None = None
    longest_stall_ms: int | None = None
    timeline: list[list[int]] | None = None


@dataclass
class FeedbackRecord:
    """What its owner said of an answer."""

    value: str
    reasons: list[str]
    comment: str
    created: datetime
    updated: datetime


@dataclass
class MessageRecord:
    """A node of the tree. `id`, `parent` and `chosen` mean something within their conversation alone."""

    id: str
    parent: str | None
    role: str
    text: str
    created: datetime
    reasoning: str = ""
    chosen: str | None = None  # the one below it that is shown; None: the newest
    generations: list[GenerationRecord] = field(default_factory=list)
    feedback: FeedbackRecord | None = None


@dataclass
class ConversationRecord:
    """Its messages stand in an order in which versions come oldest first."""

    title: str
    created: datetime
    updated: datetime
    origin: str = ""  # what it is, wherever it goes: "<source>:<id there>"
    messages: list[MessageRecord] = field(default_factory=list)
    chosen: str | None = None  # the first message that is shown; None: the newest
    is_title_given: bool = True
    is_pinned: bool = False
    is_archived: bool = False
    model: str = ""
    persona: str = ""
    system_prompt: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    remarks: list[str] = field(default_factory=list)  # what could not be taken, a sentence each
