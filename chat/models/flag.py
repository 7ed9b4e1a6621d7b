"""A flag: somebody on the staff should look at this again. It is up until somebody takes it down."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class FlagQuerySet(models.QuerySet["Flag"]):
    def up(self) -> Self:
        return self.filter(taken_down=None)


class Flag(models.Model):
    conversation = models.ForeignKey("chat.Conversation", models.CASCADE, related_name="flags")
    message = models.ForeignKey("chat.Message", models.CASCADE, null=True, blank=True, related_name="flags")
    reason = models.CharField(max_length=300)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="flags")
    raised = models.DateTimeField(default=timezone.now, editable=False)
    taken_down = models.DateTimeField(null=True, blank=True)
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[FlagQuerySet] = FlagQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-raised"]
        indexes = [models.Index(fields=["conversation"], condition=Q(taken_down=None), name="flags_that_are_up")]

    def __str__(self) -> str:
        return self.reason
