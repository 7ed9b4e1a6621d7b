"""The prices of models, as an operator writes them."""

import re
from collections.abc import Sequence
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured

Prices = dict[str, tuple[Decimal, Decimal]]  # of a million tokens, in and out

_ONE = re.compile(r"(?P<model>\S+)=(?P<into>\d{1,6}(?:\.\d{1,6})?)/(?P<out>\d{1,6}(?:\.\d{1,6})?)", re.ASCII)


def prices_in(lines: Sequence[str]) -> Prices:
    """Read `model=in/out` of each. Raises ImproperlyConfigured."""
    prices: Prices = {}
    for line in filter(None, map(str.strip, lines)):
        found = _ONE.fullmatch(line)
        if found is None:
            raise ImproperlyConfigured(f"CHAT_PRICES: {line!r} is not a price; say model=in/out, like small=0.40/1.60.")
        if found["model"] in prices:
            raise ImproperlyConfigured(f"CHAT_PRICES: {found['model']} has two prices.")
        prices[found["model"]] = (Decimal(found["into"]), Decimal(found["out"]))
    return prices
