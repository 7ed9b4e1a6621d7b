"""How long conversations are kept, by kind, and which ones are kept whatever a rule or their owner says."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class RetentionRule(models.Model):
    class Kind(models.TextChoices):
        TEMPORARY = "temporary", "Temporary chats"
        GUEST = "guest", "Guests' chats"
        ORDINARY = "ordinary", "Chats of people with an account"
        FLAGGED = "flagged", "Chats with a flag that is up"

    kind = models.CharField(max_length=9, choices=Kind, unique=True)
    days = models.PositiveIntegerField()  # after their last turn
    is_active = models.BooleanField(default=True)

    objects: ClassVar[models.Manager["RetentionRule"]] = models.Manager()

    class Meta:
        ordering = ["kind"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.days} days"


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def in_force(self) -> Self:
        return self.filter(released=None)


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
