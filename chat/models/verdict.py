"""A verdict: what one reviewer found of a conversation, or of an answer in it, by a rubric."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from chat.models.rubric import Criterion, Rubric


class Verdict(models.Model):
    class Overall(models.TextChoices):
        GOOD = "good"
        BAD = "bad"
        UNSURE = "unsure"

    conversation = models.ForeignKey("chat.Conversation", models.CASCADE, related_name="verdicts")
    message = models.ForeignKey(
        "chat.Message", models.CASCADE, null=True, blank=True, related_name="verdicts"
    )  # None: of the conversation as a whole
    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="verdicts")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="verdicts"
    )
    overall = models.CharField(max_length=6, choices=Overall)
    comment = models.TextField(blank=True)
    is_authoritative = models.BooleanField(default=False)  # the one that counts, of all there are
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created = models.DateTimeField(default=timezone.now, editable=False)
    updated = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Verdict"]] = models.Manager()

    class Meta:
        ordering = ["created"]
        permissions = [("decide_verdict", "Can declare a verdict authoritative")]
        indexes = [models.Index(fields=["created"])]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "rubric", "reviewer"],
                condition=Q(message=None),
                name="one_verdict_per_conversation_rubric_and_reviewer",
            ),
            models.UniqueConstraint(
                fields=["message", "rubric", "reviewer"],
                condition=Q(message__isnull=False),
                name="one_verdict_per_message_rubric_and_reviewer",
            ),
            models.UniqueConstraint(
                fields=["conversation", "rubric"],
                condition=Q(message=None, is_authoritative=True),
                name="one_authoritative_verdict_per_conversation",
            ),
            models.UniqueConstraint(
                fields=["message", "rubric"],
                condition=Q(message__isnull=False, is_authoritative=True),
                name="one_authoritative_verdict_per_message",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_overall_display()}, by {self.reviewer or 'somebody who is gone'}"


class Mark(models.Model):
    """What a verdict says to one criterion; one of its fields is filled, by the criterion's kind."""

    verdict = models.ForeignKey(Verdict, models.CASCADE, related_name="marks")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="marks")
    label = models.CharField(max_length=80, blank=True)
    score = models.SmallIntegerField(null=True, blank=True)
    text = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Mark"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["verdict", "criterion"], name="one_mark_per_verdict_and_criterion"),
        ]

    def __str__(self) -> str:
        return self.label or self.text or str(self.score)
