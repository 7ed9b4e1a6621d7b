"""What a person says of an answer of theirs: good or bad, and why. It can be changed and taken back."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Feedback(models.Model):
    class Value(models.TextChoices):
        GOOD = "good", "Good answer"
        BAD = "bad", "Bad answer"

    message = models.OneToOneField("chat.Message", models.CASCADE, related_name="feedback")
    value = models.CharField(max_length=4, choices=Value)
    reasons = models.JSONField(default=list, blank=True)  # codes of what was ticked
    comment = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now, editable=False)
    updated = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Feedback"]] = models.Manager()

    class Meta:
        ordering = ["-updated"]
        verbose_name_plural = "feedback"
        indexes = [
            models.Index(fields=["value", "-updated"]),
            models.Index(fields=["created"], name="feedback_by_date"),
        ]

    def __str__(self) -> str:
        return self.get_value_display()
