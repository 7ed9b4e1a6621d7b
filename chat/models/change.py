"""What was changed of what reviewers say: who, when, from what, to what. Only ever added to."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Change(models.Model):
    class Of(models.TextChoices):
        VERDICT = "verdict"
        NOTE = "note"
        FLAG = "flag"
        CORRECTION = "correction"
        RUBRIC = "rubric"
        HOLD = "hold"

    class Kind(models.TextChoices):
        MADE = "made"
        CHANGED = "changed"
        REMOVED = "removed"

    conversation = models.ForeignKey(
        "chat.Conversation", models.CASCADE, null=True, blank=True, related_name="changes"
    )  # None: of a rubric
    of = models.CharField(max_length=10, choices=Of)
    subject_id = models.BigIntegerField()  # of the verdict, the note, …: it may be gone
    kind = models.CharField(max_length=7, choices=Kind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    before = models.JSONField(null=True)  # None: it was made
    after = models.JSONField(null=True)  # None: it was removed
    when = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Change"]] = models.Manager()

    class Meta:
        ordering = ["-when", "-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["of", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.get_of_display()} {self.get_kind_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        assert self._state.adding, "What has happened is not changed."
        super().save(*args, **kwargs)
