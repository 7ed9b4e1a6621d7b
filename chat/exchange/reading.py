"""A conversation's record, read from the database: all versions, and of what is being written what is committed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from uuid import UUID

from chat.exchange.records import ConversationRecord, FeedbackRecord, GenerationRecord, MessageRecord
from chat.models import Conversation, Feedback, Generation, Message
from chat.models.chunk import Part
from chat.streaming.follow import Cursor, look

OURS = "chatstream"

_RATED = [field.name for field in fields(FeedbackRecord)]
_COPIED = [field.name for field in fields(GenerationRecord) if field.name != "timeline"]


def record_of(conversation: Conversation) -> ConversationRecord:
    return ConversationRecord(
        title=conversation.title,
        created=conversation.created,
        updated=conversation.updated,
        origin=origin_of(conversation),
        messages=_message_records(conversation),
        chosen=_name(conversation.chosen_id),
        is_title_given=conversation.is_title_given,
        is_pinned=conversation.is_pinned,
        is_archived=conversation.is_archived,
        model=conversation.model,
        persona=conversation.persona.name if conversation.persona else "",
        system_prompt=conversation.system_prompt,
        temperature=conversation.temperature,
        max_tokens=conversation.max_tokens,
    )


def origin_of(conversation: Conversation) -> str:
    """Return what it is called wherever it goes: by where it came from, or by its own id."""
    return conversation.origin or f"{OURS}:{conversation.pk}"


def _message_records(conversation: Conversation) -> list[MessageRecord]:
    """Read the tree first, then the generations, then the texts: in any other order an answer that ends in between
    would be complete and have no text."""
    messages = list(conversation.messages.defer(*Part).select_related("feedback"))
    generations: defaultdict[UUID, list[Generation]] = defaultdict(list)
    for generation in conversation.generations.select_related("timeline").order_by("ordinal"):
        generations[generation.message_id].append(generation)
    texts = {pk: (text, reasoning) for pk, text, reasoning in conversation.messages.values_list("pk", *Part)}
    return [_message_record(each, generations[each.pk], *texts.get(each.pk, ("", ""))) for each in messages]


def _message_record(message: Message, generations: Sequence[Generation], text: str, reasoning: str) -> MessageRecord:
    is_active = bool(generations) and generations[-1].is_active
    log = look(message.pk, Cursor()) if is_active else None
    return MessageRecord(
        id=str(message.pk),
        parent=_name(message.parent_id),
        role=message.role,
        text=log.text if log else text,
        reasoning=log.reasoning if log else reasoning,
        created=message.created,
        chosen=_name(message.chosen_id),
        generations=[_generation_record(generation) for generation in generations],
        feedback=_feedback_record(message.rating),
    )


def _feedback_record(rating: Feedback | None) -> FeedbackRecord | None:
    return FeedbackRecord(**{name: getattr(rating, name) for name in _RATED}) if rating else None


def _generation_record(generation: Generation) -> GenerationRecord:
    timeline = getattr(generation, "timeline", None)
    values = {name: getattr(generation, name) for name in _COPIED}
    return GenerationRecord(**values, timeline=timeline.points if timeline else None)


def _name(pk: UUID | None) -> str | None:
    return None if pk is None else str(pk)
