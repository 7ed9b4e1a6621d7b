"""Patches as the browser gets them, read as our swap style for htmx reads them."""

import pytest
from hypothesis import given, settings

from chat.rendering import Patch, Renderer, to_htmx
from tests.unit.rendering.documents import pieces
from tests.unit.rendering.page import Element, parse


class Screen:
    """What the swap style makes of responses: each template is applied at the end of an element, in their order."""

    def __init__(self) -> None:
        self.container = Element("body")

    def receive(self, response: str) -> None:
        for template in parse(response).elements:
            assert template.tag == "template"
            assert template.attributes.keys() <= {"data-at", "data-drop"}
            self._swap(template)

    def _swap(self, template: Element) -> None:
        target = self.container
        for _ in range(int(template.attributes["data-at"] or "")):
            target = target.elements[-1]
        for _ in range(int(template.attributes.get("data-drop") or 0)):
            target.children.remove(target.elements[-1])
        target.append(template.children)


@settings(max_examples=200, deadline=None)
@given(pieces)
def test_the_responses_lead_to_what_the_page_shows(pieces: list[str]) -> None:
    renderer, screen = Renderer(), Screen()
    for piece in pieces:
        screen.receive(to_htmx(renderer.feed(piece)))
        assert screen.container == parse(renderer.html)
    screen.receive(to_htmx(renderer.finish()))
    assert screen.container == parse(renderer.html)


@settings(max_examples=200, deadline=None)
@given(pieces)
def test_the_patches_of_a_whole_answer_fit_in_one_response(pieces: list[str]) -> None:
    renderer, screen = Renderer(), Screen()
    patches = [patch for piece in pieces for patch in renderer.feed(piece)] + renderer.finish()
    screen.receive(to_htmx(patches))
    assert screen.container == parse(renderer.html)


@pytest.mark.parametrize(
    ("patch", "template"),
    [
        (Patch(0, 0, "<div><p>a</p></div>"), "<template data-at=0><div><p>a</p></div></template>"),
        (Patch(0, 1, ""), "<template data-at=0 data-drop=1></template>"),
        (Patch(4, 2, "a &amp; b"), "<template data-at=4 data-drop=2>a &amp; b</template>"),
        (Patch(3, 0, "<tr><td>a</td></tr>"), "<template data-at=3><tr><td>a</td></tr></template>"),
        (Patch(4, 0, "\n"), "<template data-at=4>\n</template>"),
    ],
)
def test_a_patch_is_a_template(patch: Patch, template: str) -> None:
    assert to_htmx([patch]) == template


def test_patches_keep_their_order() -> None:
    patches = [Patch(2, 0, "a"), Patch(1, 1, "<hr>"), Patch(0, 0, "<div></div>")]
    assert to_htmx(patches) == "".join(to_htmx([patch]) for patch in patches)


def test_nothing_new_is_no_response() -> None:
    assert to_htmx([]) == ""
