"""A quota: how much a day somebody may use. The nearest one counts: one's own, then a group's, then everybody's."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from chat.models.allowance import Allowance, Use

if TYPE_CHECKING:
    from chat.models.user import User

KINDS = Use._fields


class QuotaQuerySet(models.QuerySet["Quota"]):
    def limits_of(self, user: "User") -> dict[str, Decimal]:
        """Return what this person may use a day, kind by kind; a kind without a limit is not in it.

        The nearest quota counts, and it alone: their own; else their groups', of each kind the most generous one; else
        the one for guests or for everybody.
        """
        everyone = Quota.Audience.GUESTS if user.is_guest else Quota.Audience.EVERYBODY
        found = list(self.filter(Q(user=user) | Q(group__user=user) | Q(audience=everyone)))
        for audience in (Quota.Audience.USER, Quota.Audience.GROUP, everyone):
            if quotas := [quota for quota in found if quota.audience == audience]:
                return most_generous(quotas)
        return {}


class Quota(models.Model):
    class Audience(models.TextChoices):
        EVERYBODY = "everybody", "Everybody with an account"
        GUESTS = "guests", "Guests"
        GROUP = "group", "A group"
        USER = "user", "One user"

    audience = models.CharField(max_length=9, choices=Audience)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="quota")
    group = models.OneToOneField("auth.Group", models.CASCADE, null=True, blank=True, related_name="quota")
    messages = models.PositiveIntegerField(null=True, blank=True)  # a day; None: no limit
    tokens = models.PositiveBigIntegerField(null=True, blank=True)  # a day, read and written
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)  # a day

    objects: ClassVar[QuotaQuerySet] = QuotaQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(audience="user", user__isnull=False, group=None)
                | Q(audience="group", user=None, group__isnull=False)
                | Q(audience__in=["everybody", "guests"], user=None, group=None),
                name="a_quota_says_whose_it_is",
            ),
            models.UniqueConstraint(
                fields=["audience"], condition=Q(user=None, group=None), name="one_quota_for_everybody_and_for_guests"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user or self.group or self.get_audience_display())


def most_generous(quotas: Sequence[Quota]) -> dict[str, Decimal]:
    """Return the highest limit of each kind; none where one of these has none."""
    limits = {kind: [getattr(quota, kind) for quota in quotas] for kind in KINDS}
    return {kind: Decimal(max(values)) for kind, values in limits.items() if None not in values}


def allowances(limits: dict[str, Decimal], use: Use) -> list[Allowance]:
    return [Allowance(kind, Decimal(getattr(use, kind)), limit) for kind, limit in limits.items()]
