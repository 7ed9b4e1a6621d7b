"""A quota: how much a day somebody may use. The nearest one counts: one's own, then a group's, then everybody's."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


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

    objects: ClassVar[models.Manager["Quota"]] = models.Manager()

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
