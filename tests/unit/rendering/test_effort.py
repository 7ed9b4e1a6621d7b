"""Whether the next few characters are much work is known before they are fed."""

import pytest

from chat.rendering import Renderer

LINES = 500


def writing_code(markers: str, lead: str = "", indent: str = "") -> Renderer:
    """Return a renderer in the middle of a block of code."""
    renderer = Renderer()
    renderer.feed(f"{lead}{markers}python\n")
    for number in range(LINES):
        renderer.feed(f"{indent}value = {number}\n")
    return renderer


@pytest.mark.parametrize(("lead", "indent"), [("", ""), ("- an item\n\n  ", "  "), ("> ", "> ")])
@pytest.mark.parametrize("marker", ["`", "~"])
def test_the_end_of_a_long_block_of_code_is_much_work_until_it_is_behind(marker: str, lead: str, indent: str) -> None:
    renderer = writing_code(marker * 3, lead, indent)
    assert renderer.effort("value = 1\n") == 10
    assert renderer.effort(f"{indent}{marker * 3}") > LINES * 10
    assert renderer.effort_to_finish > LINES * 10
    renderer.feed(f"{indent}{marker * 2}")
    assert renderer.effort(marker) > LINES * 10  # the rest of the fence
    renderer.feed(f"{marker}\n")
    assert renderer.effort("\n") > LINES * 10  # the block is still the last one
    renderer.feed("\nAnd on.\n")
    assert renderer.effort("x" * 10) == 10
    assert renderer.effort_to_finish == 0


def test_prose_is_as_much_work_as_it_is_long() -> None:
    renderer = Renderer()
    renderer.feed("Words, and ```code``` in them. ")
    assert renderer.effort("words") == 5
    assert renderer.effort_to_finish == 0
