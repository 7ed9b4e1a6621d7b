"""A sample: conversations drawn by chance, so that review is not only of complaints."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from chat.models.conversation import Conversation
from chat.models.generation import Generation

if TYPE_CHECKING:
    from chat.models.conversation import ConversationQuerySet


class SampleManager(models.Manager["Sample"]):
    def draw(self, sample: "Sample") -> int:
        """Store a sample with conversations drawn by chance, as it says; returns how many. It is never drawn again.

        Drawing takes long, and nobody waits for it: it is done before the transaction that stores what is still there.
        """
        drawn = sample._of_days() if sample.per == Sample.Per.DAY else sample._of_models()
        with transaction.atomic():
            there = set(Conversation.objects.filter(pk__in=drawn).order_by().values_list("pk", flat=True))
            sample.save()
            sample.conversations.set(there)
        return len(there)


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

    objects: ClassVar[SampleManager] = SampleManager()

    class Meta:
        ordering = ["-drawn"]

    def __str__(self) -> str:
        return self.name

    def _of_days(self) -> set[uuid.UUID]:
        """Draw of each day those whose last turn was on it."""
        days = (self.until - self.since).days + 1
        drawn: set[uuid.UUID] = set()
        for number in range(days):
            start = beginning(self.since + timedelta(days=number))
            drawn.update(self._some(self._reviewable().active_between(start, start + timedelta(days=1))))
        return drawn

    def _of_models(self) -> set[uuid.UUID]:
        """Draw of each model those with an answer it wrote in this time."""
        start, end = beginning(self.since), beginning(self.until) + timedelta(days=1)
        answers = Generation.objects.filter(created__gte=start, created__lt=end).order_by()
        drawn: set[uuid.UUID] = set()
        for model in answers.values_list("model", flat=True).distinct():
            written = answers.filter(model=model).values("conversation")
            drawn.update(self._some(self._reviewable().filter(pk__in=written)))
        return drawn

    def _some(self, conversations: "ConversationQuerySet") -> "models.QuerySet[Conversation, uuid.UUID]":
        return conversations.order_by("?").values_list("pk", flat=True)[: self.size]

    def _reviewable(self) -> "ConversationQuerySet":
        return Conversation.objects.reviewable()


def beginning(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
