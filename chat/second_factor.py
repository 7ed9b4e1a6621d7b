"""A second factor: whether somebody has one, and whether they have shown it where they are signed in now.

That somebody has one says nothing of a session that was opened before they had, with the password alone.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest

FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]  # codes for a lost one are no factor by themselves
SET_UP = "second_factor"  # whose first one was set up in this session


def may_use_admin(request: HttpRequest) -> bool:
    """Whether this person on the staff has proved enough of who they are; all of the admin asks."""
    return not settings.CHAT_STAFF_MFA or (has_factor(request) and has_shown_factor(request))


def has_factor(request: HttpRequest) -> bool:
    return bool(is_mfa_enabled(request.user, FACTORS))


def has_shown_factor(request: HttpRequest) -> bool:
    if request.session.get(SET_UP) == request.user.pk:
        return True
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def way_to_show_factor(request: HttpRequest) -> str:
    """Return the address where somebody who is signed in shows the one they have."""
    ways = get_adapter().get_reauthentication_methods(request.user)
    return next(str(way["url"]) for way in ways if way["id"].startswith("mfa"))


@receiver(authenticator_added)
def note_first(sender: Any, request: HttpRequest, user: Any, authenticator: Authenticator, **kwargs: Any) -> None:
    """Setting up the first one shows it. Another one may be added by a password, and so shows nothing."""
    others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(pk=authenticator.pk)
    if authenticator.type in FACTORS and not others.exists():
        request.session[SET_UP] = user.pk
