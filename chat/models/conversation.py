"""A conversation: a tree of messages that belongs to one user."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from chat.errors import Busy, NothingToContinue, TooMany
from chat.models.chunk import Part
from chat.models.generation import Ending, Generation, State
from chat.models.message import Message
from chat.models.search import SearchEntry

if TYPE_CHECKING:
    from chat.models.user import User

TITLE_LENGTH = 60  # characters


@dataclass(frozen=True)
class Turn:
    """A question and the answer that was started for it."""

    question: Message
    answer: Message
    generation: Generation
    is_new: bool  # False: an earlier POST with the same key made it


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def of(self, user: "User") -> Self:
        """Return what is this person's; what they have deleted is out of their reach, also before it is gone."""
        return self.filter(user=user, deleted=None)

    def with_writing(self) -> Self:
        """Say of each whether an answer of it is being written, as `is_being_written`."""
        active = Generation.objects.active().filter(conversation=models.OuterRef("pk"))
        return self.annotate(is_being_written=models.Exists(active))

    def delete(self) -> tuple[int, dict[str, int]]:
        Generation.objects.filter(conversation__in=self).stop_at_once()  # see Conversation.delete()
        return super().delete()

    @transaction.atomic
    def begin(self, user: "User", text: str, form: uuid.UUID, model: str) -> Turn:
        """Store the first question of a new conversation; sent again, it gives the turn it made (see post())."""
        get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)  # two clicks, one after the other
        sent = turn_sent(user, key_of(form, text))
        return sent or self.create(user=user, title=title_from(text)).post(text, form, model)


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200)
    is_title_given = models.BooleanField(default=False)  # by a person: no model finds a better one
    chosen = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    """The version of the first message that is shown; None: the newest."""
    created = models.DateTimeField(default=timezone.now, editable=False)
    updated = models.DateTimeField(default=timezone.now, editable=False)

    # Its place among others

    is_pinned = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)
    is_temporary = models.BooleanField(default=False)  # in no list, found by no search, gone after a day
    deleted = models.DateTimeField(null=True, blank=True)  # when its owner did, who may yet think better of it
    origin = models.CharField(max_length=200, blank=True)  # what it was imported from, so that it is once only

    # What its answers are asked for with

    model = models.CharField(max_length=200, blank=True)  # "" is the site's default
    persona = models.ForeignKey("chat.Persona", models.SET_NULL, null=True, blank=True, related_name="conversations")
    system_prompt = models.TextField(blank=True)  # the persona's, or its owner's words; "" is the site's
    temperature = models.FloatField(null=True, blank=True)  # None: the endpoint's
    max_tokens = models.PositiveIntegerField(null=True, blank=True)

    objects: ClassVar[ConversationQuerySet] = ConversationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-updated"]
        indexes = [
            models.Index(fields=["user", "-updated"]),
            models.Index(fields=["deleted"], condition=~Q(deleted=None), name="deleted_conversations"),
            models.Index(fields=["updated"], condition=Q(is_temporary=True), name="temporary_conversations"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "origin"], condition=~Q(origin=""), name="one_conversation_per_user_and_origin"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @transaction.atomic(savepoint=False)
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Have search know the title; one written by update() it has to be told: SearchEntry.objects.index(self)."""
        is_new, fields = self._state.adding, kwargs.get("update_fields")
        super().save(*args, **kwargs)
        if is_new:
            SearchEntry.objects.add(self, None)
        elif fields is None or "title" in fields:
            SearchEntry.objects.change(self.pk, None, self.title)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """End what is being written first: a chunk that came between would make the database refuse the deletion."""
        self.generations.all().stop_at_once()
        return super().delete(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("chat:conversation", args=[self.pk])

    @transaction.atomic
    def post(self, text: str, form: uuid.UUID, model: str) -> Turn:
        """Store a question, an empty answer and a queued generation for it, all or nothing.

        `form` makes it idempotent: the same text from the same form again returns the turn it made the first time.
        Raises Busy while an answer of this conversation is being written, TooMany while too many others are.
        """
        self._lock()
        if earlier := turn_sent(self.user, key_of(form, text)):
            return earlier
        self._refuse_to_interrupt()
        self._refuse_too_many()
        thread = self.thread()
        return self._ask(text, form, model, below=thread[-1] if thread else None)

    @transaction.atomic
    def edit(self, question: Message, text: str, form: uuid.UUID, model: str) -> Turn:
        """Ask in other words: another version of a question, beside it, with an answer of its own, and both shown.

        What is being written in this conversation is stopped first. Idempotent as post() is.
        """
        self._lock()
        if earlier := turn_sent(self.user, key_of(form, text)):
            return earlier
        self._stop(self._running())
        self._refuse_too_many()
        turn = self._ask(text, form, model, below=question.parent)
        self._lead_down_to(turn.question)
        return turn

    @transaction.atomic
    def proceed(self, answer: Message, model: str) -> Generation:
        """Queue one more generation for an answer that ended early: Continue, or Try again where it has no text.

        Raises Busy while an answer of this conversation is being written, TooMany while too many others are,
        NothingToContinue where none is offered.
        """
        self._lock()
        self._refuse_to_interrupt()
        self._refuse_too_many()
        answer = self.messages.get(pk=answer.pk)  # as it is now that nobody else writes
        if not answer.generation or not answer.generation.offers_more:
            raise NothingToContinue
        return answer.queue(model)

    @transaction.atomic
    def regenerate(self, answer: Message, model: str) -> Message:
        """Start another version of an answer, beside it; what is being written in this conversation is stopped first.

        Called again while that version is being written, it returns that one: two clicks are one.
        """
        self._lock()
        running = self._running()
        if running and running.message.is_younger_version_of(answer):
            return running.message
        self._stop(running)
        self._refuse_too_many()
        assert answer.parent
        answer.parent.lead_to(None)  # the newest, which this will be
        version = self.messages.create(role=Message.Role.ASSISTANT, parent=answer.parent)
        Conversation.objects.filter(pk=self.pk).update(updated=timezone.now())
        version.queue(model)
        return version

    def _lock(self) -> None:
        """Let whatever else adds to this conversation wait for this transaction, and see what was chosen till now."""
        self.refresh_from_db(fields=["chosen"], from_queryset=Conversation.objects.select_for_update())

    def _running(self) -> Generation | None:
        """Return what is being written in this conversation, held till the transaction ends."""
        return Generation.objects.active().filter(conversation=self).select_for_update().first()

    def _stop(self, running: Generation | None) -> None:
        """End it here and now, with the text it has; its writer will find the claim gone."""
        if running:
            running.end(Ending(State.STOPPED))

    def _ask(self, text: str, form: uuid.UUID, model: str, *, below: Message | None) -> Turn:
        question = self.messages.create(
            role=Message.Role.USER, author=self.user, key=key_of(form, text), text=text, parent=below
        )
        answer = self.messages.create(role=Message.Role.ASSISTANT, parent=question)
        Conversation.objects.filter(pk=self.pk).update(updated=timezone.now())
        return Turn(question, answer, answer.queue(model), is_new=True)

    def _refuse_to_interrupt(self) -> None:
        if Generation.objects.active().filter(conversation=self).exists():
            raise Busy

    def _refuse_too_many(self) -> None:
        """Raise TooMany where the answers being written for this person are as many as one may have."""
        get_user_model().objects.select_for_update(no_key=True).get(pk=self.user_id)
        if Generation.objects.active().filter(conversation__user=self.user_id).count() >= settings.CHAT_MAX_RUNNING:
            raise TooMany

    def lead_to(self, version: Message | None) -> None:
        """Have the thread begin with this one of the first messages; None: with the newest."""
        self.chosen = version
        self.save(update_fields=["chosen"])

    @transaction.atomic
    def show(self, message: Message) -> None:
        """Have the thread lead down to this message from now on."""
        self._lock()
        self._lead_down_to(message)

    def _lead_down_to(self, message: Message) -> None:
        """Have the thread lead down to this message, also where it took another way further up."""
        shown = self.thread()
        for each in [*message.before(), message]:
            if each not in shown:
                each.choose()

    def thread(self) -> list[Message]:
        """Return the branch that is shown, from its root down: at each fork the chosen version, or the newest.

        The whole tree is read for it, so without the texts: pictures_of() fetches those of the part that is shown.
        """
        children: defaultdict[uuid.UUID | None, list[Message]] = defaultdict(list)
        for message in self.messages.defer(*Part):  # in order of creation
            children[message.parent_id].append(message)
        branch: list[Message] = []
        here: Message | None = None
        while versions := children.get(here.pk if here else None):
            chosen = (here or self).chosen_id
            here = next((version for version in versions if version.pk == chosen), versions[-1])
            here.versions = [version.pk for version in versions]
            branch.append(here)
        return branch


def turn_sent(user: "User", key: uuid.UUID) -> Turn | None:
    """Return the turn that this form, sent before, has made."""
    question = Message.objects.filter(author=user, key=key).first()
    if question is None:
        return None
    answer = question.children.earliest("created")
    return Turn(question, answer, answer.generations.earliest("ordinal"), is_new=False)


def key_of(form: uuid.UUID, text: str) -> uuid.UUID:
    """Return the key of `text` sent from `form`: the back button may bring a form back for another text."""
    return uuid.uuid5(form, text)


def title_from(text: str) -> str:
    """Return the first words of `text`, at most TITLE_LENGTH characters, cut between words where it can be."""
    words = " ".join(text.split())
    if len(words) <= TITLE_LENGTH:
        return words
    head = words[: TITLE_LENGTH - 1]
    return f"{head.rsplit(' ', 1)[0]}…"
