"""The arithmetic of what an answer took, and how several generations make one account."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chat.models import Generation
from chat.models.provenance import Provenance

START = datetime(2026, 11, 26, 12, tzinfo=UTC)


def after(seconds: float | None) -> datetime | None:
    return None if seconds is None else START + timedelta(seconds=seconds)


def generation(first: float | None = 0.5, end: float | None = 2.5, **values: Any) -> Generation:
    return Generation(started=START, first_token=after(first), finished=after(end), **values)


def test_times_are_counted_from_the_claim() -> None:
    made = generation(first=0.5, end=2.5)
    assert (made.seconds_to_first_token, made.seconds_of_writing, made.seconds) == (0.5, 2.0, 2.5)


def test_speed_is_tokens_by_the_time_of_writing_alone() -> None:
    assert generation(first=0.5, end=2.5, completion_tokens=30).tokens_per_second == 15


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(generation(completion_tokens=None), id="not counted"),
        pytest.param(generation(completion_tokens=0), id="nothing"),
        pytest.param(generation(first=None, completion_tokens=9), id="no first token"),
        pytest.param(generation(end=None, completion_tokens=9), id="not ended"),
        pytest.param(generation(first=2.5, end=2.5, completion_tokens=9), id="no time"),
        pytest.param(generation(first=3, end=2.5, completion_tokens=9), id="clocks that disagree"),
    ],
)
def test_what_can_not_be_told_is_none(made: Generation) -> None:
    assert made.tokens_per_second is None


def test_a_generation_that_never_started_has_no_times() -> None:
    made = Generation(finished=START)
    assert (made.seconds, made.seconds_to_first_token, made.seconds_of_writing) == (None, None, None)


def test_several_generations_are_added_up() -> None:
    made = Provenance(
        [
            generation(0.5, 2.5, completion_tokens=30, prompt_tokens=10, cost=Decimal("0.001")),
            generation(1, 2, completion_tokens=60, prompt_tokens=40, cost=Decimal("0.002")),
        ]
    )
    assert (made.completion_tokens, made.prompt_tokens, made.cost) == (90, 50, Decimal("0.003"))
    assert (made.seconds_to_first_token, made.seconds, made.tokens_per_second) == (0.5, 4.5, 30)


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    made = Provenance([generation(completion_tokens=30), generation(completion_tokens=None)])
    assert (made.completion_tokens, made.tokens_per_second, made.cost) == (None, None, None)
    assert made.seconds == 5


def test_what_was_asked_with_is_told_once_for_each_that_differs_in_order() -> None:
    made = Provenance(
        [
            generation(model="a", persona="The dude", parameters={"temperature": 0.0}),
            generation(model="b", persona="", parameters={"temperature": 0.0, "max_tokens": 9}),
            generation(model="a", persona="The dude"),
        ]
    )
    assert (made.models, made.personas) == (["a", "b"], ["The dude"])
    assert (made.temperatures, made.limits) == ([0.0], [9])


def test_a_question_has_none() -> None:
    made = Provenance([])
    assert (made.models, made.seconds, made.seconds_to_first_token, made.prompt_tokens) == ([], None, None, None)


@pytest.mark.parametrize(("cost", "price"), [("10.000000", "10"), ("0.001200", "0.0012"), ("0", "0"), ("100", "100")])
def test_a_price_is_in_plain_figures(cost: str, price: str) -> None:
    assert Provenance([generation(cost=Decimal(cost))]).price == price
