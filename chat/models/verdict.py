"""A verdict: what one reviewer found of a conversation, or of an answer in it, by a rubric."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from chat.models.change import Change
from chat.models.rubric import Criterion, Rubric

if TYPE_CHECKING:
    from chat.models.conversation import Conversation
    from chat.models.message import Message
    from chat.models.user import User

Answer = str | int  # to one criterion: a label, a score, or words


class VerdictManager(models.Manager["Verdict"]):
    @transaction.atomic
    def give(  # noqa: PLR0913  (all that a verdict has)
        self,
        reviewer: "User",
        conversation: "Conversation",
        message: "Message | None",
        rubric: Rubric,
        overall: str,
        comment: str = "",
        answers: Mapping[Criterion, Answer] | None = None,
        *,
        seen: datetime | None = None,
    ) -> "Verdict":
        """Say what one finds of a conversation, or of an answer in it, as it was `seen` at that time; None is now. Said
        again, it takes the place of what one said before; it counts as authoritative no longer where it is not the
        same."""
        conversation.hold()  # two tabs, one after the other
        which = {"conversation": conversation, "message": message, "rubric": rubric, "reviewer": reviewer}
        verdict = self.filter(**which).first()
        before = verdict.told() if verdict else None
        verdict = verdict or Verdict(**which)
        verdict.overall, verdict.comment, verdict.updated = overall, comment, timezone.now()
        verdict.seen = seen or verdict.updated
        verdict.save()
        verdict.mark(answers or {})
        if before and verdict.is_authoritative and verdict.told() != before:
            verdict.is_authoritative, verdict.decided_by = False, None
            verdict.save(update_fields=["is_authoritative", "decided_by"])
        verdict.note_change(reviewer, before, verdict.told())
        conversation.settle()
        return verdict


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
    seen = models.DateTimeField(default=timezone.now, editable=False)  # it says nothing of what has come since

    objects: ClassVar[VerdictManager] = VerdictManager()

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

    def told(self) -> dict[str, Any]:
        """Return what people see of it, for the history; the answers apart, for a criterion may have any name."""
        told: dict[str, Any] = {"overall": self.get_overall_display()}
        if answers := {mark.criterion.name: mark.answer for mark in self.marks.select_related("criterion")}:
            told["answers"] = answers
        if self.comment:
            told["comment"] = self.comment
        if self.is_authoritative:
            told["authoritative"] = "yes"
        return told

    def mark(self, answers: Mapping[Criterion, Answer]) -> None:
        """Answer the rubric's criteria, in place of what was answered before."""
        self.marks.all().delete()
        Mark.objects.bulk_create(
            Mark(verdict=self, criterion=criterion, **{criterion.kind: answer}) for criterion, answer in answers.items()
        )

    @transaction.atomic
    def decide(self, by: "User") -> None:
        """Make it the one that counts, in place of another, if there is one. Raises DoesNotExist where it is gone."""
        self.conversation.hold()  # two who decide, one after the other
        self.refresh_from_db()
        same = Verdict.objects.filter(conversation=self.conversation_id, message=self.message_id, rubric=self.rubric_id)
        for other in same.filter(is_authoritative=True).exclude(pk=self.pk):
            other.undecide(by)
        self._count(by, is_authoritative=True)

    @transaction.atomic
    def undecide(self, by: "User") -> None:
        self.conversation.hold()
        self.refresh_from_db()
        self._count(by, is_authoritative=False)

    def _count(self, by: "User", *, is_authoritative: bool) -> None:
        before = self.told()
        self.is_authoritative, self.decided_by = is_authoritative, by if is_authoritative else None
        self.save(update_fields=["is_authoritative", "decided_by"])
        self.note_change(by, before, self.told())

    @transaction.atomic
    def remove(self, by: "User") -> None:
        """Take it back. Raises DoesNotExist where it is gone."""
        self.conversation.hold()
        self.refresh_from_db()
        before, pk = self.told(), self.pk
        self.delete()
        self.pk = pk
        self.note_change(by, before, None)
        self.conversation.settle()

    def note_change(self, by: "User", before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        Change.objects.note(by, Change.Of.VERDICT, self.pk, before, after, self.conversation)


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
        return str(self.answer)

    @property
    def answer(self) -> Answer:
        return self.label or self.text or (self.score if self.score is not None else "")
