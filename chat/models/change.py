"""What was changed of what reviewers say: who, when, from what, to what. Only ever added to."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from chat.models.conversation import Conversation
    from chat.models.user import User

Told = dict[str, Any] | None  # a thing as people see it; None: it wasn't there, or isn't any more


class ChangeManager(models.Manager["Change"]):
    def note(
        self, actor: "User", of: str, subject_id: int, before: Told, after: Told, conversation: "Conversation | None"
    ) -> None:
        """Keep what somebody has changed; what is as it was is no change. Call it in the transaction that does it."""
        if before == after:
            return
        kind = Change.Kind.MADE if before is None else Change.Kind.REMOVED if after is None else Change.Kind.CHANGED
        self.create(
            actor=actor,
            of=of,
            subject_id=subject_id,
            kind=kind,
            before=before,
            after=after,
            conversation=conversation,
        )

    def rename_holders(self, holds: Iterable[int], name: str) -> None:
        """Have what is kept of these legal holds name so whose chats they are on."""
        for change in self.filter(of=Change.Of.HOLD, subject_id__in=holds):
            told = {side: _renamed(getattr(change, side), name) for side in ("before", "after")}
            self.filter(pk=change.pk).update(**told)


def _renamed(told: Told, name: str) -> Told:
    return {**told, "user": name} if told and told.get("user") else told


def _lines(told: Told) -> dict[tuple[str, ...], Any]:
    """Return what is told line by line, the answers of a verdict each by itself and last: JSON has no order."""
    lines: dict[tuple[str, ...], Any] = {}
    for name, value in sorted((told or {}).items(), key=lambda line: isinstance(line[1], dict)):
        if isinstance(value, dict):
            lines |= {(name, part): each for part, each in value.items()}
        else:
            lines[name,] = value
    return lines


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

    objects: ClassVar[ChangeManager] = ChangeManager()

    class Meta:
        ordering = ["-when", "-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["of", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.get_of_display()} {self.get_kind_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        assert self._state.adding, "What has happened is not changed."
        super().save(*args, **kwargs)

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        """Return what is not as it was: its name, what it was, what it is."""
        before, after = _lines(self.before), _lines(self.after)
        keys = dict.fromkeys([*before, *after])
        return [(key[-1], before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)]
