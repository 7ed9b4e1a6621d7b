"""A persona: a system prompt with a name, kept by staff for everybody or by a person for themselves."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from chat.models.user import User


class PersonaQuerySet(models.QuerySet["Persona"]):
    def for_user(self, user: "User") -> Self:
        """Return those a person may choose: everybody's first, then their own."""
        return self.filter(Q(owner=None) | Q(owner=user)).order_by(models.F("owner").asc(nulls_first=True), "name")


class Persona(models.Model):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="personas"
    )  # None: everybody may choose it
    name = models.CharField(max_length=80)
    prompt = models.TextField()

    objects: ClassVar[PersonaQuerySet] = PersonaQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="one_persona_per_owner_and_name"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(owner=None), name="one_persona_of_everybodys_per_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name
