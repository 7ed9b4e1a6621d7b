"""What the operator has to say to everybody, above every chat."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Announcement(models.Model):
    class Level(models.TextChoices):
        NOTE = "note"
        WARNING = "warning"

    text = models.CharField(max_length=500)
    level = models.CharField(max_length=7, choices=Level, default=Level.NOTE)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)  # None: until it is taken away

    objects: ClassVar[models.Manager["Announcement"]] = models.Manager()

    class Meta:
        ordering = ["-since"]

    def __str__(self) -> str:
        return self.text[:60]
