"""Personal data that is taken out of texts, what is left in, and how long it takes at worst."""

import time
from collections.abc import Callable

import pytest

from chat.learning.redaction import Redactor, Untouched

NAMES = ["Ada", "Ada Lovelace", "Anne-Marie O'Brien", "José", "card"]
MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Write to bob.smith+x@mail.example.org.", "Write to [email]."),
        ("*bob@example.org*, <bob@example.org>", "*[email]*, <[email]>"),
        ("mailto:bob%40example.org bob@\u00fcber.example", "mailto:[email] [email]"),
        ("`git@github.com:x/y`", "`[email]:x/y`"),
        ("bob@localhost, @bob, a @ b, bob@", "bob@localhost, @bob, a @ b, bob@"),
        ("4111 1111 1111 1111", "[card]"),
        ("4111111111111111, 4111-1111-1111-1111 and 3782 822463 10005", "[card], [card] and [card]"),
        ("12 4111 1111 1111 1111 07/29", "12 [card] 07/29"),
        ("\uff14111 1111 1111 1111", "[card]"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),  # the check digit is another
        ("0000 0000 0000 0000", "0000 0000 0000 0000"),
        ("Call (650) 253-0000 or +49 30 901820.", "Call [phone] or [phone]."),
        ("In 2026 there were 1,234,567 of them, 3.14159 each", "In 2026 there were 1,234,567 of them, 3.14159 each"),
        ("ADA and Ada Lovelace's engine", "[name] and [name]'s engine"),
        ("Adam read Canada", "Adam read Canada"),
        ("Anne Marie O\u2019Brien, ada_lovelace = 1", "[name], [name] = 1"),
        ("Jose\u0301", "[name]"),
        ("a card: 4111 1111 1111 1111", "a [name]: [card]"),  # no name is looked for in a mark
        (
            "```python\nto = 'bob@example.org'  # +1 650 253 0000\n```",
            "```python\nto = '[email]'  # [phone]\n```",
        ),
    ],
)
def test_what_is_personal_is_taken_out_and_nothing_else(text: str, redacted: str) -> None:
    assert Redactor(NAMES)(text) == redacted


def test_it_counts_by_kind() -> None:
    redactor = Redactor(["Ada"])
    redactor("Ada, Ada: a@b.org, +1 650 253 0000, 4111 1111 1111 1111")
    redactor("c@d.org")
    assert redactor.counts == {"name": 2, "email": 2, "phone": 1, "card": 1}


def test_a_region_says_how_numbers_are_written_at_home() -> None:
    assert Redactor(region="GB")("020 7946 0018, +1 650 253 0000") == "[phone], [phone]"
    assert Redactor(region="US")("020 7946 0018") == "020 7946 0018"


def test_a_number_at_the_edge_of_a_window_is_found() -> None:
    for length in range(9_980, 10_020):
        assert Redactor()("a " * (length // 2) + " " * (length % 2) + "+1 650 253 0000 b").endswith("[phone] b"), length


def test_a_text_that_nobody_wants_redacted_stays() -> None:
    assert Untouched()("a@b.org") == "a@b.org"


HOSTILE: dict[str, Callable[[int], str]] = {
    "letters": lambda size: "a" * size,
    "ats": lambda size: "@" * size,
    "a@": lambda size: "a@" * (size // 2),
    "dots": lambda size: "a@" + "b." * (size // 2),
    "digits": lambda size: "4" * size,
    "single digits": lambda size: "4 1 " * (size // 4),
    "dashes": lambda size: "555-" * (size // 4),
    "brackets": lambda size: "(" * size,
    "plus": lambda size: "+1" * (size // 2),
    "mixed": lambda size: "(1) [2] /3-4.5 " * (size // 15),
    "names": lambda size: "Ada " * (size // 4),
    "marks": lambda size: "a" + "\u0301" * size,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_goes_with_the_length(kind: str) -> None:
    """Ten times the text takes about ten times as long: a square would take a hundred times."""

    def seconds(size: int) -> float:
        began = time.thread_time()
        Redactor(["Ada Ada Ada Lovelace", "Ada"])(HOSTILE[kind](size))
        return time.thread_time() - began

    short = min(seconds(MEGABYTE // 10) for _ in range(2))
    assert seconds(MEGABYTE) < 30 * short + 0.2


def test_behind_a_million_of_wrong_ones_the_right_one_is_found() -> None:
    assert Redactor()("555-" * 100_000 + " x +1 650 253 0000").endswith("x [phone]")
