"""One unit of Markdown → the elements it adds to a page."""

import re
from html import escape, unescape
from typing import Any

import pyromark

from chat.rendering.allowed import Hosts, allowed, is_image
from chat.rendering.dialect import CODE_BEFORE, NOTHING, OPTIONS, Definitions, mask, parts_of
from chat.rendering.highlighting import coloured, language_of
from chat.rendering.inline import Inline, href
from chat.rendering.patches import VOID

_PAGE_HEADINGS = 2  # levels the page itself uses above a message

# Bounds for hostile input. The allow-list's time grows with the square of the depth, and browsers flatten trees deeper
# than 512.
MAX_DEPTH = 50  # quotes, lists, items and emphasis in one another
_NESTING = re.compile(r"<(/?)(?:blockquote|[uo]l|li|em|strong|del)\b")

_TAG = re.compile(r"<(?:[^>\"]|\"[^\"]*\")*>")
_NAME = re.compile(r"<(/?)(\w+)")
_INLINE = {"Emphasis": "em", "Strong": "strong", "Strikethrough": "del"}
# Bullets, bars and columns stand on the side where their first letter begins.
_DIRECTED = {"ul", "ol", "blockquote", "table"}
_LEAVES = {"SoftBreak": "\n", "HardBreak": "<br>\n"}


class OutOfHand(Exception):
    """What would come of it is too much for a browser, or for us."""


def elements(
    markdown: str,
    definitions: Definitions,
    stand_in: str = "",
    levels: int = 0,
    *,
    code: str = "",
    is_open: bool = False,
    images: Hosts = frozenset(),
) -> str:
    """Return what cleaned `markdown` adds inside the first `levels` elements that `stand_in`, before it, begins.

    References see `definitions` and its own. `code` stands before that of its block of code, which is not coloured
    while it is open. Images of the hosts `images` are shown. Returns "" where nothing is; raises OutOfHand.
    """
    writer = _Writer(Inline(stand_in + markdown), levels, code, is_open, images)
    events = pyromark.events(
        mask(writer.inline.markdown),
        options=OPTIONS,
        broken_link_callback=lambda link: definitions.get(link["reference"].casefold()),
    )
    for event in events:
        writer.take(event)
    html = "".join(writer.out)
    if _depth(html) > MAX_DEPTH:
        raise OutOfHand
    return writer.inner(allowed(html, images))


def plain(markdown: str) -> str:
    """Return cleaned `markdown` shown as it was written."""
    return allowed(f"<pre><code>{escape(markdown.replace(CODE_BEFORE, ''), quote=False)}</code></pre>")


def _is_whole(html: str) -> bool:
    """Say whether every element that ends in `html` begins in it."""
    depth = 0
    for closes, name in _NAME.findall(html):
        depth += 0 if name in VOID else -1 if closes else 1
        if depth < 0:
            return False
    return True


def _depth(html: str) -> int:
    depth = deepest = 0
    for closes in _NESTING.findall(html):
        depth += -1 if closes else 1
        deepest = max(deepest, depth)
    return deepest


def figure(code: str, language: str) -> str:
    """Return a block of code; `code` is HTML."""
    named = f' class="language-{language}"' if language else ""
    head = f'<figcaption><span>{language}</span><button type="button">Copy code</button></figcaption>'
    return f'<figure class="code">{head}<pre><code{named}>{code}</code></pre></figure>'


