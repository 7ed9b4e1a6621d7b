"""A model that the operator has switched off, whatever the endpoint offers."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone


class WithdrawnModelQuerySet(models.QuerySet["WithdrawnModel"]):
    def names(self) -> frozenset[str]:
        return frozenset(self.values_list("name", flat=True))

    def switched_off(self, name: str) -> bool:
        return self.filter(name=name).exists()

    def reason_for(self, name: str) -> str | None:
        """Return why this model is switched off, "" where nobody said; None where it isn't."""
        return self.filter(name=name).values_list("reason", flat=True).first()


class WithdrawnModel(models.Model):
    name = models.CharField(max_length=200, unique=True)
    reason = models.CharField(max_length=300, blank=True)  # its users read it
    withdrawn = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )

    objects: ClassVar[WithdrawnModelQuerySet] = WithdrawnModelQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
