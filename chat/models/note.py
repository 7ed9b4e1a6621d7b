"""A note that a reviewer leaves for others at a conversation, or at a message of it, and whom it mentions."""

import re
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone

from chat.models.change import Change

if TYPE_CHECKING:
    from chat.models.conversation import Conversation
    from chat.models.message import Message
    from chat.models.user import User

LONGEST_NOTE = 4_000  # characters
MENTIONED = re.compile(r"(?<![\w@])@([\w.+-]+(?:@[\w.-]+)?)")  # what a user's name may hold


class NoteManager(models.Manager["Note"]):
    @transaction.atomic
    def leave(self, author: "User", conversation: "Conversation", message: "Message | None", text: str) -> "Note":
        conversation.hold()
        note = self.create(author=author, conversation=conversation, message=message, text=text)
        note.mention()
        Change.objects.note(author, Change.Of.NOTE, note.pk, None, note.told(), conversation)
        return note


class Note(models.Model):
    conversation = models.ForeignKey("chat.Conversation", models.CASCADE, related_name="notes")
    message = models.ForeignKey("chat.Message", models.CASCADE, null=True, blank=True, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="notes")
    text = models.TextField()
    created = models.DateTimeField(default=timezone.now, editable=False)
    edited = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[NoteManager] = NoteManager()

    class Meta:
        ordering = ["created"]

    def __str__(self) -> str:
        return self.text[:60]

    def told(self) -> dict[str, Any]:
        return {"text": self.text}

    @transaction.atomic
    def edit(self, by: "User", text: str) -> None:
        """Say it in other words; who was mentioned before and is still has seen it where they had. Raises DoesNotExist
        where it is gone."""
        self.conversation.hold()  # two tabs, one after the other
        self.refresh_from_db()
        before = self.told()
        if text == self.text:
            return
        self.text, self.edited = text, timezone.now()
        self.save(update_fields=["text", "edited"])
        self.mention()
        Change.objects.note(by, Change.Of.NOTE, self.pk, before, self.told(), self.conversation)

    @transaction.atomic
    def remove(self, by: "User") -> None:
        """Take it back. Raises DoesNotExist where it is gone."""
        self.conversation.hold()
        self.refresh_from_db()
        pk = self.pk
        self.delete()
        Change.objects.note(by, Change.Of.NOTE, pk, self.told(), None, self.conversation)

    def mention(self) -> None:
        """Tell those on the staff whose names stand in it behind an @, and may read it."""
        names = self._names()
        found = reviewers().filter(username__in=names).exclude(pk=self.author_id or 0) if names else []
        self.mentions.exclude(user__in=found).delete()
        Mention.objects.bulk_create([Mention(note=self, user=user) for user in found], ignore_conflicts=True)

    def misses(self) -> list[str]:
        """Return the names behind an @ that are of nobody who may read it."""
        names = self._names()
        there = reviewers().filter(username__in=names).values_list("username", flat=True) if names else []
        return sorted(names.difference(there))

    def _names(self) -> set[str]:
        return {name.rstrip(".-+") for name in MENTIONED.findall(self.text)}


def reviewers() -> "models.QuerySet[User]":
    """Return those who may read conversations in the admin."""
    backend = "django.contrib.auth.backends.ModelBackend"  # where groups' permissions are
    users: models.QuerySet[User] = get_user_model().objects.with_perm("chat.view_conversation", backend=backend)
    return users.filter(is_staff=True)


class MentionQuerySet(models.QuerySet["Mention"]):
    def waiting_for(self, user: "User") -> "MentionQuerySet":
        """Return those that somebody has not looked at yet."""
        return self.filter(user=user, seen=None)


class Mention(models.Model):
    note = models.ForeignKey(Note, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    seen = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[MentionQuerySet] = MentionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="one_mention_per_note_and_user")]

    def __str__(self) -> str:
        return f"@{self.user}"
