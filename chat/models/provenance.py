"""What produced an answer: what its generations were asked with and what they took, as one account.

An answer that was tried again or continued has several generations. What they were asked with is told once for each
that differs; what they took is added up. A sum of which one part is not known is not known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from chat.models.generation import Generation, speed

Number = TypeVar("Number", int, float, Decimal)


@dataclass(frozen=True)
class Provenance:
    generations: Sequence[Generation]  # oldest first

    # What they were asked with, in the order of the first time

    @property
    def models(self) -> list[str]:
        return distinct(generation.model for generation in self.generations)

    @property
    def personas(self) -> list[str]:
        return distinct(generation.persona for generation in self.generations)

    @property
    def temperatures(self) -> list[float]:
        return distinct(number(generation.parameters.get("temperature")) for generation in self.generations)

    @property
    def limits(self) -> list[float]:
        """The greatest lengths that were asked for, in tokens."""
        return distinct(number(generation.parameters.get("max_tokens")) for generation in self.generations)

    # What they took

    @property
    def prompt_tokens(self) -> int | None:
        return total(generation.prompt_tokens for generation in self.generations)

    @property
    def completion_tokens(self) -> int | None:
        return total(generation.completion_tokens for generation in self.generations)

    @property
    def seconds_to_first_token(self) -> float | None:
        """How long the reader waited for the first words of all."""
        return self.generations[0].seconds_to_first_token if self.generations else None

    @property
    def tokens_per_second(self) -> float | None:
        return speed(self.completion_tokens, total(each.seconds_of_writing for each in self.generations))

    @property
    def seconds(self) -> float | None:
        return total(generation.seconds for generation in self.generations)

    @property
    def cost(self) -> Decimal | None:
        return total(generation.cost for generation in self.generations)

    @property
    def price(self) -> str:
        return price_of(self.cost)


def price_of(cost: Decimal | None) -> str:
    """Return a cost in figures, without zeros at the end."""
    return "" if cost is None else f"{cost:.6f}".rstrip("0").rstrip(".")


Value = TypeVar("Value")


def distinct(values: "Iterable[Value | None]") -> list[Value]:
    """Return what there is, each once; "" and None are nothing."""
    return list(dict.fromkeys(value for value in values if value not in (None, "")))


def number(value: object) -> float | None:
    """Return it where it is a number: in an imported answer's parameters there may be anything."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def total(parts: Iterable[Number | None]) -> Number | None:
    """Return the sum; None where one part is not known, or there is none."""
    known = list(parts)
    if not known or None in known:
        return None
    return sum(known[1:], start=known[0])  # type: ignore[arg-type,type-var]
