"""The element tree of some HTML without what the dialect changes everywhere: renderings that agree have equal trees.

Each such change stands here once: `specified` brings a specification's HTML into the dialect, `rendered` takes off
ours what the page adds to it.
"""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import groupby
from urllib.parse import unquote, urlsplit

from tests.unit.rendering.page import VOID, Element, parse

Children = list[Element | str]

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
BLOCKS = {"p", "ul", "ol", "blockquote", "pre", "hr", "table", *HEADINGS}
CONTAINERS = {"body", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr"}  # whose text is only layout


def specified(html: str) -> Element:
    builder = _Lenient()
    builder.feed(html)
    builder.close()
    return _plain(_in_dialect(builder.path[0]))


def rendered(html: str) -> Element:
    page = parse(html)
    blocks = [child for block in page.elements for child in block.children]  # each is in an element of its own
    return _plain(Element("body", {}, blocks))


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

    def handle_comment(self, data: str) -> None:
        self.path[-1].append([Element("!")])

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    handle_pi = unknown_decl = handle_comment


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
        case "th" | "td" if "align" in attributes:  # a class, for the page's policy allows no style
            attributes["class"] = attributes.pop("align")
    return Element(element.tag, attributes, children)


def _plain(element: Element) -> Element:
    """Leave out what is the browser's business, or looks the same: layout, ends of line, colours, tight and loose."""
    if element.tag == "pre" and element.elements:
        return Element("pre", element.elements[0].attributes, [element.text])
    attributes = {key: value for key, value in element.attributes.items() if key not in {"target", "rel"}}
    if attributes.get("href"):
        attributes["href"] = unquote(attributes["href"] or "")
    children = [child.replace("\n", " ") if isinstance(child, str) else child for child in element.children]
    children = _each(_plain, children)
    if element.tag == "li":
        children = list(_loose(children))
    elif element.tag in CONTAINERS:
        children = [child for child in children if isinstance(child, Element) or child.strip()]
    return Element(element.tag, attributes, children)


def _each(change: Callable[[Element], Element], children: Children) -> Children:
    return [child if isinstance(child, str) else change(child) for child in children]


def _loose(children: Children) -> Iterator[Element | str]:
    """Put what stands in a list item between its blocks into paragraphs."""
    for is_block, run in groupby(children, lambda child: isinstance(child, Element) and child.tag in BLOCKS):
        if is_block:
            yield from run
        elif inline := _stripped(list(run)):
            yield Element("p", {}, inline)


def _stripped(inline: Children) -> Children:
    *before, last = inline
    inline = [*before, last.rstrip() if isinstance(last, str) else last]
    first, *after = inline
    inline = [first.lstrip() if isinstance(first, str) else first, *after]
    return [child for child in inline if child != ""]
