"""Whose turn it is to review a conversation: one reviewer's at a time, for a while."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Assignment(models.Model):
    conversation = models.OneToOneField("chat.Conversation", models.CASCADE, related_name="assignment")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="assignments")
    made = models.DateTimeField(default=timezone.now, editable=False)
    until = models.DateTimeField()  # after which it is anybody's

    objects: ClassVar[models.Manager["Assignment"]] = models.Manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.reviewer}, until {self.until:%H:%M}"
