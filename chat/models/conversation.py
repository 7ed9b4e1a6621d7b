"""A conversation: a tree of messages that belongs to one user."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from chat.errors import Busy, Gone, NothingToContinue, StillWritten, TooLongToFork, TooMany
from chat.models.branch import Branch
from chat.models.chunk import Part
from chat.models.consent import may_be_read
from chat.models.generation import Ending, Generation, State
from chat.models.message import Message
from chat.models.reviewing import ReviewedQuerySet
from chat.models.search import SearchEntry

if TYPE_CHECKING:
    from chat.models.persona import Persona
    from chat.models.share import Share
    from chat.models.user import User

TITLE_LENGTH = 60  # characters
LONGEST_FORK = 2_000  # messages
FORKED = " (fork)"
OWN_INSTRUCTIONS = "Own instructions"


@dataclass(frozen=True)
class Turn:
    """A question and the answer that was started for it."""

    question: Message
    answer: Message
    generation: Generation
    is_new: bool  # False: an earlier POST with the same key made it


class ConversationQuerySet(ReviewedQuerySet):
    def of(self, user: "User") -> Self:
        """Return what is this person's; what they have deleted is out of their reach, also before it is gone."""
        return self.filter(user=user, deleted=None)

    def reviewable(self) -> Self:
        """Return what staff may read: nothing temporary, nothing deleted, and of nobody who is spared review."""
        return self.filter(may_be_read("user__"), deleted=None, is_temporary=False)

    def with_writing(self) -> Self:
        """Say of each whether an answer of it is being written, as `is_being_written`."""
        active = Generation.objects.active().filter(conversation=models.OuterRef("pk"))
        return self.annotate(is_being_written=models.Exists(active))

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete these, each in a transaction of its own. Raises Held: where a hold is on one of them, all stay."""
        self.refuse_held()
        counts: Counter[str] = Counter()
        for pk in list(self.values_list("pk", flat=True)):
            for each in self.model.objects.filter(pk=pk):  # unless somebody else was at it
                counts.update(each.delete()[1])
        return counts.total(), dict(counts)

    def made_from(self, user: "User", origin: str) -> "Conversation | None":
        """Return what this person has made from `origin`; what they have deleted since counts for nothing.

        Call it in a transaction, till whose end their other clicks wait.
        """
        get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
        return self.of(user).filter(origin=origin).first()

    @transaction.atomic
    def begin(self, user: "User", text: str, form: uuid.UUID, model: str, /, **values: Any) -> Turn:
        """Store the first question of a new conversation; sent again, it gives the turn it made (see post()).

        `values` are what else the conversation begins with: its persona, its temperature and so on.
        """
        get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)  # two clicks, one after the other
        sent = turn_sent(user, key_of(form, text))
        values["persona"] = still_there(values.get("persona"))
        return sent or self.create(user=user, title=title_from(text), **values).post(text, form, model)


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200)
    is_title_given = models.BooleanField(default=False)  # by a person: no model finds a better one
    chosen = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    """The version of the first message that is shown; None: the newest."""
    created = models.DateTimeField(default=timezone.now, editable=False)
    updated = models.DateTimeField(default=timezone.now, editable=False)
    stored = models.DateTimeField(default=timezone.now, editable=False)  # here: an imported one is older than that

    # Its place among others

    is_pinned = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)
    is_settled = models.BooleanField(default=False, editable=False)  # judged, and nothing has come since: see settle()
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
        permissions = [("export_conversation", "Can export conversations for learning")]
        indexes = [
            models.Index(fields=["user", "-updated"]),
            models.Index(fields=["updated", "id"], condition=Q(deleted=None, is_temporary=False), name="review_list"),
            models.Index(
                fields=["updated", "id"],
                condition=Q(deleted=None, is_temporary=False, is_settled=False),
                name="waiting_for_review",
            ),
            models.Index(fields=["created"], name="conversations_by_date"),
            models.Index(fields=["deleted"], condition=~Q(deleted=None), name="deleted_conversations"),
            models.Index(fields=["updated"], condition=Q(is_temporary=True), name="temporary_conversations"),
            models.Index(fields=["user"], condition=Q(is_pinned=True), name="pinned_conversations"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "origin"],
                condition=~Q(origin="") & Q(deleted=None),
                name="one_conversation_per_user_and_origin",
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
        """Raises Held where a legal hold is on it."""
        Conversation.objects.filter(pk=self.pk).refuse_held()
        self.generations.all().seize()
        with transaction.atomic():
            Conversation.objects.select_for_update().filter(pk=self.pk).first()  # first of all, as whoever adds to it
            return super().delete(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("chat:conversation", args=[self.pk])

    # What its answers are asked for with: it holds for those that are asked for from now on

    @property
    def instructions(self) -> str:
        return self.system_prompt or settings.CHAT_SYSTEM_PROMPT

    @property
    def persona_name(self) -> str:
        """What its head calls its system prompt; "" for the site's."""
        if self.persona:
            return self.persona.name
        return OWN_INSTRUCTIONS if self.system_prompt else ""

    @property
    def parameters(self) -> dict[str, float]:
        """What goes into a request over the endpoint's own parameters."""
        chosen: dict[str, float] = {}
        if self.temperature is not None:
            chosen["temperature"] = self.temperature
        if self.max_tokens:
            chosen["max_tokens"] = min(self.max_tokens, settings.CHAT_MAX_ANSWER_TOKENS or self.max_tokens)
        return chosen

    def use_model(self, model: str) -> None:
        """Have answers come from this model; "" is the site's default, whichever that will be."""
        if model != self.model:
            self.model = model
            self.save(update_fields=["model"])

    @transaction.atomic
    def instruct(
        self, persona: "Persona | None", system_prompt: str, temperature: float | None, max_tokens: int | None
    ) -> None:
        self.persona, self.system_prompt = still_there(persona), system_prompt
        self.temperature, self.max_tokens = temperature, max_tokens
        self.save(update_fields=["persona", "system_prompt", "temperature", "max_tokens"])

    def rename(self, title: str) -> None:
        """Give it a title of a person's own."""
        self.title, self.is_title_given = title, True
        self.save(update_fields=["title", "is_title_given"])

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
        self._go_on()
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
        self._go_on()
        version.queue(model)
        return version

    @transaction.atomic
    def fork(self, message: Message, form: uuid.UUID) -> "Conversation":
        """Begin another conversation with the branch down to this message, and with what produced its answers.

        Where that is a question, its answer has yet to be asked for. Idempotent by `form`, as post() is.
        Raises StillWritten for an answer that is being written, TooLongToFork.
        """
        origin = f"fork:{uuid.uuid5(form, str(message.pk))}"
        if earlier := Conversation.objects.made_from(self.user, origin):
            return earlier
        if Generation.objects.active().filter(message=message).exists():
            raise StillWritten
        branch = self._branch_to(message)
        inherited = (
            "is_title_given",
            "is_temporary",
            "model",
            "persona_id",
            "system_prompt",
            "temperature",
            "max_tokens",
        )
        values = {name: getattr(self, name) for name in inherited}
        title = f"{self.title.removesuffix(FORKED)[: 200 - len(FORKED)]}{FORKED}"
        fork = Conversation.objects.create(user=self.user, title=title, origin=origin, **values)
        branch.store(fork)
        return fork

    def _branch_to(self, message: Message) -> Branch:
        """Return a copy of the branch down to a message, with a place for the answer where it is a question."""
        generations: defaultdict[uuid.UUID, list[Generation]] = defaultdict(list)
        finished = self.generations.exclude(state__in=State.active())
        for generation in finished:  # looked at before the texts, as pictures_of() does
            generations[generation.message_id].append(generation)
        messages = [each.pk for each in [*message.before(), message]]
        if len(messages) > LONGEST_FORK:
            raise TooLongToFork
        whole = self.messages.in_bulk(messages)
        branch = Branch()
        for pk in messages:
            branch.add_copy(whole[pk], generations[pk])
        if message.role == Message.Role.USER:
            branch.add_place_for_answer(self.model)
        return branch

    def keep(self) -> None:
        """Make an ordinary conversation of a temporary one."""
        self.is_temporary = False
        self.save(update_fields=["is_temporary"])

    @cached_property
    def share(self) -> "Share | None":
        """The link by which others see it."""
        return self.shares.defer("content").first()

    # What staff find of it

    def hold(self) -> None:
        """Let whoever else says something of it wait for this transaction. Raises DoesNotExist where it is gone."""
        self.refresh_from_db(fields=["updated"], from_queryset=Conversation.objects.select_for_update(no_key=True))

    def settle(self) -> None:
        """Keep whether it waits for a review, in a transaction that holds it."""
        Conversation.objects.filter(pk=self.pk).settle()

    def _lock(self) -> None:
        """Let whatever else adds to this conversation wait for this transaction, and see what was chosen till now.

        Raises Gone where it was deleted meanwhile.
        """
        try:
            self.refresh_from_db(fields=["chosen", "deleted"], from_queryset=Conversation.objects.select_for_update())
        except Conversation.DoesNotExist:
            raise Gone from None
        if self.deleted:
            raise Gone

    def _running(self) -> Generation | None:
        """Return what is being written in this conversation, held till the transaction ends, as its person is: before
        their use of today, which ending it may change."""
        self._hold_person()
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
        self.is_archived = False  # who goes on with it wants it at hand
        self._go_on("is_archived")
        return Turn(question, answer, answer.queue(model), is_new=True)

    def _go_on(self, *changed: str) -> None:
        """Note that an answer is asked for: it is the latest turn, and nobody has judged it."""
        self.updated, self.is_settled = timezone.now(), False
        self.save(update_fields=["updated", "is_settled", *changed])

    def _refuse_to_interrupt(self) -> None:
        if Generation.objects.active().filter(conversation=self).exists():
            raise Busy

    def _refuse_too_many(self) -> None:
        """Raise TooMany where the answers being written for this person are as many as one may have, UsedUp where
        their quota of today is used up, Suspended where they were shut out since they clicked."""
        person = self._hold_person()
        person.refuse_if_suspended()
        person.refuse_too_much()
        if Generation.objects.active().filter(conversation__user=self.user_id).count() >= settings.CHAT_MAX_RUNNING:
            raise TooMany

    def _hold_person(self) -> "User":
        return get_user_model().objects.select_for_update(no_key=True).get(pk=self.user_id)

    def is_named_by(self, question: Message) -> bool:
        """Whether its title is still what the first words of this question made it."""
        is_first = question.parent_id is None and question.role == Message.Role.USER
        return is_first and not self.is_title_given and self.title == title_from(question.text)

    @transaction.atomic
    def accept_title(self, title: str) -> bool:
        """Take a title that a model found, unless it has got another meanwhile. Returns whether it did."""
        as_it_was = Conversation.objects.filter(pk=self.pk, title=self.title, is_title_given=False, deleted=None)
        if not as_it_was.update(title=title):
            return False
        SearchEntry.objects.change(self.pk, None, title)
        return True

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

    def thread(self, through: uuid.UUID | None = None) -> list[Message]:
        """Return the branch that is shown, from its root down: at each fork the chosen version, or the newest.

        It leads `through` a message of this conversation where one is named, whichever was chosen.
        The whole tree is read for it, so without the texts: pictures_of() fetches those of the part that is shown.
        """
        return self.thread_through(self.messages.defer(*Part), through)

    def thread_through(self, messages: Iterable[Message], through: uuid.UUID | None = None) -> list[Message]:
        """Return the branch of these messages, all that there are in order of creation, that is shown."""
        parents: dict[uuid.UUID | None, uuid.UUID | None] = {}
        children: defaultdict[uuid.UUID | None, list[Message]] = defaultdict(list)
        for message in messages:
            parents[message.pk] = message.parent_id
            children[message.parent_id].append(message)
        way: set[uuid.UUID | None] = set()
        while through in parents:
            way.add(through)
            through = parents[through]
        branch: list[Message] = []
        here: Message | None = None
        while versions := children.get(here.pk if here else None):
            chosen = next((version.pk for version in versions if version.pk in way), (here or self).chosen_id)
            here = next((version for version in versions if version.pk == chosen), versions[-1])
            here.versions = [version.pk for version in versions]
            branch.append(here)
        return branch


def still_there(persona: "Persona | None") -> "Persona | None":
    """Return a persona held until the transaction ends; None where it was deleted meanwhile. Its words were taken."""
    return (
        type(persona)._default_manager.select_for_update(no_key=True).filter(pk=persona.pk).first() if persona else None
    )


def turn_sent(user: "User", key: uuid.UUID) -> Turn | None:
    """Return the turn that this form, sent before, has made. One that was deleted since lets it make another."""
    question = Message.objects.filter(author=user, key=key).select_related("conversation").first()
    if question is None:
        return None
    if question.conversation.deleted:
        Message.objects.filter(pk=question.pk).update(key=None)
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
