"""What an answer cost, where the model has a price and its endpoint counted tokens."""

from decimal import Decimal

from django.conf import settings

from chat.llm import Usage

MILLION = 1_000_000
SMALLEST = Decimal("0.000001")
MOST = Decimal(MILLION)  # the column holds less


def cost_of(model: str, usage: Usage) -> Decimal | None:
    """Return None where it isn't known. Prices are for a million tokens."""
    prices = settings.CHAT_PRICES.get(model)
    if prices is None or usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    cost = (prices[0] * usage.prompt_tokens + prices[1] * usage.completion_tokens) / MILLION
    return cost.quantize(SMALLEST) if cost < MOST - 1 else None
