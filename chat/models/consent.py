"""Whose chats staff may read: by the site's setting, by what each person says, and by the groups they are in."""

from django.conf import settings
from django.db.models import Q


def may_be_read(person: str = "") -> Q:
    """Return the condition on a person, or on what leads to one by `person` ("user__").

    Who has left is not read: a hold keeps their chats, not for this.
    """
    wanted = Q(**{f"{person}left": None})
    if settings.CHAT_REVIEW == "opt-in":
        wanted &= Q(**{f"{person}allows_review": True})
    elif settings.CHAT_REVIEW == "opt-out":
        wanted &= ~Q(**{f"{person}allows_review": False})
    if settings.CHAT_REVIEW_EXCEPT_GROUPS:
        wanted &= ~Q(**{f"{person}groups__name__in": settings.CHAT_REVIEW_EXCEPT_GROUPS})
    return wanted
