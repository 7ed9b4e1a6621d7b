"""Our own file: a record as JSON and back, with nothing lost. docs/export.md describes it for others."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from chat.exchange import values
from chat.exchange.records import ConversationRecord, FeedbackRecord, GenerationRecord, MessageRecord, Refused
from chat.exchange.tree import settled
from chat.models import Feedback, Message
from chat.models.feedback import LONGEST_COMMENT, REASONS
from chat.models.generation import State
from chat.models.timeline import MAX_POINTS

FORMAT = "chatstream"
VERSION = 1
SCHEMA = "conversation.schema.json"

MOST_GENERATIONS = 1_000  # of one answer
MOST_ORDINAL = 2**15 - 1
STATES = {str(state) for state in State}
ROLES = {str(role) for role in Message.Role}

# Out


def to_json(record: ConversationRecord) -> str:
    content = {"format": FORMAT, "version": VERSION, "conversation": _conversation_values(record)}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _conversation_values(record: ConversationRecord) -> dict[str, Any]:
    return {
        "origin": record.origin,
        "title": record.title,
        "is_title_given": record.is_title_given,
        "is_pinned": record.is_pinned,
        "is_archived": record.is_archived,
        "created": _written(record.created),
        "updated": _written(record.updated),
        "model": record.model,
        "persona": record.persona,
        "system_prompt": record.system_prompt,
        "temperature": record.temperature,
        "max_tokens": record.max_tokens,
        "chosen": record.chosen,
        "messages": [_message_values(message) for message in record.messages],
    }


def _message_values(message: MessageRecord) -> dict[str, Any]:
    return {
        "id": message.id,
        "parent": message.parent,
        "chosen": message.chosen,
        "role": message.role,
        "created": _written(message.created),
        "text": message.text,
        "reasoning": message.reasoning,
        "generations": [
            {name: _written(value) for name, value in vars(generation).items()} for generation in message.generations
        ],
        "feedback": message.feedback and {name: _written(value) for name, value in vars(message.feedback).items()},
    }


def _written(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Decimal():
            return str(value)
    return value


# In


def recognises(content: dict[str, Any]) -> bool:
    return content.get("format") == FORMAT


def is_manifest(content: dict[str, Any]) -> bool:
    """Whether it is the list of what an archive holds, which is no conversation."""
    return recognises(content) and "conversation" not in content and "count" in content


def read(content: dict[str, Any]) -> ConversationRecord:
    if content.get("version") != VERSION:
        raise Refused("It was written by another version of ChatStream, whose files this one doesn't know.")
    told = content.get("conversation")
    if not isinstance(told, dict) or not isinstance(told.get("messages"), list):
        raise Refused("The file says it is ChatStream's, but there is no conversation in it.")
    created = values.moment(told.get("created")) or timezone.now()
    record = ConversationRecord(
        title=values.exact(told.get("title"))[:200],
        created=created,
        updated=values.moment(told.get("updated")) or created,
        origin=values.name(told.get("origin")) or "",
        is_title_given=values.flag(told.get("is_title_given")),
        is_pinned=values.flag(told.get("is_pinned")),
        is_archived=values.flag(told.get("is_archived")),
        chosen=values.name(told.get("chosen")),
        model=values.exact(told.get("model"))[:200],
        persona=values.exact(told.get("persona"))[:80],
        system_prompt=values.exact(told.get("system_prompt")),
        temperature=values.measure(told.get("temperature")),
        max_tokens=values.number(told.get("max_tokens")),
    )
    return settled(record, [_message(each, created) for each in told["messages"]])


def _message(told: object, created: datetime) -> MessageRecord:
    role = told.get("role") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(role, str) or role not in ROLES:
        raise Refused("One of its messages is neither a question nor an answer.")
    generations = values.sequence(told.get("generations"))
    if len(generations) > MOST_GENERATIONS:
        raise Refused("One of its answers was begun too often.")
    written = values.exact(told.get("text"))
    return MessageRecord(
        id=values.name(told.get("id")) or "",
        parent=values.name(told.get("parent")),
        chosen=values.name(told.get("chosen")),
        role=role,
        created=values.moment(told.get("created")) or created,
        text=written,
        reasoning=values.exact(told.get("reasoning")),
        generations=[_generation(values.mapping(each), created, len(written)) for each in generations],
        feedback=_feedback(values.mapping(told.get("feedback")), created) if role == Message.Role.ASSISTANT else None,
    )


def _feedback(told: dict[str, Any], created: datetime) -> FeedbackRecord | None:
    """Return it with the reasons that can be given here; None for what is neither good nor bad."""
    value = told.get("value")
    if not isinstance(value, str) or value not in Feedback.Value.values:
        return None
    given = values.sequence(told.get("reasons"))
    said = values.moment(told.get("created")) or created
    return FeedbackRecord(
        value=value,
        reasons=[code for code in REASONS[value] if code in given],
        comment=values.exact(told.get("comment"))[:LONGEST_COMMENT],
        created=said,
        updated=values.moment(told.get("updated")) or said,
    )


def _generation(told: dict[str, Any], created: datetime, length: int) -> GenerationRecord:
    state = told.get("state")
    return GenerationRecord(
        model=values.exact(told.get("model"))[:200],
        created=values.moment(told.get("created")) or created,
        state=state if isinstance(state, str) and state in STATES else State.INTERRUPTED,
        start_offset=min(values.number(told.get("start_offset")) or 0, length),
        attempt=min(values.number(told.get("attempt")) or 0, MOST_ORDINAL),
        persona=values.exact(told.get("persona"))[:80],
        system_prompt=values.exact(told.get("system_prompt")),
        parameters=values.plain(values.mapping(told.get("parameters"))),
        unseen=values.number(told.get("unseen")),
        response_id=values.exact(told.get("response_id"))[:200],
        stop_requested_at=values.moment(told.get("stop_requested_at")),
        started=values.moment(told.get("started")),
        first_token=values.moment(told.get("first_token")),
        finished=values.moment(told.get("finished")),
        finish_reason=values.exact(told.get("finish_reason"))[:40],
        error_code=values.exact(told.get("error_code"))[:40],
        error=values.exact(told.get("error")),
        prompt_tokens=values.number(told.get("prompt_tokens")),
        completion_tokens=values.number(told.get("completion_tokens")),
        cost=values.money(told.get("cost")),
        thought_ms=values.number(told.get("thought_ms")),
        first_token_ms=values.number(told.get("first_token_ms")),
        longest_stall_ms=values.number(told.get("longest_stall_ms")),
        timeline=_points(told.get("timeline")),
    )


def _points(told: object) -> list[list[int]] | None:
    if not isinstance(told, list):
        return None
    pairs = [each for each in told[:MAX_POINTS] if isinstance(each, list) and len(each) == 2]
    counted = [[values.number(ms), values.number(characters)] for ms, characters in pairs]
    return [[ms, characters] for ms, characters in counted if ms is not None and characters is not None]
