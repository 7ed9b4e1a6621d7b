"""A share: what a conversation held at one moment, for whoever has the link, until its owner takes it back."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from chat.errors import NothingToShare, TemporaryIsNotShared, TooLongToShare
from chat.models.branch import Branch, finished_generation
from chat.models.conversation import Conversation
from chat.models.generation import Generation, State
from chat.models.message import Message

if TYPE_CHECKING:
    from chat.models.user import User

MOST_MESSAGES = 1_000
MOST_CHARACTERS = 500_000


def new_token() -> str:
    """Return 192 bits that nobody guesses, as 32 characters fit for an address."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class SharedMessage:
    """A message as others see it: no other versions, no thoughts, no prompt, and no word of what went wrong and why."""

    role: str
    text: str
    created: str  # as ISO 8601 has it
    model: str = ""
    state: str = State.COMPLETE
    finish_reason: str = ""

    is_live: ClassVar[bool] = False

    @classmethod
    def of(cls, message: Message, text: str) -> Self:
        created = message.created.isoformat()
        generation = message.generation
        if generation is None:
            return cls(message.role, text, created)
        is_whole = generation.state in (State.COMPLETE, State.STOPPED)
        return cls(
            message.role,
            text,
            created,
            model=generation.model,
            state=generation.state if is_whole else State.INTERRUPTED,
            finish_reason=generation.finish_reason if is_whole else "",
        )

    @property
    def generation(self) -> Generation:
        values = {"finish_reason": self.finish_reason}
        return finished_generation(self.model, State(self.state), datetime.fromisoformat(self.created), **values)

    @property
    def outcome(self) -> str:
        if self.role == Message.Role.ASSISTANT and not self.text:
            return "No answer came."
        return self.generation.outcome


class ShareQuerySet(models.QuerySet["Share"]):
    def alive(self) -> Self:
        """Return those whose links work: not where the chat is deleted, nor where its owner's account is shut."""
        here = {"conversation__user__is_active": True, "conversation__user__left": None}
        return self.filter(conversation__deleted=None, **here)

    def of(self, user: "User") -> Self:
        return self.alive().filter(conversation__user=user)

    @transaction.atomic
    def make(self, conversation: Conversation) -> "Share":
        """Keep what a conversation shows now, under the link it has; it gets one if it has none.

        Raises TemporaryIsNotShared, NothingToShare, TooLongToShare.
        """
        conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)  # two clicks make one link
        content = content_of(conversation)
        share = conversation.shares.first() or Share(conversation=conversation)
        share.title, share.content, share.created = conversation.title, content, timezone.now()
        share.save()
        return share


class Share(models.Model):
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    conversation = models.ForeignKey("chat.Conversation", models.CASCADE, related_name="shares")
    title = models.CharField(max_length=200)
    content = models.JSONField()  # the branch that was shown
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[ShareQuerySet] = ShareQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("chat:shared", args=[self.token])

    @property
    def messages(self) -> list[SharedMessage]:
        return [SharedMessage(**values) for values in self.content]

    @property
    def models(self) -> list[str]:
        """Who answered, in order of appearance."""
        return list(dict.fromkeys(values["model"] for values in self.content if values["model"]))

    @transaction.atomic
    def copy_for(self, user: "User") -> Conversation:
        """Make a conversation of somebody's own of it, once, unless they have deleted the one they had."""
        token = hashlib.sha256(
            self.token.encode()
        ).hexdigest()  # the copy's export says where it came from, not how to get there
        origin = f"shared:{token}:{self.created.isoformat()}"
        if earlier := Conversation.objects.made_from(user, origin):
            return earlier
        branch = Branch()
        for message in self.messages:
            generations = [message.generation] if message.role == Message.Role.ASSISTANT else []
            branch.add(Message(role=message.role, text=message.text, created=message.created), generations)
        conversation = Conversation.objects.create(user=user, title=self.title, is_title_given=True, origin=origin)
        branch.store(conversation)
        return conversation


def content_of(conversation: Conversation) -> list[dict[str, Any]]:
    """Return the branch that a conversation shows, with what is finished of it. Raises what make() does."""
    if conversation.is_temporary:
        raise TemporaryIsNotShared
    thread = conversation.thread()
    if len(thread) > MOST_MESSAGES:
        raise TooLongToShare
    models.prefetch_related_objects(thread, "generations")  # before the texts: see pictures_of()
    texts = conversation.messages.only("text").in_bulk([message.pk for message in thread])
    shown = [SharedMessage.of(message, texts[message.pk].text) for message in thread]
    if shown and thread[-1].is_active and not shown[-1].text:
        del shown[-2:]  # the question that waits, too
    if not shown:
        raise NothingToShare
    if sum(len(message.text) for message in shown) > MOST_CHARACTERS:
        raise TooLongToShare
    return [vars(message) for message in shown]
