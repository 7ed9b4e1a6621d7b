"""What the operator has to say to everybody, above every chat."""

from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def current(self) -> Self:
        now = timezone.now()
        return self.filter(Q(until=None) | Q(until__gt=now), since__lte=now)


class Announcement(models.Model):
    class Level(models.TextChoices):
        NOTE = "note"
        WARNING = "warning"

    text = models.CharField(max_length=500)
    level = models.CharField(max_length=7, choices=Level, default=Level.NOTE)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)  # None: until it is taken away

    objects: ClassVar[AnnouncementQuerySet] = AnnouncementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-since"]

    def __str__(self) -> str:
        return self.text[:60]

    def clean(self) -> None:
        if self.until and self.since and self.until <= self.since:
            raise ValidationError({"until": "It would be over before it begins."})

    @property
    def is_current(self) -> bool:
        return self.since <= timezone.now() and (self.until is None or timezone.now() < self.until)

    @property
    def is_warning(self) -> bool:
        return self.level == Announcement.Level.WARNING
