"""A persona: a system prompt with a name, kept by staff for everybody or by a person for themselves."""

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from chat.models.user import User

NAME_LENGTH = 80  # characters


class PersonaQuerySet(models.QuerySet["Persona"]):
    def for_user(self, user: "User | AnonymousUser") -> Self:
        """Return those a person may choose: everybody's first, then their own, where they have any."""
        mine = Q(owner=None) | Q(owner=user.pk) if user.pk else Q(owner=None)
        return self.filter(mine).order_by(models.F("owner").asc(nulls_first=True), "name")

    def give_to(self, user: "User") -> None:
        """Make these that person's; one whose name they use already gets a number behind it."""
        taken = set(user.personas.values_list("name", flat=True))
        for persona in self:
            persona.name = free_name(persona.name, taken)
            persona.owner = user
            persona.save()
            taken.add(persona.name)


class Persona(models.Model):
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="personas"
    )  # None: everybody may choose it
    name = models.CharField(max_length=NAME_LENGTH)
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

    def is_name_taken(self) -> bool:
        """Whether its owner has another one of this name."""
        return Persona.objects.filter(owner=self.owner_id, name=self.name).exclude(pk=self.pk).exists()


def free_name(name: str, taken: Collection[str]) -> str:
    """Return `name`, or what it becomes with the first number behind it that makes it another than those taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        suffix = f" ({number})"
        free = name[: NAME_LENGTH - len(suffix)] + suffix
    return free
