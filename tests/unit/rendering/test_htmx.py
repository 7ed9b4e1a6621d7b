"""Patches in htmx's words, read as htmx reads them: each element swapped where its own hx-swap-oob says."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from chat.rendering import Patch, Renderer, to_htmx
from chat.rendering.patches import Begin, Drop, Extend, Replace
from tests.unit.rendering.documents import pieces
from tests.unit.rendering.page import Element, page_of, parse

# https://html.spec.whatwg.org/multipage/parsing.html: <div><td> is a <div> without a <td>.
ONLY_IN_A_TABLE = {"caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"}


class Screen:
    """What htmx makes of responses: out-of-band swaps in their order, those in templates after all others."""

    def __init__(self) -> None:
        self.container = Element("div")

    def receive(self, response: str) -> None:
        received = parse(response).elements
        swaps = [element for element in received if element.tag != "template"]
        assert not any(element.tag in ONLY_IN_A_TABLE for element in swaps), "the browser would drop the element"
        for element in [*swaps, *(inner for each in received if each.tag == "template" for inner in each.elements)]:
            self._swap(element)

    def _swap(self, element: Element) -> None:
        style, selector = (element.attributes["hx-swap-oob"] or "").split(":", 1)
        root, *steps = selector.split(">")
        assert root == "#text-1"
        target = parent = self.container
        for step in steps:
            assert step == ":last-child"
            target, parent = target.elements[-1], target
        match style:
            case "beforeend":
                target.append(element.children)
            case "innerHTML":
                target.children = element.children
            case "delete":
                parent.children.pop()
            case _:
                raise AssertionError(style)


@settings(max_examples=200, deadline=None)
@given(pieces)
def test_htmx_makes_of_the_responses_what_the_page_shows(pieces: list[str]) -> None:
    renderer, screen = Renderer(), Screen()
    for piece in pieces:
        screen.receive(to_htmx(renderer.feed(piece), "text-1"))
        assert screen.container.children == page_of(renderer.blocks).children
    screen.receive(to_htmx(renderer.finish(), "text-1"))
    assert screen.container.children == page_of(renderer.blocks).children


@settings(max_examples=200, deadline=None)
@given(pieces)
def test_the_patches_of_a_whole_answer_fit_in_one_response(pieces: list[str]) -> None:
    renderer, screen = Renderer(), Screen()
    patches = [patch for piece in pieces for patch in renderer.feed(piece)] + renderer.finish()
    screen.receive(to_htmx(patches, "text-1"))
    assert screen.container.children == page_of(renderer.blocks).children


@pytest.mark.parametrize(
    ("patch", "element"),
    [
        (Begin("<p>a</p>"), '<div hx-swap-oob="beforeend:#text-1"><div><p>a</p></div></div>'),
        (Replace("<p>a</p>"), '<div hx-swap-oob="innerHTML:#text-1>:last-child"><p>a</p></div>'),
        (Drop(), '<div hx-swap-oob="delete:#text-1>:last-child"></div>'),
        (Extend(0, "div", "<hr>"), '<div hx-swap-oob="beforeend:#text-1>:last-child"><hr></div>'),
        (Extend(1, "p", " a"), '<p hx-swap-oob="beforeend:#text-1>:last-child>:last-child"> a</p>'),
        (
            Extend(2, "code", "\na"),
            '<code hx-swap-oob="beforeend:#text-1>:last-child>:last-child>:last-child">\na</code>',
        ),
    ],
)
def test_each_patch_is_one_element_that_names_its_target(patch: Patch, element: str) -> None:
    assert to_htmx([patch], "text-1") == element


@pytest.mark.parametrize("tag", ["table", "thead", "tbody", "tr", "th", "td"])
def test_what_only_a_table_may_hold_comes_in_a_template(tag: str) -> None:
    response = parse(to_htmx([Extend(2, tag, "x")], "text-1"))
    assert [element.tag for element in response.elements] == ["template"]
    assert [element.tag for element in response.elements[0].elements] == [tag]


@pytest.mark.parametrize(
    ("patches", "styles"),
    [
        ([Drop(), Extend(1, "p", "x"), Begin("<p>y</p>")], "delete beforeend beforeend"),
        ([Drop(), Extend(2, "tbody", "<tr><td>1</td></tr>"), Begin("<p>y</p>")], "delete beforeend beforeend"),
        ([Extend(4, "td", "1"), Replace("<p>y</p>"), Drop()], "beforeend innerHTML delete"),
    ],
)
def test_patches_are_applied_in_their_order(patches: Sequence[Patch], styles: str) -> None:
    received = parse(to_htmx(patches, "text-1")).elements
    if any(element.tag == "template" for element in received):
        assert {element.tag for element in received} == {"template"}, "htmx would swap the others first"
        received = [element.elements[0] for element in received]
    assert [(element.attributes["hx-swap-oob"] or "").split(":")[0] for element in received] == styles.split()


def test_nothing_new_is_no_response() -> None:
    assert to_htmx([], "text-1") == ""
