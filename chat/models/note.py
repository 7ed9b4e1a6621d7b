"""A note that a reviewer leaves for others at a conversation, or at a message of it, and whom it mentions."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class Note(models.Model):
    conversation = models.ForeignKey("chat.Conversation", models.CASCADE, related_name="notes")
    message = models.ForeignKey("chat.Message", models.CASCADE, null=True, blank=True, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="notes")
    text = models.TextField()
    created = models.DateTimeField(default=timezone.now, editable=False)
    edited = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Note"]] = models.Manager()

    class Meta:
        ordering = ["created"]

    def __str__(self) -> str:
        return self.text[:60]


class Mention(models.Model):
    note = models.ForeignKey(Note, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    seen = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Mention"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="one_mention_per_note_and_user")]

    def __str__(self) -> str:
        return f"@{self.user}"
