"""Every example of the CommonMark (0.30) and GFM (0.29) specifications comes out as specified, or is listed here.

What the dialect changes everywhere is in `shape`: headings stand two levels lower, lists have the loose shape,
pictures are links, and links to neither another host nor a mailbox lead nowhere. This list has the rest. An entry
that comes out as specified after all fails, and so does one for which what it promises instead does not hold.
"""

import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from chat.rendering import render
from tests.unit.rendering import specifications
from tests.unit.rendering.page import Element
from tests.unit.rendering.shape import rendered, specified
from tests.unit.rendering.specifications import Example

pytestmark = pytest.mark.skipif(not specifications.found(), reason="the specifications of Debian 12 are not installed")

SPECIFICATIONS: dict[str, Callable[[], Iterator[Example]]] = {
    "CommonMark": specifications.commonmark,
    "GFM": specifications.gfm,
}


def comes_out(example: Example) -> bool:
    return rendered(render(example.markdown)) == specified(example.html)


def comes_out_the_second_time(example: Example) -> bool:
    """Say whether a copy of the example, after itself, comes out: there its definitions stand before it."""
    once = rendered(render(example.markdown)).children
    twice = rendered(render(f"{example.markdown}\n\n{example.markdown}")).children
    return twice[: len(once)] == once and Element("body", {}, twice[len(once) :]) == specified(example.html)


def shows_every_angle_bracket(example: Example) -> bool:
    return rendered(render(example.markdown)).text.count("<") == example.markdown.count("<")


def links_its_address(example: Example) -> bool:
    page = rendered(render(example.markdown))
    return page.text == specified(example.html).text and len(list(page.find_all("a"))) == 1


class Difference(NamedTuple):
    reason: str
    examples: dict[str, str]  # the numbers of each specification's
    instead: Callable[[Example], bool] = lambda example: True

    def numbers(self, specification: str) -> set[int]:
        ranges = [part.split("-") for part in self.examples.get(specification, "").split()]
        return {number for ends in ranges for number in range(int(ends[0]), int(ends[-1]) + 1)}


DIFFERENCES = [
    Difference(
        "raw HTML is text",
        {
            "CommonMark": "21 31 148-191 308-309 344 474-476 490 523 535 612-616 622 624 627-631 642-643",
            "GFM": "118-160 288-289 317 327 354 484-486 500 532 544 632-636 642 644 647-651 653 663-664",
        },
        shows_every_angle_bracket,
    ),
    Difference(
        "a destination in angle brackets needs a scheme, or it could be a tag",
        {"CommonMark": "195 201 488 491-493 498", "GFM": "164 170 498 501-503 507"},
    ),
    Difference(
        "a reference sees the definitions before it: what is on the page does not change",
        {
            "CommonMark": "23 33 203-204 218 526-529 531-534 538-539 541-542 548 552-561 564-565 567-570 581-583"
            " 585-587 590 592",
            "GFM": "172-173 187 319 329 535-538 540-543 547-548 550-551 557 561-570 573-574 576-579 590-592 594-596"
            " 599 601",
        },
        comes_out_the_second_time,
    ),
    Difference(
        "a picture is a link: its description keeps its markup or is the address, and in a link only it shows",
        {"CommonMark": "516 530 572 575-576 580 584 588", "GFM": "525 539 581 584-585 589 593 597"},
    ),
    Difference("a code block's language is a class only where it could be a name", {"CommonMark": "144", "GFM": "114"}),
    Difference("a table's body is there before its first row", {"GFM": "205"}),
    Difference(
        "a bare address is a link, as the extension of GFM has it",
        {"CommonMark": "601 605 607 610-611", "GFM": "610 614 616 619-620"},
        links_its_address,
    ),
    Difference("an address that no link may lead to is text", {"GFM": "628"}),
    Difference(r"brackets with a backslash before each are a displayed formula's", {"CommonMark": "12", "GFM": "308"}),
]


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_every_example_comes_out_or_is_listed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    examples = list(SPECIFICATIONS[name]())
    different = {example.number: example for example in examples if not comes_out(example)}
    listed = set().union(*(difference.numbers(name) for difference in DIFFERENCES))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{name}: {len(examples) - len(different)} of {len(examples)} examples come out as specified\n"
        )
        sys.stdout.writelines(f"  {len(d.numbers(name)):2} do not: {d.reason}\n" for d in DIFFERENCES)
    assert [explained(different[number]) for number in sorted(different.keys() - listed)] == []
    assert sorted(listed - different.keys()) == [], "come out as specified after all"


@pytest.mark.parametrize("name", SPECIFICATIONS)
@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.reason)
def test_instead_holds_what_the_list_says(difference: Difference, name: str) -> None:
    examples = [example for example in SPECIFICATIONS[name]() if example.number in difference.numbers(name)]
    assert [explained(example) for example in examples if not difference.instead(example)] == []


def explained(example: Example) -> str:
    return "\n".join([f"{example.number}:", example.markdown, "is", render(example.markdown), "not", example.html])
