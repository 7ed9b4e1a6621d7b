"""Questions and answers, made of the nodes other programs keep.

Elsewhere one answer may be many nodes (thoughts, calls of tools, their results, words between them); here it is one
message. What nobody was meant to see goes, and what hung below it hangs below what was above it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from chat.exchange.records import ConversationRecord, GenerationRecord, MessageRecord
from chat.exchange.tree import TICK, counted, left_out, settled
from chat.models import Message
from chat.models.generation import State

QUESTION, ANSWER, HIDDEN = Message.Role.USER.value, Message.Role.ASSISTANT.value, ""
EMPTY = "no text"

PICTURE, RECORDING, FILE, TOOL, OTHER = "picture", "recording", "file", "tool call", "part of an unknown kind"


@dataclass
class Node:
    """What another program keeps as a message. `below` names its children in order, where it keeps one."""

    id: str
    parent: str | None
    role: str = HIDDEN
    text: str = ""
    reasoning: str = ""
    model: str = ""
    created: datetime | None = None
    is_cut: bool = False
    below: Sequence[str] = ()
    lost: Counter[str] = field(default_factory=Counter)


@dataclass
class Chat:
    """What another program keeps as a conversation. `current` is the node that is shown last."""

    origin: str
    title: str
    nodes: Sequence[Node]
    created: datetime | None = None
    updated: datetime | None = None
    current: str | None = None
    is_pinned: bool = False
    is_archived: bool = False
    system_prompt: str = ""


class Place(NamedTuple):
    """Where a node stands: below which one that is seen."""

    node: Node
    above: str | None


def record_from(chat: Chat) -> ConversationRecord:
    """Raises Refused where nothing of it can be taken."""
    times = [node.created for node in chat.nodes if node.created]
    created = chat.created or min(times, default=None) or timezone.now()
    places = list(walk(chat.nodes))
    told, stands_for = _messages(places, created)
    messages = _worth_keeping(told)
    record = ConversationRecord(
        title=chat.title,
        created=created,
        updated=chat.updated or max(times, default=created),
        origin=chat.origin,
        is_pinned=chat.is_pinned,
        is_archived=chat.is_archived,
        system_prompt=chat.system_prompt,
    )
    _lead_down(record, messages, told, stands_for.get(chat.current or ""))
    lost = sum((node.lost for node in chat.nodes), Counter[str]())
    record.remarks += [left_out(count, kind) for kind, count in lost.items()]
    if astray := len({node.id for node in chat.nodes}) - len(places):
        record.remarks.append(left_out(astray, "message without a place in the chat"))
    return settled(record, messages)


def walk(nodes: Sequence[Node]) -> Iterator[Place]:
    """Go down from the beginning, each node before those below it; what leads in a circle is never met."""
    known = {node.id: node for node in reversed(nodes)}  # of two the first
    children: defaultdict[str | None, list[Node]] = defaultdict(list)
    for node in reversed(known.values()):
        children[node.parent if node.parent in known else None].append(node)
    waiting = [Place(node, None) for node in reversed(children[None])]
    while waiting:
        node, above = waiting.pop()
        yield Place(node, above)
        order = {name: place for place, name in enumerate(node.below)}
        below = sorted(children[node.id], key=lambda child: order.get(child.id, len(order)))
        waiting += [Place(child, above if node.role == HIDDEN else node.id) for child in reversed(below)]


def _messages(places: Sequence[Place], created: datetime) -> tuple[dict[str, MessageRecord], dict[str, str | None]]:
    """Return the messages, and the message each node became part of."""
    seen_below = Counter(above for node, above in places if node.role != HIDDEN)
    messages: dict[str, MessageRecord] = {}
    lost: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    stands_for: dict[str, str | None] = {}
    for node, above in places:
        before = messages.get(stands_for.get(above or "") or "")
        if node.role == HIDDEN:
            stands_for[node.id] = before.id if before else None
        elif before and before.role == node.role == ANSWER and seen_below[above] == 1:
            stands_for[node.id] = before.id
            _go_on(before, node)
        else:
            stands_for[node.id] = node.id
            messages[node.id] = _begun(node, before, created)
        lost[stands_for[node.id]] += node.lost
    for name, message in messages.items():
        if not message.text.strip():
            message.text = f"[{_listed(lost[name])}]" if lost[name] else ""
    return messages, stands_for


def _begun(node: Node, before: MessageRecord | None, created: datetime) -> MessageRecord:
    when = node.created or (before.created + TICK if before else created)
    state = State.INTERRUPTED if node.is_cut else State.COMPLETE
    return MessageRecord(
        id=node.id,
        parent=before.id if before else None,
        role=node.role,
        text=node.text,
        reasoning=node.reasoning,
        created=when,
        generations=[GenerationRecord(node.model, when, state)] if node.role == ANSWER else [],
    )


def _go_on(answer: MessageRecord, node: Node) -> None:
    answer.text = _joined(answer.text, node.text)
    answer.reasoning = _joined(answer.reasoning, node.reasoning)
    generation = answer.generations[0]
    generation.model = node.model or generation.model
    generation.finished = node.created
    generation.state = State.INTERRUPTED if node.is_cut else generation.state


def _joined(first: str, second: str) -> str:
    return f"{first}\n\n{second}" if first and second else first or second


def _worth_keeping(messages: dict[str, MessageRecord]) -> list[MessageRecord]:
    """Leave out what ends a branch and says nothing; where more follows, a note says that there was nothing."""
    has_more: set[str | None] = set()
    kept: list[MessageRecord] = []
    for message in reversed(messages.values()):
        if message.text or message.reasoning or message.id in has_more:
            message.text = message.text or f"[{EMPTY}]"
            has_more.add(message.parent)
            kept.append(message)
    return kept[::-1]


def _listed(gone: Counter[str]) -> str:
    return ", ".join(counted(number, kind) for kind, number in gone.items())


def _lead_down(
    record: ConversationRecord, messages: Sequence[MessageRecord], told: dict[str, MessageRecord], current: str | None
) -> None:
    """Choose the way down to a message, at the forks where it isn't the newest anyway."""
    kept = {message.id: message for message in messages}
    newest = {message.parent: message.id for message in messages}
    while current is not None:
        parent = told[current].parent
        if current in kept:
            chosen = None if newest[parent] == current else current
            if parent is None:
                record.chosen = chosen
            else:
                kept[parent].chosen = chosen
        current = parent
