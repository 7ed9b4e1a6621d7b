"""Kappa, against tables worked out by hand."""

import pytest

from chat.agreement import kappa, mean, weighted_kappa


def pairs(table: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    return [pair for pair, count in table.items() for _ in range(count)]


def test_the_textbook_table() -> None:
    """Of 50 proposals both say yes to 20 and no to 15: 0.7 observed, 0.5 by chance."""
    table = {("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15}
    assert kappa(pairs(table)) == pytest.approx(0.4)


def test_three_labels() -> None:
    """Observed 7 of 10. The one says a 5 times, b 3, c 2, the other 4, 4, 2: by chance (5·4 + 3·4 + 2·2) of 100."""
    table = {("a", "a"): 3, ("a", "b"): 2, ("b", "b"): 2, ("b", "a"): 1, ("c", "c"): 2}
    assert kappa(pairs(table)) == pytest.approx((0.7 - 0.36) / (1 - 0.36))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("yes", "yes"), ("no", "no")], 1.0),
        ([("yes", "no"), ("no", "yes")], -1.0),
        ([], None),
        ([("yes", "yes"), ("yes", "yes")], None),  # chance explains all
        ([("yes", "no"), ("yes", "yes")], 0.0),
    ],
)
def test_the_ends(said: list[tuple[str, str]], expected: float | None) -> None:
    assert kappa(said) == (None if expected is None else pytest.approx(expected))


def test_scores_that_are_near_count_for_more() -> None:
    """Apart by 1, 1, 0, 0: a mean square of 0.5. By chance, over all 16 pairs, it is 22/16."""
    near = [(1, 2), (2, 1), (3, 3), (3, 3)]
    assert weighted_kappa(near) == pytest.approx(1 - 0.5 / (22 / 16))
    far = [(1, 3), (3, 1), (2, 2), (2, 2)]
    better, worse = weighted_kappa(near), weighted_kappa(far)
    assert better is not None and worse is not None
    assert better > worse


@pytest.mark.parametrize("said", [[], [(2, 2), (2, 2)]])
def test_scores_without_any_difference_are_not_defined(said: list[tuple[int, int]]) -> None:
    assert weighted_kappa(said) is None


def test_the_mean_counts_each_by_its_pairs() -> None:
    assert mean([(1.0, 1), (0.0, 3), (None, 100)]) == pytest.approx(0.25)
    assert mean([(None, 5)]) is None
