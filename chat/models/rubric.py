"""A rubric: what reviewers are asked about a conversation, or about an answer. Leads define it in the admin."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Subject(models.TextChoices):
    CONVERSATION = "conversation"
    ANSWER = "answer"


class Rubric(models.Model):
    name = models.CharField(max_length=80, unique=True)
    subject = models.CharField(max_length=12, choices=Subject)
    guidance = models.TextField(blank=True)  # for reviewers
    is_active = models.BooleanField(default=True)  # else what was judged by it stays, and nothing more is
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Rubric"]] = models.Manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Criterion(models.Model):
    class Kind(models.TextChoices):
        LABEL = "label", "One of several labels"
        SCORE = "score", "A score"
        TEXT = "text", "Free text"

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="criteria")
    name = models.CharField(max_length=80)
    help = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=5, choices=Kind)
    labels = models.JSONField(default=list, blank=True)  # of a label: the choices, in their order
    lowest = models.SmallIntegerField(null=True, blank=True)  # of a score
    highest = models.SmallIntegerField(null=True, blank=True)
    is_required = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[models.Manager["Criterion"]] = models.Manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "criteria"
        constraints = [
            models.UniqueConstraint(fields=["rubric", "name"], name="one_criterion_per_rubric_and_name"),
        ]

    def __str__(self) -> str:
        return self.name
