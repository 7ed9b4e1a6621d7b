"""A conversation made of a record, which is what an import does. Forks and shared copies are made of a Branch."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from chat.exchange.records import ConversationRecord, GenerationRecord, MessageRecord
from chat.exchange.tree import TICK
from chat.models import Conversation, Feedback, Generation, Message, Persona, SearchEntry, Timeline, User
from chat.models.generation import State

BATCH = 500  # rows a statement


@transaction.atomic
def make(user: User, record: ConversationRecord, *, origin: str = "") -> Conversation:
    """Store a conversation of this person's, all of it or nothing, every row with an id of its own.

    With an `origin` there can be one such conversation a person: a second one is an IntegrityError.
    """
    ids = {message.id: uuid.uuid4() for message in record.messages}
    conversation = Conversation.objects.create(
        user=user,
        title=record.title,
        is_title_given=record.is_title_given,
        chosen_id=ids.get(record.chosen or ""),  # looked for when the transaction ends
        created=record.created,
        updated=record.updated,
        is_pinned=record.is_pinned,
        is_archived=record.is_archived,
        origin=origin,
        model=record.model,
        persona=persona_named(user, record.persona),
        system_prompt=record.system_prompt,
        temperature=record.temperature,
        max_tokens=record.max_tokens,
    )
    Message.objects.bulk_create(_messages(conversation, record, ids), batch_size=BATCH)
    Feedback.objects.bulk_create(
        [
            Feedback(message_id=ids[message.id], **vars(message.feedback))
            for message in record.messages
            if message.feedback
        ],
        batch_size=BATCH,
    )
    generations = Generation.objects.bulk_create(_generations(conversation, record, ids), batch_size=BATCH)
    kept = [generation for message in record.messages for generation in message.generations]
    Timeline.objects.bulk_create(
        [
            Timeline(generation=generation, points=told.timeline)
            for generation, told in zip(generations, kept, strict=True)
            if told.timeline is not None
        ],
        batch_size=BATCH,
    )
    SearchEntry.objects.index(conversation)
    return conversation


def persona_named(user: User, name: str) -> Persona | None:
    """Return the persona of that name this person may choose, rather their own; None where there is none."""
    return Persona.objects.for_user(user).filter(name=name).last() if name else None


def _messages(conversation: Conversation, record: ConversationRecord, ids: dict[str, uuid.UUID]) -> list[Message]:
    newest: dict[str | None, datetime] = {}
    return [
        Message(
            id=ids[message.id],
            conversation=conversation,
            parent_id=ids.get(message.parent or ""),
            role=message.role,
            author_id=conversation.user_id if message.role == Message.Role.USER else None,
            chosen_id=ids.get(message.chosen or ""),
            text=message.text,
            reasoning=message.reasoning,
            created=_in_order(message, newest),
        )
        for message in record.messages
    ]


def _in_order(message: MessageRecord, newest: dict[str | None, datetime]) -> datetime:
    """Return when it was made, but after its older versions: their times alone say which is which."""
    before = newest.get(message.parent)
    created = message.created if before is None else max(message.created, before + TICK)
    newest[message.parent] = created
    return created


def _generations(conversation: Conversation, record: ConversationRecord, ids: dict[str, uuid.UUID]) -> list[Generation]:
    return [
        Generation(
            message_id=ids[message.id],
            conversation=conversation,
            ordinal=ordinal,
            lease=generation.created,  # nobody's
            **_ended(generation, conversation.stored),
        )
        for message in record.messages
        for ordinal, generation in enumerate(message.generations, start=1)
    ]


def _ended(generation: GenerationRecord, stored: datetime) -> dict[str, Any]:
    """Return its values; nobody writes what was being written any more.

    It is older than its being stored, whatever a fast clock said: the figures count what is not.
    """
    values = {name: value for name, value in vars(generation).items() if name != "timeline"}
    values["created"] = min(generation.created, stored - TICK)
    return {**values, "state": State.INTERRUPTED} if generation.state in State.active() else values
