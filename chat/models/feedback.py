"""What a person says of an answer of theirs: good or bad, and why. It can be changed and taken back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from chat.models.conversation import Conversation

LONGEST_COMMENT = 2_000  # characters


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def within(self, conversations: "models.QuerySet[Conversation]") -> Self:
        """Return what is said of answers in these conversations; each is looked up, so that the newest come at once."""
        return self.filter(models.Exists(conversations.filter(pk=models.OuterRef("message__conversation"))))

    def by(self, model: str) -> Self:
        """Return what is said of answers that this model wrote, or wrote a part of."""
        return self.filter(pk__in=Feedback.objects.filter(message__generations__model=model).values("pk"))


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

    objects: ClassVar[FeedbackQuerySet] = FeedbackQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-updated"]
        verbose_name_plural = "feedback"
        indexes = [
            models.Index(fields=["updated", "id"], name="feedback_list"),
            models.Index(fields=["value", "-updated"]),
            models.Index(fields=["created"], name="feedback_by_date"),
        ]

    def __str__(self) -> str:
        return self.get_value_display()

    @property
    def is_good(self) -> bool:
        return self.value == Feedback.Value.GOOD

    @property
    def is_bad(self) -> bool:
        return self.value == Feedback.Value.BAD

    @property
    def is_explained(self) -> bool:
        return bool(self.reasons or self.comment)

    @property
    def labels(self) -> list[str]:
        """Its reasons, in words."""
        return [label for code, label in REASONS.get(self.value, {}).items() if code in self.reasons]

    def is_kept_by(self, value: str, reasons: Sequence[str] | None, comment: str | None) -> bool:
        """Whether all that it says would still be said: something may be added, nothing taken back or put otherwise."""
        has_reasons = reasons is None or set(self.reasons) <= set(reasons)
        has_comment = comment is None or self.comment in ("", comment)
        return value == self.value and has_reasons and has_comment

    def say(self, value: str, reasons: Sequence[str] | None, comment: str | None) -> None:
        """Say this from now on; said again without reasons or a comment, those given before stay.

        Why an answer was bad doesn't say why it is good: changed, the opinion begins without them.
        """
        if value != self.value:
            self.reasons, self.comment = [], ""
        wanted = self.reasons if reasons is None else reasons
        self.value = value
        self.reasons = [code for code in REASONS[value] if code in wanted]
        self.comment = self.comment if comment is None else comment
        self.updated = timezone.now()
        self.save()


OTHER = {"other": "Something else"}
REASONS: dict[str, dict[str, str]] = {
    Feedback.Value.GOOD: {
        "correct": "Correct",
        "clear": "Clear",
        "complete": "Complete",
        "well_written": "Well written",
        **OTHER,
    },
    Feedback.Value.BAD: {
        "untrue": "Not true",
        "not_asked": "Not what I asked",
        "incomplete": "Incomplete",
        "badly_written": "Badly written",
        "harmful": "Harmful or unsafe",
        **OTHER,
    },
}
"""What may be ticked, by the value it belongs to: the codes that are kept, and their words."""