class _Writer:
    """Turns the parser's events into HTML.

    List items hold paragraphs throughout: whether a list is loose is known only at its end, and CSS tightens them all.
    """

    def __init__(self, inline: Inline, levels: int, code: str, is_open: bool, images: Hosts) -> None:
        self.inline = inline
        self.out: list[str] = []
        self._levels = levels
        self._code_before = code
        self._is_open = is_open
        self._path: list[str] = []  # the block elements that are open
        self._shell: list[str] = []  # the first `levels` of them
        self._paragraph: int | None = None  # where in the output it began
        self._images = images
        self._links: list[str] = []  # their destinations
        self._link = 0  # where in the output the outermost began
        self._title = ""
        self._table = 0  # where in the output it began
        self._sides: tuple[str, ...] = ()
        self._cell = "td"
        self._column = 0
        self._code: list[str] | None = None
        self._language = ""

    def take(self, event: Any) -> None:  # an event's shape is the parser's
        kind, what = parts_of(event)
        if kind == "Start":
            self._start(*parts_of(what))
        elif kind == "End":
            self._end(parts_of(what)[0])
        elif kind == "Rule":
            self._end_paragraph()
            self.out.append("<hr>")
        elif self._code is not None:
            self._code.append(self.inline.source(what))
        else:
            self._text(kind, what)

    def inner(self, html: str) -> str:
        """Return what stands inside the elements that the page has already."""
        begin = "".join(f"<{tag}>" for tag in self._shell)
        end = "".join(f"</{tag}>" for tag in reversed(self._shell))
        inside = html[len(begin) : len(html) - len(end)]
        if not (html.startswith(begin) and html.endswith(end) and (not begin or _is_whole(inside))):
            raise OutOfHand  # read alone it is something else: better shown as it was written than in a wrong place
        return inside

    # Text

    def _text(self, kind: str, what: Any) -> None:
        self._be_in_paragraph()
        match kind:
            case "Code":
                self.out.append(f"<code>{escape(self.inline.source(what), quote=False)}</code>")
            case "SoftBreak" | "HardBreak":
                self.out.append(_LEAVES[kind])
            case "TaskListMarker":
                self.out.append('<input checked aria-label="Done"> ' if what else '<input aria-label="To do"> ')
            case "FootnoteReference":
                self.out.append(self.inline.html(f"[^{what}]"))
            case _:
                self.out.append(what if what == NOTHING else self.inline.html(what, bool(self._links)))

    # Elements

    def _start(self, name: str, data: Any) -> None:  # noqa: PLR0912
        if name in _INLINE:
            self._be_in_paragraph()
            self.out.append(f"<{_INLINE[name]}>")
            return
        if name in ("Link", "Image"):
            self._be_in_paragraph()
            self._start_link(data)
            return
        self._end_paragraph()
        match name:
            case "Paragraph":
                self._be_in_paragraph()
            case "Heading":
                self._open(f"h{min(int(data['level'][1]) + _PAGE_HEADINGS, 6)}")
            case "BlockQuote":
                self._open("blockquote", f' class="markdown-alert-{data.lower()}"' if data else "")
            case "List":
                self._open("ul" if data is None else "ol", f' start="{data}"' if data not in (None, 1) else "")
            case "Item":
                self._open("li")
            case "FootnoteDefinition":
                self._open("div", ' class="note"')
                self.out.append(self.inline.html(f"[^{data}]") if len(self._path) > self._levels else "")
            case "CodeBlock":
                self._code = []
                self._language = language_of(self.inline.source(data["Fenced"])) if isinstance(data, dict) else ""
            case "Table":
                self._table, self._sides = len(self.out), data
                self._open("table")
            case "TableHead":
                self._open("thead")
                self._start_row("th")
            case "TableRow":
                self._start_row("td")
            case "TableCell":
                self._start_cell()

    def _end(self, name: str) -> None:
        if name in _INLINE:
            self.out.append(f"</{_INLINE[name]}>")
        elif name in ("Link", "Image"):
            self._end_link(name)
        elif name == "CodeBlock":
            self._end_code()
        elif name == "TableHead":
            self._end_head()
        elif name == "TableRow":
            self._end_row()
        elif name == "Paragraph":
            self._end_paragraph()
        else:
            self._end_paragraph()
            self._close()
            if name == "Table":
                self._close()

    def _open(self, tag: str, attributes: str = "") -> None:
        self._path.append(tag)
        if len(self._path) <= self._levels:
            self._shell[len(self._path) - 1 :] = [tag]
            attributes = ""
        elif tag in _DIRECTED:
            attributes += ' dir="auto"'
        self.out.append(f"<{tag}{attributes}>")

    def _close(self) -> None:
        self.out.append(f"</{self._path.pop()}>")

    # Paragraphs

    def _be_in_paragraph(self) -> None:
        if self._paragraph is None and self._path[-1:] in ([], ["li"], ["div"], ["blockquote"]):
            self._paragraph = len(self.out)
            self.out.append("<p>")

    def _end_paragraph(self) -> None:
        if self._paragraph is None:
            return
        if "".join(self.out[self._paragraph + 1 :]) in ("", NOTHING):
            del self.out[self._paragraph :]
        else:
            self.out.append("</p>")
        self._paragraph = None

    # Links. An image is one too, unless from an allowed host: a model must not make the reader's browser call out.

    def _start_link(self, link: Any) -> None:
        address = self.inline.target(link["dest_url"])
        if link["link_type"] == "Email":
            address = f"mailto:{address}"
        if not self._links:
            title = f' title="{escape(self.inline.target(link["title"]))}"' if link["title"] else ""
            self._title, self._link = title, len(self.out)
            self.out.append(f"<a{href(address) if address else ''}{title}>")
        self._links.append(address)

    def _end_link(self, name: str) -> None:
        address = self._links.pop()
        if name == "Image" and not self._links and is_image(address, self._images):
            description = escape(unescape(_TAG.sub("", "".join(self.out[self._link :]))))
            self.out[self._link :] = [f'<img{href(address, "src")} alt="{description}"{self._title}>']
            return
        if name == "Image" and self.out[-1].startswith("<a"):
            self.out.append(escape(address, quote=False))  # no words for it
        if not self._links:
            self.out.append("</a>")

    # Code

    def _end_code(self) -> None:
        code = self._code_before + "".join(self._code or ())
        self._code, self._code_before = None, ""
        self.out.append(
            figure(escape(code, quote=False) if self._is_open else coloured(code, self._language), self._language)
        )

    # Tables. Each has a body, even an empty one, for rows to come.

    def _start_row(self, cell: str) -> None:
        self._open("tr")
        self._cell, self._column = cell, 0

    def _start_cell(self) -> None:
        side = self._sides[self._column].lower() if self._column < len(self._sides) else "none"
        aligned = "" if side == "none" else f' class="{side}"'
        self.out.append(f"<{self._cell}{aligned}>")
        self._path.append(self._cell)
        self._column += 1

    def _end_head(self) -> None:
        self._close()
        self._close()
        if len(self._path) < self._levels:  # the page has this table
            del self.out[self._table + 1 :]
        self._open("tbody")

    def _end_row(self) -> None:
        while self._is_open and len(self.out) > 1 and self.out[-1] == "</td>" and self.out[-2].startswith("<td"):
            del self.out[-2:]  # a row that is being written has no empty cells at its end
        self._close()
