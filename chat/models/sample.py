"""A sample: conversations drawn by chance, so that review is not only of complaints."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Sample(models.Model):
    class Per(models.TextChoices):
        DAY = "day", "a day"
        MODEL = "model", "a model"

    name = models.CharField(max_length=80)
    per = models.CharField(max_length=5, choices=Per)
    size = models.PositiveSmallIntegerField()  # conversations a day, or a model
    since = models.DateField()
    until = models.DateField()
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    drawn = models.DateTimeField(default=timezone.now, editable=False)
    conversations = models.ManyToManyField("chat.Conversation", related_name="samples")

    objects: ClassVar[models.Manager["Sample"]] = models.Manager()

    class Meta:
        ordering = ["-drawn"]

    def __str__(self) -> str:
        return self.name
