"""A person: with an account, or a guest whose only credential is a signed cookie."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction

from chat.errors import Held
from chat.models.consent import may_be_read
from chat.models.retention import LegalHold
from chat.models.search import SearchEntry


class ChatUserManager(UserManager["User"]):
    def for_guest(self, key: str) -> "User":
        """Return the guest of this cookie key, making it if need be; of two racing calls one makes it."""
        guest, _ = self.get_or_create(guest_key=key, defaults={"username": f"guest-{key[:12]}"})
        return guest


class User(AbstractUser):
    guest_key = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    allows_review = models.BooleanField(null=True, blank=True)  # of their chats by staff; None: they didn't say
    suspended = models.DateTimeField(null=True, blank=True, editable=False)  # by an operator; None: they are not
    suspended_for = models.CharField(max_length=300, blank=True, editable=False)  # the reason, which they read

    objects: ClassVar[ChatUserManager] = ChatUserManager()

    class Meta(AbstractUser.Meta):
        permissions = [("suspend_user", "Can suspend users and let them in again")]

    @property
    def is_guest(self) -> bool:
        return self.guest_key is not None

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
        self.conversations.all().delete()
        return super().delete(*args, **kwargs)

    @transaction.atomic
    def adopt(self, guest: "User") -> None:
        """Take over a guest's conversations and personas, and the legal holds on them, then remove the guest."""
        list(guest.conversations.order_by("pk").select_for_update().values_list("pk"))  # first, as whoever sends does
        User.objects.select_for_update().get(pk=guest.pk)  # a message being sent waits, or is there already
        here = self.conversations.exclude(origin="").values("origin")
        guest.conversations.filter(origin__in=here).update(origin="")  # imported by both: two they remain
        moved = list(guest.conversations.all())
        guest.conversations.update(user=self)
        guest.messages.update(author=self)
        guest.personas.all().give_to(self)
        guest.holds.all().pass_on(self)
        for conversation in moved:
            SearchEntry.objects.index(conversation)
        guest.delete()
