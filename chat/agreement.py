"""How far two people agree who judged the same: Cohen's kappa.

J. Cohen, "A coefficient of agreement for nominal scales" (1960) and "Weighted kappa" (1968). 1 is perfect agreement,
0 is what chance would give, less than 0 is less than that.
"""

from collections import Counter
from collections.abc import Hashable, Sequence


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Return Cohen's kappa of what two people said of the same things, each thing a pair.

    None where it is not defined: there is no pair, or both always said the one same word, so that chance explains all.
    """
    if not pairs:
        return None
    observed = sum(one == other for one, other in pairs) / len(pairs)
    ones, others = (Counter(words) for words in zip(*pairs, strict=True))
    expected = sum(ones[word] * others[word] for word in ones) / len(pairs) ** 2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def weighted_kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Return kappa of scores, where being apart counts by the square of how far (quadratic weights).

    None where it is not defined: there is no pair, or both always gave the one same score.
    """
    if not pairs:
        return None
    ones, others = (Counter(scores) for scores in zip(*pairs, strict=True))
    apart = sum((one - other) ** 2 for one, other in pairs) / len(pairs)
    by_chance = (
        sum(ones[one] * others[other] * (one - other) ** 2 for one in ones for other in others) / len(pairs) ** 2
    )
    return None if by_chance == 0 else 1 - apart / by_chance


def mean(kappas: Sequence[tuple[float | None, int]]) -> float | None:
    """Return the mean of kappas, each weighted by how many pairs it is of; those that are not defined don't count."""
    known = [(value, pairs) for value, pairs in kappas if value is not None]
    total = sum(pairs for _, pairs in known)
    return sum(value * pairs for value, pairs in known) / total if total else None
