"""A person: with an account, or a guest whose only credential is a signed cookie."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models, transaction
from django.db.models import Q

from chat.models.leaving import Leaving
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and self.is_guest:
            self.set_unusable_password()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the conversations first: what is being written in them has to be ended."""
        self.conversations.all().delete()
        return super().delete(*args, **kwargs)

    @transaction.atomic
    def adopt(self, guest: "User") -> None:
        """Take over a guest's conversations and personas, then remove the guest."""
        list(guest.conversations.order_by("pk").select_for_update().values_list("pk"))  # first, as whoever sends does
        User.objects.select_for_update().get(pk=guest.pk)  # a message being sent waits, or is there already
        here = self.conversations.exclude(origin="").values("origin")
        guest.conversations.filter(origin__in=here).update(origin="")  # imported by both: two they remain
        moved = list(guest.conversations.all())
        guest.conversations.update(user=self)
        guest.messages.update(author=self)
        guest.personas.all().give_to(self)
        for conversation in moved:
            SearchEntry.objects.index(conversation)
        guest.delete()
