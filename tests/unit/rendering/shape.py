"""The element tree of some HTML without what the dialect changes everywhere: renderings that agree have equal trees.

Each such change stands here once: `specified` brings a specification's HTML into the dialect, `rendered` takes off
ours what the page adds to it.
"""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import groupby
from urllib.parse import unquote, urlsplit

from tests.unit.rendering.page import VOID, Element, parse

Children = list[Element | str]

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BLOCKS = {"p", "ul", "ol", "blockquote", "pre", "figure", "hr", "table", *HEADINGS}
OF_THE_PAGE = {"target", "rel", "dir", "aria-label"}  # attributes
_LAYOUT = re.compile(rf"[ \n]*(</?(?:{'|'.join(BLOCKS)}|li|thead|tbody|tr|th|td|div)\b[^>]*>)[ \n]*")


def specified(html: str) -> Element:
    builder = _Lenient()
    builder.feed(_LAYOUT.sub(r"\1", html))
    builder.close()
    return _plain(_in_dialect(builder.path[0]))


def rendered(html: str) -> Element:
    page = parse(_LAYOUT.sub(r"\1", html))
    return _plain(Element("body", {}, [child for block in page.elements for child in block.children]))


class _Lenient(HTMLParser):
    """Takes the raw HTML of the examples as it comes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.path = [Element("body")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.path[-1].append([element])
        if tag not in {*VOID, "img"}:
            self.path.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag == self.path[-1].tag:
            self.path.pop()

    def handle_data(self, data: str) -> None:
        self.path[-1].append([data])


def _in_dialect(element: Element) -> Element:
    attributes = dict(element.attributes)
    children = _each(_in_dialect, element.children)
    match element.tag:
        case tag if tag in HEADINGS:  # stand below the page's own
            return Element(f"h{min(int(tag[1]) + 2, 6)}", attributes, children)
        case "img" if "alt" in attributes:  # is a link
            description = attributes.pop("alt")
            attributes["href"] = attributes.pop("src")
            return _in_dialect(Element("a", attributes, [description] if description else []))
        case "a" if urlsplit(attributes.get("href") or "").scheme.lower() not in {"http", "https", "mailto"}:
            attributes.pop("href", None)
        case "th" | "td" if "align" in attributes:  # is a class: the page's policy allows no style
            attributes["class"] = attributes.pop("align")
    return Element(element.tag, attributes, children)


def _plain(element: Element) -> Element:
    """Leave out what is the page's business, or looks the same: directions, colours, ends of line, tightness."""
    if element.tag == "figure":
        return _plain(element.find("pre"))
    if element.tag == "pre" and element.elements:
        return Element("pre", element.elements[0].attributes, [element.text])
    attributes = {key: value for key, value in element.attributes.items() if key not in OF_THE_PAGE}
    if attributes.get("href"):
        attributes["href"] = unquote(attributes["href"] or "")
    children = _each(
        _plain, [child.replace("\n", " ") if isinstance(child, str) else child for child in element.children]
    )
    return Element(element.tag, attributes, list(_loose(children)) if element.tag == "li" else children)


def _loose(children: Children) -> Iterator[Element | str]:
    """Put what stands in a list item between its blocks into paragraphs."""
    for is_block, run in groupby(children, lambda child: isinstance(child, Element) and child.tag in BLOCKS):
        content = list(run)
        yield from content if is_block else [Element("p", {}, content)]


def _each(change: Callable[[Element], Element], children: Children) -> Children:
    return [child if isinstance(child, str) else change(child) for child in children]
