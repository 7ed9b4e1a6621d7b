"""How long conversations are kept, by kind, and which ones are kept whatever a rule or their owner says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.db.models import Count, Min, Q
from django.utils import timezone

from chat.errors import Held
from chat.models.change import Change

if TYPE_CHECKING:
    from chat.models.conversation import Conversation, ConversationQuerySet
    from chat.models.user import User

LOT = 200  # conversations looked up at a time
MOST_DAYS = 36_500  # a hundred years; there are no dates for very many more


@dataclass(frozen=True)
class Outlook:
    """What a rule would delete now, if it were in force, and what it would but for a hold."""

    count: int
    oldest: datetime | None  # the last turn of what was left alone longest
    held: int


class RetentionRuleQuerySet(models.QuerySet["RetentionRule"]):
    def in_force(self) -> Self:
        return self.filter(is_active=True)


class RetentionRule(models.Model):
    class Kind(models.TextChoices):
        TEMPORARY = "temporary", "Temporary chats"
        GUEST = "guest", "Guests' chats"
        ORDINARY = "ordinary", "Chats of people with an account"
        FLAGGED = "flagged", "Chats with a flag that is up"

    kind = models.CharField(max_length=9, choices=Kind, unique=True)
    days = models.PositiveIntegerField()  # after their last turn, or after they were imported if that is later
    is_active = models.BooleanField(default=True)

    objects: ClassVar[RetentionRuleQuerySet] = RetentionRuleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["kind"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.days} days"

    def due(self) -> "ConversationQuerySet":
        """Return what it deletes (keeping.py)."""
        return _conversations().due_under(self)

    def outlook(self) -> Outlook:
        due = self.due().order_by().aggregate(count=Count("pk"), oldest=Min("updated"))
        return Outlook(due["count"], due["oldest"], _conversations().overdue(self).held().count())

    def enforce(self) -> "Iterator[Removal]":
        """Delete what is due, a transaction each, so that it may end anywhere and go on. Yields each that is gone, and
        each that could not be deleted, which holds up no other."""
        due, last = _conversations().due_under(self).order_by("pk"), UUID(int=0)
        while lot := list(due.filter(pk__gt=last).values_list("pk", flat=True)[:LOT]):
            yield from filter(None, map(self._remove, lot))
            last = lot[-1]

    def _remove(self, pk: UUID) -> "Removal | None":
        try:
            return Removal(pk) if _conversations().due_under(self).remove(pk) else None
        except (DatabaseError, Held) as error:
            return Removal(pk, error)


class Removal(NamedTuple):
    """What became of a conversation that was due."""

    pk: UUID
    error: Exception | None = None  # why it is still there


def _conversations() -> "ConversationQuerySet":
    from chat.models.conversation import Conversation

    return Conversation.objects.all()


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def in_force(self) -> Self:
        return self.filter(released=None)

    def about(self, user: "User") -> Self:
        """Return those on a person or on a chat of theirs."""
        return self.filter(Q(user=user) | Q(conversation__user=user))

    @transaction.atomic
    def lay(
        self, by: "User", reason: str, *, conversation: "Conversation | None" = None, user: "User | None" = None
    ) -> "LegalHold":
        """Lay one on a conversation, or on all of somebody's, those to come as well.

        Who is deleting one of them is waited for, and from then on waits.
        """
        those = _conversations().filter(Q(pk=conversation.pk) if conversation else Q(user=user))
        list(those.order_by("pk").select_for_update().values_list("pk"))
        hold = self.create(conversation=conversation, user=user, reason=reason, laid_by=by)
        hold.note(Change.Kind.MADE, by, before=None)
        return hold

    @transaction.atomic
    def pass_on(self, user: "User") -> None:
        """Lay them on somebody else, who has taken over what they were on."""
        for hold in self.select_for_update():
            before = hold.facts
            hold.user = user
            hold.save(update_fields=["user"])
            hold.note(Change.Kind.CHANGED, None, before=before)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError(NEVER)


NEVER = "A legal hold is released, never deleted."


class LegalHold(models.Model):
    """Nothing that it is laid on is deleted by anybody until it is released."""

    conversation = models.ForeignKey("chat.Conversation", models.SET_NULL, null=True, blank=True, related_name="holds")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="holds"
    )  # all of their conversations
    reason = models.CharField(max_length=300)
    laid = models.DateTimeField(default=timezone.now, editable=False)
    laid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    released = models.DateTimeField(null=True, blank=True, editable=False)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    objects: ClassVar[LegalHoldQuerySet] = LegalHoldQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-laid"]
        indexes = [
            models.Index(fields=["conversation"], condition=Q(released=None), name="holds_on_conversations"),
            models.Index(fields=["user"], condition=Q(released=None), name="holds_on_users"),
        ]

    def __str__(self) -> str:
        return self.reason[:60]

    @transaction.atomic
    def release(self, by: "User") -> bool:
        """End it; False where somebody has already."""
        before = self.facts
        if not LegalHold.objects.in_force().filter(pk=self.pk).update(released=timezone.now(), released_by=by):
            return False
        self.refresh_from_db()
        self.note(Change.Kind.CHANGED, by, before=before)
        return True

    @property
    def facts(self) -> dict[str, str | None]:
        """What its history keeps of it."""
        return {
            "conversation": str(self.conversation_id) if self.conversation_id else None,
            "user": self.user.get_username() if self.user else None,
            "reason": self.reason,
            "released": self.released.isoformat() if self.released else None,
        }

    def note(self, kind: str, actor: "User | None", *, before: dict[str, str | None] | None) -> None:
        Change.objects.create(
            conversation_id=self.conversation_id,
            of=Change.Of.HOLD,
            subject_id=self.pk,
            kind=kind,
            actor=actor,
            before=before,
            after=self.facts,
        )

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(NEVER)
