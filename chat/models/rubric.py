"""A rubric: what reviewers are asked about a conversation, or about an answer. Leads define it in the admin."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone


class Subject(models.TextChoices):
    CONVERSATION = "conversation"
    ANSWER = "answer"


DEFAULT_NAMES = {Subject.CONVERSATION: "The conversation", Subject.ANSWER: "The answer"}


class RubricQuerySet(models.QuerySet["Rubric"]):
    def newest(self, subject: Subject) -> "Rubric | None":
        """Return the one this is judged by; None where there is none in use."""
        in_use = self.filter(subject=subject, is_active=True).prefetch_related("criteria")
        return in_use.order_by("-created", "-pk").first()

    def current(self, subject: Subject) -> "Rubric":
        """Return what this is judged by: the newest one in use; where there is none, one that asks for nothing more
        than good or bad, which is made if need be."""
        return self.newest(subject) or self._plain(subject)

    def _plain(self, subject: Subject) -> "Rubric":
        name, number = DEFAULT_NAMES[subject], 1
        while True:
            rubric, _ = self.get_or_create(name=name, defaults={"subject": subject})
            if rubric.is_active and rubric.subject == subject and not rubric.criteria.exists():
                return rubric
            number += 1
            name = f"{DEFAULT_NAMES[subject]} ({number})"


class Rubric(models.Model):
    name = models.CharField(max_length=80, unique=True)
    subject = models.CharField(max_length=12, choices=Subject)
    guidance = models.TextField(blank=True)  # for reviewers
    is_active = models.BooleanField(default=True)  # else what was judged by it stays, and nothing more is
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[RubricQuerySet] = RubricQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def told(self) -> dict[str, Any]:
        """Return what people see of it, for the history."""
        return {
            "name": self.name,
            "subject": self.subject,
            "guidance": self.guidance,
            "in use": self.is_active,
            "criteria": [criterion.told() for criterion in self.criteria.all()],
        }


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

    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "name": self.name,
            "help": self.help,
            "kind": self.kind,
            "required": self.is_required,
            "position": self.position,
        }
        if self.kind == self.Kind.LABEL:
            told["labels"] = self.labels
        if self.kind == self.Kind.SCORE:
            told["scores"] = [self.lowest, self.highest]
        return told

    def in_use(self) -> bool:
        return self.marks.exists()
