"""How many guests may come from one address, and how fast they may write: they cost as much as anybody, and a new one
costs nobody anything but a cookie."""

from allauth.core import ratelimit
from django.http import HttpRequest

from chat.errors import TooOften

NEW = "new_guest"  # in ACCOUNT_RATE_LIMITS
MESSAGE = "guest_message"


def refuse_crowd(request: HttpRequest) -> None:
    """Count one more new guest from this address. Raises TooOften."""
    if not ratelimit.consume(request, action=NEW):
        raise TooOften


def refuse_haste(request: HttpRequest) -> None:
    """Count one more message, where a guest sends it. Raises TooOften."""
    if getattr(request.user, "is_guest", False) and not ratelimit.consume(request, action=MESSAGE):
        raise TooOften
