"""Leaving: a person deletes their account, with everything.

It is shut and stripped of who they are in one short transaction; after that nobody gets in, and what is theirs goes
bit by bit (streaming/sweeper.py), also after a restart. What a legal hold keeps stays, without a name, until it is
released; the read log and other records stay, with the name that is left of the account.
"""

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chat.errors import LastSuperuser
from chat.models.change import Change
from chat.models.generation import Ending, Generation, State, bound_waits
from chat.models.opening import Opening
from chat.models.quota import Quota
from chat.models.retention import LegalHold
from chat.models.sessions import end_sessions

if TYPE_CHECKING:
    from chat.models.conversation import ConversationQuerySet
    from chat.models.user import User

OF_OTHER_APPS = ("emailaddress_set", "socialaccount_set", "authenticator_set")  # addresses and ways to sign in


class Leaving(models.Model):
    left = models.DateTimeField(null=True, blank=True, editable=False)  # when they deleted their account
    emptied = models.DateTimeField(null=True, blank=True, editable=False)  # when all was gone that no hold keeps

    class Meta:
        abstract = True

    def is_last_superuser(self) -> bool:
        """Whether nobody else could do what superusers do."""
        others = get_user_model().objects.filter(is_superuser=True, is_active=True).exclude(pk=self.pk)
        return bool(getattr(self, "is_superuser", False)) and not others.exists()

    @transaction.atomic
    def leave(self) -> None:
        """Shut the account for good and take from it who it was. Raises LastSuperuser."""
        users = get_user_model().objects
        list(users.filter(Q(is_superuser=True) | Q(pk=self.pk)).order_by("pk").select_for_update().values_list("pk"))
        if self.is_last_superuser():  # of two that leave at once the second is
            raise LastSuperuser
        nobody = _nobody()
        users.filter(pk=self.pk).update(**nobody, left=timezone.now())
        for things in (getattr(self, name).all() for name in OF_OTHER_APPS if hasattr(self, name)):
            _rename_in_log(things, nobody["username"])  # where the admin's log has an address
            things.delete()
        for name in ("groups", "user_permissions"):
            getattr(self, name).clear()

    def stop_writing(self) -> list[Generation]:
        """End what is being written for them, each in a transaction of its own; return what was ended."""
        ended = []
        for pk in Generation.objects.active().filter(conversation__user=self.pk).values_list("pk", flat=True):
            with transaction.atomic():
                bound_waits("default")
                generation = Generation.objects.active().select_for_update().filter(pk=pk).first()
                if generation:
                    generation.end(Ending(State.STOPPED))
                    ended.append(generation)
        return ended


def _nobody() -> dict[str, Any]:
    """Return what is left of an account that was shut. Its password fits nothing, so other sessions end."""
    return {
        "username": f"deleted-{secrets.token_hex(6)}",
        "password": make_password(None),
        "email": "",
        "first_name": "",
        "last_name": "",
        "guest_key": None,
        "last_login": None,
        "is_active": False,
        "is_staff": False,
        "is_superuser": False,
    }


# What goes after they have left


def left_behind() -> "ConversationQuerySet":
    """Return the conversations of people who have left that no hold keeps."""
    from chat.models.conversation import Conversation

    holds = LegalHold.objects.in_force()
    kept = Exists(holds.filter(conversation=OuterRef("pk"))) | Exists(holds.filter(user=OuterRef("user")))
    return Conversation.objects.filter(~kept, user__in=_left().values("pk"))


def leavers() -> "models.QuerySet[User]":
    """Return those who have left, have no conversation that can go, and yet something that can."""
    chats = left_behind().filter(user=OuterRef("pk"))
    holds = LegalHold.objects.in_force()
    held = Exists(holds.filter(user=OuterRef("pk"))) | Exists(holds.filter(conversation__user=OuterRef("pk")))
    return _left().filter(~Exists(chats)).filter(~held | Q(emptied=None))


def part_with(pk: int) -> None:
    """Delete the rest of what is theirs, and them unless something of theirs is held. Call it in no transaction."""
    user = leavers().filter(pk=pk).first()
    if user is None:
        return
    end_sessions([pk])
    _forget_name(user)
    user.personas.all().delete()
    user.saved_views.all().delete()
    user.mentions.all().delete()
    if user.is_held:
        leavers().filter(pk=pk).update(emptied=timezone.now())
    else:
        user.delete()


def _forget_name(user: "User") -> None:
    """Write the name they have now where records keep the one they had."""
    name = user.get_username()
    Opening.objects.of(user).rename(name)
    Change.objects.rename_holders(user.holds.values_list("pk", flat=True), name)
    _rename_in_log([user, *Quota.objects.filter(user=user)], name)  # a quota of one's own is called by one's name


def _rename_in_log(things: Iterable[models.Model], name: str) -> None:
    for each in things:
        of_it = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(each), object_id=str(each.pk))
        of_it.update(object_repr=name)


def _left() -> "models.QuerySet[User]":
    return get_user_model().objects.exclude(left=None)  # as the index says it, or SQLite doesn't use it
