"""The prices of models, and what an answer costs by them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from chat.llm import Usage
from chat.streaming.costs import cost_of
from chatsite.prices import prices_in


def test_prices_are_read_as_written() -> None:
    assert prices_in(["small=0.40/1.60", " org/large:free=1/2 ", ""]) == {
        "small": (Decimal("0.40"), Decimal("1.60")),
        "org/large:free": (Decimal(1), Decimal(2)),
    }


@pytest.mark.parametrize(
    "line", ["small", "small=1", "=1/2", "small=1/2/3", "small=-1/2", "small=1e9/2", "small=NaN/1"]
)
def test_what_is_no_price_is_refused_with_a_sentence(line: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="is not a price; say model=in/out"):
        prices_in([line])


def test_two_prices_of_one_model_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="small has two prices"):
        prices_in(["small=1/2", "small=1/3"])


@pytest.mark.parametrize(
    ("model", "usage", "cost"),
    [
        ("small", Usage(1_000, 500), Decimal("0.001200")),
        ("small", Usage(1, 0), Decimal("0.000000")),
        ("free", Usage(10, 10), Decimal(0)),
        ("unknown", Usage(1_000, 500), None),
        ("small", Usage(), None),
        ("small", Usage(5, None), None),
        ("dear", Usage(2**31 - 1, 2**31 - 1), None),  # more than can be kept, so certainly a mistake
    ],
)
def test_what_an_answer_costs(settings: Settings, model: str, usage: Usage, cost: Decimal | None) -> None:
    settings.CHAT_PRICES = prices_in(["small=0.40/1.60", "free=0/0", "dear=999999/999999"])
    assert cost_of(model, usage) == cost
