"""The read log: each time somebody on the staff was shown what is said in somebody's conversation.

It outlives what it tells of, so it holds names beside the keys, and nothing of what was read.
"""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from chat.models.conversation import Conversation
    from chat.models.user import User

KEPT = "What was read stays read: the read log isn't changed."
LOT = 500  # lines removed at a time


class OpeningQuerySet(models.QuerySet["Opening"]):
    """What is in the log stays as it is: it can be added to, and what is too old is pruned. Only whose chat it was is
    told by another name, when that is somebody else's or nobody's from then on."""

    def of(self, owner: "User") -> Self:
        """Return what was seen of this person's chats."""
        return self.filter(owner=owner)

    def record(
        self,
        reader: "User",
        conversations: "Iterable[Conversation]",
        kind: str,
        message: uuid.UUID | None = None,
        reason: str = "",
    ) -> None:
        """Note that `reader` is shown something of these conversations, each of which needs its `user` loaded.

        Call it before showing anything: what can't be recorded isn't shown.
        """
        if not settings.CHAT_READ_LOG:
            return
        self.bulk_create(
            Opening(
                reader=reader,
                reader_name=reader.get_username(),
                owner_id=conversation.user_id,
                owner_name=conversation.user.get_username(),
                conversation_id=conversation.pk,
                message_id=message,
                kind=kind,
                reason=reason,
            )
            for conversation in conversations
        )

    def record_listed(self, reader: "User", conversations: "Iterable[Conversation]") -> None:
        """Note that a list shows their titles, which are what somebody asked: of each once a day is enough."""
        rows = list(conversations)
        today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        told = self.filter(reader=reader, kind=Opening.Kind.LIST, when__gte=today)
        known = set(told.filter(conversation_id__in=[row.pk for row in rows]).values_list("conversation_id", flat=True))
        self.record(reader, [row for row in rows if row.pk not in known], Opening.Kind.LIST)

    def pass_on(self, owner: "User") -> None:
        """Have these lines name somebody else as the owner: an account has taken over what a guest had."""
        self._lines().update(owner=owner, owner_name=owner.get_username())

    def rename(self, name: str) -> None:
        """Have these lines name their owner so: what was read stays read, and by whom."""
        self._lines().update(owner_name=name)

    def outdated(self) -> Self:
        """Return what is older than the log is kept."""
        days = settings.CHAT_READ_LOG_DAYS
        return self.filter(when__lt=timezone.now() - timedelta(days=days)) if days else self.none()

    def prune(self) -> int:
        """Remove what is outdated, some at a time. Returns how many lines that were."""
        lines = self._lines()
        pruned = 0
        while lot := list(self.outdated().order_by("when").values_list("pk", flat=True)[:LOT]):
            pruned += lines.filter(pk__in=lot).delete()[0]
        return pruned

    def _lines(self) -> "models.QuerySet[Opening]":
        """Return these as something that may change and delete them."""
        return models.QuerySet(self.model, self.query.chain(), self.db)

    def update(self, **kwargs: Any) -> int:
        raise TypeError(KEPT)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError(KEPT)


class Opening(models.Model):
    class Kind(models.TextChoices):
        PAGE = "page", "Conversation page"
        LIVE = "live", "Live answer"
        REPLAY = "replay", "Replay"
        MESSAGE = "message", "Message page"
        GENERATION = "generation", "Generation page"
        LIST = "list", "List that shows texts"
        SEARCH = "search", "Search result"
        EXPORT = "export", "Export"

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reader_name = models.CharField(max_length=150)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="openings")
    owner_name = models.CharField(max_length=150)
    conversation_id = models.UUIDField(db_index=True)
    message_id = models.UUIDField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=300, blank=True)
    when = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    objects: ClassVar[OpeningQuerySet] = OpeningQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-when", "-pk"]
        verbose_name, verbose_name_plural = "line of the read log", "read log"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.reader_name} saw {self.owner_name}'s chat"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(KEPT)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(KEPT)
