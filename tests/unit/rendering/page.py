"""An element tree such as a browser holds, and patches applied to it. Shares no code with the renderer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from chat.rendering import Patch

VOID = {"br", "hr", "img", "input"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    @property
    def elements(self) -> list["Element"]:
        return [child for child in self.children if isinstance(child, Element)]

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def find_all(self, *tags: str) -> Iterator["Element"]:
        """Yield every element below this one, in document order; only those with one of `tags`, if any is given."""
        for child in self.elements:
            if not tags or child.tag in tags:
                yield child
            yield from child.find_all(*tags)

    def find(self, tag: str) -> "Element":
        return next(self.find_all(tag))

    def append(self, children: Sequence["Element | str"]) -> None:
        """Add at the end. Text beside text is one text, as serialising would make it."""
        for child in children:
            if isinstance(child, str) and self.children and isinstance(self.children[-1], str):
                self.children[-1] += child
            else:
                self.children.append(child)


class _TreeBuilder(HTMLParser):
    """Refuses what a browser would repair: the renderer's HTML has to be well-formed by itself."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.path = [Element("body")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice in {self.get_starttag_text()}"
        element = Element(tag, dict(attrs))
        self.path[-1].append([element])
        if tag not in VOID:
            self.path.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.path.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.path[-1].append([data])

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a marked section: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"a processing instruction: {data}")


def parse(html: str) -> Element:
    """Return an element with the children that `html` describes."""
    builder = _TreeBuilder()
    builder.feed(html)
    builder.close()
    assert len(builder.path) == 1, f"<{builder.path[-1].tag}> stays open"
    return builder.path[0]


class Page:
    """The element that holds a message's text, and the patches applied to it."""

    def __init__(self, html: str = "") -> None:
        self.container = parse(html)

    def apply(self, patches: Sequence[Patch]) -> None:
        for patch in patches:
            self._apply(patch)

    def _apply(self, patch: Patch) -> None:
        target = self.down(patch.depth)
        for _ in range(patch.drop):
            assert isinstance(target.children[-1], Element), "text follows the element that is to go"
            target.children.pop()
        target.append(parse(patch.html).children)

    def down(self, depth: int) -> Element:
        """Return the element that `depth` steps down the last children lead to."""
        element = self.container
        for _ in range(depth):
            element = element.elements[-1]
        return element
