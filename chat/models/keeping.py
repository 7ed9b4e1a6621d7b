"""How long conversations are kept: what a legal hold keeps, and which rule of retention takes which of the others.

A hold beats everything. Of the rules one alone is for a conversation: that for flagged ones where a flag on it is up,
else that for temporary ones, for guests', for ordinary ones. Where that rule isn't there, or isn't in force, it stays.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chat.errors import Held
from chat.models.flag import Flag
from chat.models.generation import Generation
from chat.models.retention import MOST_DAYS, LegalHold, RetentionRule

if TYPE_CHECKING:
    from chat.models.conversation import Conversation  # noqa: F401  (which is made with what is here)

Kind = RetentionRule.Kind


class KeptQuerySet(models.QuerySet["Conversation"]):
    def held(self) -> Self:
        """Return what a legal hold is on, by itself or by whose it is."""
        return self.filter(_held())

    def unheld(self) -> Self:
        return self.filter(~_held())

    def refuse_held(self) -> None:
        """Raise Held where a hold is on any of these."""
        if self.held().exists():
            raise Held

    def unflagged(self) -> Self:
        return self.filter(~_flagged())

    def of_kind(self, kind: str) -> Self:
        """Return those that the rule of this kind is for, and no other."""
        flagged, temporary, guests = _flagged(), Q(is_temporary=True), _of_a_guest()
        if kind == Kind.FLAGGED:
            return self.filter(flagged)
        if kind == Kind.TEMPORARY:
            return self.filter(temporary, ~flagged)
        return self.filter(~temporary, ~flagged, guests if kind == Kind.GUEST else ~guests)

    def overdue(self, rule: RetentionRule) -> Self:
        """Return what this rule is for and whose time is over, whether or not something keeps it.

        What was imported brings its old dates along: its time begins when it came.
        """
        ended = timezone.now() - timedelta(days=min(rule.days, MOST_DAYS))
        return self.of_kind(rule.kind).filter(deleted=None, updated__lt=ended, stored__lt=ended)

    def due_under(self, rule: RetentionRule) -> Self:
        """Return what this rule deletes: nothing that is held, and nothing in which an answer is being written."""
        active = Generation.objects.active().filter(conversation=OuterRef("pk"))
        return self.overdue(rule).unheld().filter(~Exists(active))


def _held() -> Q:
    in_force = LegalHold.objects.in_force().order_by()
    return Q(Exists(in_force.filter(conversation=OuterRef("pk")))) | Q(Exists(in_force.filter(user=OuterRef("user"))))


def _flagged() -> Q:
    return Q(Exists(Flag.objects.up().order_by().filter(conversation=OuterRef("pk"))))


def _of_a_guest() -> Q:
    return Q(Exists(get_user_model().objects.filter(pk=OuterRef("user")).exclude(guest_key=None)))


# Whatever way a deletion takes, also a cascade's, it ends here


def refuse_if_held(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Raise Held, before a conversation is deleted that a hold is on, or somebody whose chats one is on."""
    if sender._meta.label == "chat.Conversation":
        sender.objects.filter(pk=instance.pk).refuse_held()
    elif instance.is_held:
        raise Held


def guard(*kinds: type[models.Model]) -> None:
    for kind in kinds:
        models.signals.pre_delete.connect(refuse_if_held, sender=kind, dispatch_uid=f"held:{kind.__name__}")
