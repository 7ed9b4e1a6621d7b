"""Where people are signed in. A session doesn't say whose it is, so each is looked into."""

from collections.abc import Iterable

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

LOT = 200  # sessions looked into at a time
PROVED_BY = f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"  # in a session: who has shown what django-allauth notes beside
WHOSE = (SESSION_KEY, PROVED_BY)  # who is in, or waits for a second factor


def end_sessions(users: Iterable[int]) -> None:
    """Forget where these people are signed in, or were, or have begun to.

    Call it in no transaction: there may be very many sessions, and on SQLite everybody would wait for it.
    """
    keys, last = {str(pk) for pk in users}, ""
    there = Session.objects.order_by("session_key")
    while keys and (lot := list(there.filter(session_key__gt=last)[:LOT])):
        theirs = [each.session_key for each in lot if keys.intersection(map(each.get_decoded().get, WHOSE))]
        if theirs:
            Session.objects.filter(session_key__in=theirs).delete()
        last = lot[-1].session_key


def prune_sessions() -> None:
    """Forget those that have expired, some at a time; they still say who was in."""
    expired = Session.objects.filter(expire_date__lt=timezone.now())
    while lot := list(expired.values_list("pk", flat=True)[:LOT]):
        Session.objects.filter(pk__in=lot).delete()
