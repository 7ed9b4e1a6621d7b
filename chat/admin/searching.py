"""Search in the admin: by the index that people's own search has, or by ids; never by reading texts through."""

import uuid

from django.db.models import Q

from chat.models import SearchEntry, User
from chat.models.search import Hit, Query

PEOPLE = 100  # whose names begin alike


def conversations_found(query: Query) -> dict[uuid.UUID, Hit]:
    """Return the best hit of each conversation, everybody's; what may be reviewed is for the caller to say."""
    best: dict[uuid.UUID, Hit] = {}
    for hit in SearchEntry.objects.search(query, None).hits:
        best.setdefault(uuid.UUID(str(hit.conversation)), hit)
    return best


def people_called(beginning: str, *, by_email: bool) -> list[int]:
    """Return who has a user name, or an e-mail address, that begins like this."""
    called = Q(username__istartswith=beginning)
    found = User.objects.filter(called | Q(email__istartswith=beginning) if by_email else called)
    return list(found.order_by("pk").values_list("pk", flat=True)[:PEOPLE])


def id_in(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None
