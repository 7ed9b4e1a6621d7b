"""A saved view: filters of the review list under a name, for oneself or for all reviewers."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from chat.models.user import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def open_to(self, reader: "User") -> Self:
        """Return one's own, and what others share."""
        return self.filter(Q(owner=reader) | Q(is_shared=True))


class SavedView(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000, blank=True)  # of the list's address
    is_shared = models.BooleanField(default=False)
    created = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[SavedViewQuerySet] = SavedViewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_saved_view_per_owner_and_name")]

    def __str__(self) -> str:
        return self.name
