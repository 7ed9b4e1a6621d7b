"""A correction: what an answer should have been, in a reviewer's words."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Correction(models.Model):
    message = models.ForeignKey("chat.Message", models.CASCADE, related_name="corrections")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="corrections")
    text = models.TextField()
    created = models.DateTimeField(default=timezone.now, editable=False)
    updated = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Correction"]] = models.Manager()

    class Meta:
        ordering = ["created"]
        constraints = [
            models.UniqueConstraint(fields=["message", "author"], name="one_correction_per_message_and_author"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
