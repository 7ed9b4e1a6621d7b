"""What a person has used on a day. It is kept beside their chats, so that deleting one gives nothing back.

A message is added in the transaction that queues an answer; tokens and cost in the one that ends it. All count for the
day the answer was asked for. These rows come last in a transaction, after the answer's and its person's.
"""

from datetime import UTC, date
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F

from chat.models.allowance import Use, day_began

if TYPE_CHECKING:
    from chat.models.generation import Generation
    from chat.models.user import User


class DailyUseQuerySet(models.QuerySet["DailyUse"]):
    def today(self, user_id: int) -> Use:
        """Return what this person has used since the day began."""
        row = self.filter(user=user_id, day=day_began().date()).first()
        return row.use if row else Use()

    def add(self, user_id: int, day: date, use: Use) -> None:
        """Add to a day, which begins with the first that is added. Raises nothing where two begin it at once."""
        row = self.filter(user=user_id, day=day)
        if not row.increase(use):
            self.bulk_create([DailyUse(user_id=user_id, day=day)], ignore_conflicts=True)
            row.increase(use)

    def increase(self, use: Use) -> int:
        return self.update(**{kind: F(kind) + amount for kind, amount in use._asdict().items() if amount})

    def of(self, generation: "Generation") -> Self:
        """Return the row an answer counts in, whoever's its conversation is by now. It is there since it was queued,
        and is only updated: a new one would wait for its person (SearchEntry.objects.change() says why that is bad)."""
        from chat.models.conversation import Conversation

        whose = Conversation.objects.filter(pk=generation.conversation_id).values("user")
        return self.filter(user__in=whose, day=generation.created.astimezone(UTC).date())

    def pass_on(self, user: "User") -> None:
        """Count all this as somebody else's too."""
        for row in self.select_for_update():
            DailyUse.objects.add(user.pk, row.day, row.use)


class DailyUse(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="daily_use")
    day = models.DateField()  # UTC's
    messages = models.IntegerField(default=0)
    tokens = models.BigIntegerField(default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=6, default=0)

    objects: ClassVar[DailyUseQuerySet] = DailyUseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_use_per_user_and_day")]

    def __str__(self) -> str:
        return f"{self.user}, {self.day}"

    @property
    def use(self) -> Use:
        return Use(max(self.messages, 0), self.tokens, self.cost)
