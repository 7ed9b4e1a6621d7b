"""A person: with an account, or a guest whose only credential is a signed cookie."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from chat.errors import Held, NotToSuspend, Suspended, UsedUp
from chat.models.allowance import Allowance, Use
from chat.models.consent import may_be_read
from chat.models.daily_use import DailyUse
from chat.models.figures import Tally
from chat.models.generation import Generation
from chat.models.leaving import Leaving
from chat.models.opening import Opening
from chat.models.quota import Quota, allowances
from chat.models.retention import LegalHold
from chat.models.search import SearchEntry


class ChatUserManager(UserManager["User"]):
    def for_guest(self, key: str) -> "User":
        """Return the guest of this cookie key, making it if need be; of two racing calls one makes it."""
        guest, _ = self.get_or_create(guest_key=key, defaults={"username": f"guest-{key[:12]}"})
        return guest


class User(Leaving, AbstractUser):
    guest_key = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    allows_review = models.BooleanField(null=True, blank=True)  # of their chats by staff; None: they didn't say
    suspended = models.DateTimeField(null=True, blank=True, editable=False)  # by an operator; None: they are not
    suspended_for = models.CharField(max_length=300, blank=True, editable=False)  # the reason, which they read

    objects: ClassVar[ChatUserManager] = ChatUserManager()

    class Meta(AbstractUser.Meta):
        permissions = [("suspend_user", "Can suspend users and let them in again")]
        indexes = [models.Index(fields=["left"], condition=~Q(left=None), name="people_who_left")]

    @property
    def is_guest(self) -> bool:
        return self.guest_key is not None

    # What they may use

    def usage_today(self) -> Use:
        return DailyUse.objects.today(self.pk)

    def allowances(self) -> list[Allowance]:
        """Return what they may use today and what they have used; nothing where nothing limits them."""
        limits = Quota.objects.limits_of(self)
        return allowances(limits, self.usage_today()) if limits else []

    def running_out(self) -> Allowance | None:
        """Return the allowance of which the least is left, once one is nearly used up."""
        near = [allowance for allowance in self.allowances() if allowance.is_near]
        return max(near, key=lambda allowance: allowance.share, default=None)

    def refuse_too_much(self) -> None:
        """Raise UsedUp where today's quota is used up. Hold the row, or two tabs may both take the last of it."""
        for allowance in self.allowances():
            if allowance.is_used_up:
                raise UsedUp(allowance.refusal)

    # Whether they may come in

    @transaction.atomic
    def suspend(self, reason: str, by: "User") -> list[Generation]:
        """Shut them out, and ask what is being written for them to stop; that is returned. Their sessions open nothing
        any more; end_sessions([…]) afterwards, or they would again once they are let in.

        Raises NotToSuspend for oneself, for staff unless a superuser does it, and for whose account is shut already: by
        a superuser, or by themselves. Letting them in again would open it.
        """
        if by.pk == self.pk or ((self.is_staff or self.is_superuser) and not by.is_superuser):
            raise NotToSuspend
        found = User.objects.select_for_update().get(pk=self.pk)  # a message being sent is there, or finds it so
        if found.left or not (found.is_active or found.suspended):
            raise NotToSuspend
        self.suspended, self.suspended_for, self.is_active = timezone.now(), reason, False
        self.save(update_fields=["suspended", "suspended_for", "is_active"])
        writing = list(Generation.objects.active().filter(conversation__user=self).select_related("message"))
        for generation in writing:
            generation.request_stop(gives_back=False)
        return writing

    def let_in_again(self) -> bool:
        """Undo it; False for who has left, whose account stays shut."""
        here = User.objects.filter(pk=self.pk, left=None)
        is_done = bool(here.update(suspended=None, suspended_for="", is_active=True))
        self.refresh_from_db()
        return is_done

    def refuse_if_suspended(self) -> None:
        if self.suspended:
            raise Suspended(self.suspended_for)

    @property
    def may_be_read(self) -> bool:
        """Whether staff may read their chats."""
        return User.objects.filter(may_be_read(), pk=self.pk).exists()

    @property
    def is_held(self) -> bool:
        """Whether a legal hold is on them, or on a chat of theirs."""
        return LegalHold.objects.in_force().about(self).exists()

    def decide(self, *, allows_review: bool) -> None:
        """Say whether staff may read their chats, where the site leaves that to them."""
        self.allows_review = allows_review
        self.save(update_fields=["allows_review"])

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and self.is_guest:
            self.set_unusable_password()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the conversations first: what is being written in them has to be ended. Raises Held."""
        if self.is_held:
            raise Held
        self.conversations.all().delete()  # one after the other, so that nobody waits for all
        return super().delete(*args, **kwargs)

    @transaction.atomic
    def adopt(self, guest: "User") -> None:
        """Take over what is a guest's, with the legal holds on it, who has read it, and a "no" to its being read; then
        remove the guest."""
        list(guest.conversations.order_by("pk").select_for_update().values_list("pk"))  # first, as whoever sends does
        User.objects.select_for_update().get(pk=guest.pk)  # a message being sent waits, or is there already
        here = self.conversations.exclude(origin="").values("origin")
        guest.conversations.filter(origin__in=here).update(origin="")  # imported by both: two they remain
        moved = list(guest.conversations.all())
        guest.conversations.update(user=self)
        guest.messages.update(author=self)
        guest.personas.all().give_to(self)
        guest.holds.all().pass_on(self)
        Opening.objects.of(guest).pass_on(self)
        if User.objects.filter(pk=guest.pk, allows_review=False).exists():
            self.decide(allows_review=False)
        for conversation in moved:
            SearchEntry.objects.index(conversation)
        guest.daily_use.all().pass_on(self)  # the ends of their answers have been waited for
        Tally.objects.filter(user=guest).update(user=self)  # two of a day and model add up
        guest.delete()
