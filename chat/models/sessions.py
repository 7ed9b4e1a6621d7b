"""Where people are signed in. A session doesn't say whose it is, so each is looked into."""

from collections.abc import Iterable

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

LOT = 200  # sessions looked into at a time


def end_sessions(users: Iterable[int]) -> None:
    """Forget where these people are signed in.

    Call it in no transaction: there may be very many sessions, and on SQLite everybody would wait for it.
    """
    keys, last = {str(pk) for pk in users}, ""
    alive = Session.objects.filter(expire_date__gte=timezone.now()).order_by("session_key")
    while keys and (lot := list(alive.filter(session_key__gt=last)[:LOT])):
        theirs = [each.session_key for each in lot if each.get_decoded().get(SESSION_KEY) in keys]
        if theirs:
            Session.objects.filter(session_key__in=theirs).delete()
        last = lot[-1].session_key
