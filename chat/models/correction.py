"""A correction: what an answer should have been, in a reviewer's words."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from chat.models.change import Change

if TYPE_CHECKING:
    from chat.models.message import Message
    from chat.models.user import User

LONGEST_CORRECTION = 100_000  # characters


class CorrectionManager(models.Manager["Correction"]):
    @transaction.atomic
    def write(self, author: "User", message: "Message", text: str) -> "Correction":
        """Keep what the answer should have been, in place of what its author said of it before."""
        message.conversation.hold()  # two tabs, one after the other
        earlier = self.filter(message=message, author=author).first()
        before = earlier.told() if earlier else None
        values = {"text": text, "updated": timezone.now()}
        correction, _ = self.update_or_create(message=message, author=author, defaults=values)
        Change.objects.note(
            author, Change.Of.CORRECTION, correction.pk, before, correction.told(), message.conversation
        )
        return correction


class Correction(models.Model):
    message = models.ForeignKey("chat.Message", models.CASCADE, related_name="corrections")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="corrections")
    text = models.TextField()
    created = models.DateTimeField(default=timezone.now, editable=False)
    updated = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[CorrectionManager] = CorrectionManager()

    class Meta:
        ordering = ["created"]
        constraints = [
            models.UniqueConstraint(fields=["message", "author"], name="one_correction_per_message_and_author"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    is_live: ClassVar[bool] = False  # it is rendered as an answer is

    def told(self) -> dict[str, Any]:
        return {"text": self.text}

    @transaction.atomic
    def remove(self, by: "User") -> None:
        """Take it back. Raises DoesNotExist where it is gone."""
        self.message.conversation.hold()
        self.refresh_from_db()
        pk = self.pk
        self.delete()
        Change.objects.note(by, Change.Of.CORRECTION, pk, self.told(), None, self.message.conversation)
