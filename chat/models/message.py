"""A message: a node of the conversation's tree. Its text only ever grows; siblings are versions of each other."""

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import cached_property

from chat.errors import Gone, HeldRating, NothingToRate
from chat.models.allowance import Use
from chat.models.chunk import Part
from chat.models.daily_use import DailyUse
from chat.models.feedback import Feedback
from chat.models.generation import LEASE, Generation, State
from chat.models.provenance import Provenance
from chat.models.search import SearchEntry


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, user_id: int) -> Self:
        """Return what stands in this person's conversations."""
        return self.filter(conversation__user_id=user_id, conversation__deleted=None)


class Message(models.Model):
    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey("chat.Conversation", models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    role = models.CharField(max_length=9, choices=Role)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    chosen = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    """The version below this message that is shown; None: the newest."""
    key = models.UUIDField(null=True, blank=True, editable=False)  # makes sending idempotent
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[MessageQuerySet] = MessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["created"]
        indexes = [
            models.Index(fields=["conversation", "created"]),
            models.Index(fields=["created"], name="messages_by_date"),
        ]
        constraints = [models.UniqueConstraint(fields=["author", "key"], name="one_message_per_author_and_key")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.created:%Y-%m-%d %H:%M}"  # its text is not for lists and titles

    @transaction.atomic(savepoint=False)
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Have search know the text; what is written in bulk it has to be told: SearchEntry.objects.index(…)."""
        is_new, fields = self._state.adding, kwargs.get("update_fields")
        super().save(*args, **kwargs)
        if is_new:
            SearchEntry.objects.add(self.conversation, self)
        elif fields is None or "text" in fields:
            SearchEntry.objects.change(self.conversation_id, self.pk, self.text)

    # Its generations: an answer has one, and one more for each time it was tried again or continued.

    @cached_property
    def generation(self) -> Generation | None:
        """The latest generation, whose state is the message's; None for what a person wrote."""
        return max(self.generations.all(), key=lambda generation: generation.ordinal, default=None)

    @property
    def provenance(self) -> Provenance:
        return Provenance(sorted(self.generations.all(), key=lambda generation: generation.ordinal))

    @property
    def state(self) -> str:
        return self.generation.state if self.generation else State.COMPLETE

    @property
    def is_active(self) -> bool:
        return self.state in State.active()

    @property
    def thought_ms(self) -> int | None:
        """How long the model thought before it wrote, in all its generations; None where nobody measured it."""
        measured = [generation.thought_ms for generation in self.generations.all()]
        if self.is_active:
            measured.append(self.chunks.all().thought_ms())
        known = [ms for ms in measured if ms is not None]
        return sum(known) if known else None

    @transaction.atomic(savepoint=False)
    def queue(self, model: str) -> Generation:
        """Add a queued generation that goes on where the text ends, and count it. Raises IntegrityError while one is
        active."""
        latest = self.generations.aggregate(ordinal=models.Max("ordinal"))["ordinal"] or 0
        generation = Generation.objects.create(
            message=self,
            conversation_id=self.conversation_id,
            ordinal=latest + 1,
            start_offset=len(self.text),
            model=model,
            lease=Now() + LEASE,
        )
        DailyUse.objects.add(self.conversation.user_id, generation.created.date(), Use(messages=1))
        return generation

    # Its versions: the messages that stand in the same place of the tree, oldest first, this one among them.

    @cached_property
    def versions(self) -> list[uuid.UUID]:
        siblings = Message.objects.filter(conversation_id=self.conversation_id, parent_id=self.parent_id)
        return list(siblings.values_list("pk", flat=True))

    @property
    def version(self) -> int:
        """Which of its versions this is, counted from 1."""
        return self.versions.index(self.pk) + 1

    @property
    def previous_version(self) -> uuid.UUID | None:
        return self.versions[self.version - 2] if self.version > 1 else None

    @property
    def next_version(self) -> uuid.UUID | None:
        return self.versions[self.version] if self.version < len(self.versions) else None

    def is_younger_version_of(self, other: "Message") -> bool:
        return self.parent_id == other.parent_id and self.created > other.created

    def choose(self) -> None:
        """Have the thread lead through this version from now on."""
        (self.parent or self.conversation).lead_to(self)

    def lead_to(self, version: "Message | None") -> None:
        """Have the thread go on with this one of the messages below; None: with the newest."""
        Message.objects.filter(pk=self.pk).update(chosen=version)

    # What its owner says of it

    @property
    def rating(self) -> Feedback | None:
        return getattr(self, "feedback", None)

    @property
    def can_be_rated(self) -> bool:
        """Whether it is an answer that has ended, with something in it."""
        return self.role == Message.Role.ASSISTANT and bool(self.text) and not self.is_active

    @transaction.atomic
    def rate(self, value: str, reasons: Sequence[str] | None = None, comment: str | None = None) -> Feedback:
        """Say that it is a good answer or a bad one; said again without reasons or a comment, those stay.

        Raises NothingToRate where no answer is finished, Gone where it was deleted, HeldRating where that would take
        back something of what was said, and a legal hold is on the conversation.
        """
        self._hold_conversation()  # two presses, one after the other
        message = Message.objects.filter(pk=self.pk).first()
        if message is None:
            raise Gone
        if not message.can_be_rated:
            raise NothingToRate
        if message.rating and not message.rating.is_kept_by(value, reasons, comment):
            self._refuse_if_held()
        feedback = message.rating or Feedback(message=message)
        feedback.say(value, reasons, comment)
        message.conversation.settle()
        return feedback

    @transaction.atomic
    def take_rating_back(self) -> None:
        """Raises HeldRating where a legal hold is on the conversation: who lays one waits, or it is found."""
        self._hold_conversation()
        self._refuse_if_held()
        Feedback.objects.filter(message=self.pk).delete()
        self.conversation.settle()

    def _hold_conversation(self) -> None:
        """Raises Gone where it was deleted."""
        try:
            self.conversation.hold()
        except ObjectDoesNotExist:
            raise Gone from None

    def _refuse_if_held(self) -> None:
        if type(self.conversation).objects.filter(pk=self.conversation_id).held().exists():
            raise HeldRating

    # Its text: folded into the row at the end of a generation, in chunks while one runs.

    def fold(self) -> None:
        """Move the chunks into the row. Call it inside the transaction that ends the generation."""
        chunks = list(self.chunks.order_by("part", "offset"))
        for part in Part:
            fresh = "".join(chunk.text for chunk in chunks if chunk.part == part)
            setattr(self, part, getattr(self, part) + fresh)
        self.save(update_fields=list(Part))
        self.chunks.all().delete()

    def before(self) -> list["Message"]:
        """Return the branch that leads to this message, from its root down, without the message itself.

        The whole tree is read for it, so without the texts.
        """
        messages = {message.pk: message for message in self.conversation.messages.defer(*Part)}
        branch: list[Message] = []
        parent = self.parent_id
        while parent:
            branch.append(messages[parent])
            parent = messages[parent].parent_id
        return branch[::-1]
