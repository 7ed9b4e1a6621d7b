"""A flag: somebody on the staff should look at this again. It is up until somebody takes it down."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from chat.models.change import Change

if TYPE_CHECKING:
    from chat.models.conversation import Conversation
    from chat.models.message import Message
    from chat.models.user import User

LONGEST_REASON = 300  # characters


class FlagQuerySet(models.QuerySet["Flag"]):
    def up(self) -> Self:
        return self.filter(taken_down=None)

    @transaction.atomic
    def put_up(self, by: "User", conversation: "Conversation", message: "Message | None", reason: str) -> "Flag":
        conversation.hold()
        flag = self.create(raised_by=by, conversation=conversation, message=message, reason=reason)
        Change.objects.note(by, Change.Of.FLAG, flag.pk, None, flag.told(), conversation)
        conversation.settle()
        return flag


class Flag(models.Model):
    conversation = models.ForeignKey("chat.Conversation", models.CASCADE, related_name="flags")
    message = models.ForeignKey("chat.Message", models.CASCADE, null=True, blank=True, related_name="flags")
    reason = models.CharField(max_length=300)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="flags")
    raised = models.DateTimeField(default=timezone.now, editable=False)
    taken_down = models.DateTimeField(null=True, blank=True)
    taken_down_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[FlagQuerySet] = FlagQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-raised"]
        indexes = [models.Index(fields=["conversation"], condition=Q(taken_down=None), name="flags_that_are_up")]

    def __str__(self) -> str:
        return self.reason

    def told(self) -> dict[str, Any]:
        return {"reason": self.reason, "is": "down" if self.taken_down else "up"}

    @transaction.atomic
    def take_down(self, by: "User") -> None:
        """Say that it has been looked at; done twice it is once."""
        self.conversation.hold()
        before = self.told()
        taken = Flag.objects.up().filter(pk=self.pk).update(taken_down=timezone.now(), taken_down_by=by)
        if taken:
            self.refresh_from_db()
            Change.objects.note(by, Change.Of.FLAG, self.pk, before, self.told(), self.conversation)
            self.conversation.settle()
