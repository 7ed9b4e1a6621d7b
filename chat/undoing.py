"""What its owner has just deleted and may still have back: every page says so for as long as it is true."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max
from django.utils import timezone

from chat.models import User
from chat.models.arranging import UNDO

MOST = 3  # notices at a time


@dataclass(frozen=True)
class Deletion:
    """The conversations that were deleted at one moment, by which they are found again."""

    deleted: datetime
    count: int
    title: str  # one's
    pk: UUID | None = None  # where it is only one

    @property
    def moment(self) -> str:
        return self.deleted.isoformat()

    @property
    def seconds(self) -> float:
        """How long it can still be undone."""
        return max((self.deleted + UNDO - timezone.now()).total_seconds(), 0)


def undoable(user: User) -> list[Deletion]:
    """Return this person's latest deletions, latest first."""
    recent = user.conversations.deleted_ones().filter(deleted__gt=timezone.now() - UNDO).order_by()
    by_moment = recent.values("deleted").annotate(count=Count("pk"), title=Max("title")).order_by("-deleted")
    deletions = [Deletion(**each) for each in by_moment[:MOST]]
    single = [each.deleted for each in deletions if each.count == 1]
    ids = dict(recent.filter(deleted__in=single).values_list("deleted", "pk")) if single else {}
    return [replace(each, pk=ids.get(each.deleted)) for each in deletions]
