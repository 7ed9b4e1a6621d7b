"""One slice of Markdown → HTML a page may hold.

Model output is hostile input. Raw HTML never reaches the parser (its angle brackets are masked and come out as
text), images become links (a model must not make the reader's browser call out), and whatever is left passes
nh3's allow-list last.
"""

import re
from collections.abc import Mapping
from html import escape

import nh3
import pyromark

_O = pyromark.Options
OPTIONS = _O.ENABLE_TABLES | _O.ENABLE_TASKLISTS | _O.ENABLE_STRIKETHROUGH | _O.ENABLE_GFM

Definitions = Mapping[str, tuple[str, str]]  # casefolded label → (destination, title)

# Stand-ins for the parse, one character for one, so that offsets stay. Both are noncharacters.
_LESS, _BANG = "\ufdd0", "\ufdd1"
# LF alone ends a line here. To pulldown-cmark CR ends one too; \v and \f are blank in some places and text in others.
_STAND_INS = str.maketrans({_LESS: "\ufffd", _BANG: "\ufffd", "\r": " ", "\v": " ", "\f": " "})
_MASKED = re.compile(
    r"""(?P<kept> \\.)                                   # an escaped character begins nothing
      | (?P<less> < (?=[a-zA-Z/!?])                      # what could begin a tag, a comment, …
            (?! [a-zA-Z][a-zA-Z0-9+.-]{1,31}: )          # but neither an autolink nor a destination <https://…>
            (?! [a-zA-Z0-9][^\s<>@]*@[a-zA-Z0-9.-]+> ) ) # nor an e-mail autolink
      | (?P<bang> ! (?=\[) )""",
    re.VERBOSE,
)

_ALIGNED_CELL = re.compile(r'<(t[hd]) style="text-align: (left|center|right)">')
_HEADING = re.compile(r"<(/?)h([1-6])>")
_PAGE_HEADINGS = 2  # levels the page itself uses above a message
_WANTED = {
    ("code", "class"): re.compile(r"language-[\w+#.-]{1,40}"),
    ("a", "href"): re.compile(r"(?i:https?://|mailto:).*"),  # on an https page `https:x` is a path of this site
}
_HREF = re.compile(r'(?<=<a href=")[^"]*')

# Bounds for hostile input. nh3's time grows with the square of the depth, and browsers flatten trees deeper than 512;
# a table's missing cells, or a long definition used often, make megabytes of a few kilobytes.
MAX_DEPTH = 50  # quotes, lists, items and emphasis in one another
_NESTING = re.compile(r"<(/?)(?:blockquote|[uo]l|li|em|strong|del)\b")
_MAX_GROWTH, _FREE_GROWTH = 32, 5_000  # characters of HTML for each of Markdown, and beyond

_CLEANER = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "pre", "code"),
        *("em", "strong", "del", "a", "input"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    },
    clean_content_tags=set(),
    attributes={
        "*": set(),  # or nh3 lets title and lang pass everywhere
        "a": {"href", "title"},
        "ol": {"start"},
        "input": {"checked"},
        "code": {"class"},
    },
    tag_attribute_values={
        "th": {"class": {"left", "center", "right"}},
        "td": {"class": {"left", "center", "right"}},
        "blockquote": {
            "class": {f"markdown-alert-{kind}" for kind in ("note", "tip", "important", "warning", "caution")}
        },
    },
    attribute_filter=lambda tag, name, value: value if _is_wanted(tag, name, value) else None,
    set_tag_attribute_values={"a": {"target": "_blank"}, "input": {"type": "checkbox", "disabled": ""}},
    link_rel="noopener noreferrer nofollow ugc",
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
)


def mask(markdown: str) -> str:
    """Return `markdown` with every `<` that could begin raw HTML, and the `!` of images, replaced one for one.

    Works line by line: what a line becomes depends on no other.
    """
    return _MASKED.sub(_stand_in, markdown.translate(_STAND_INS))


def to_html(markdown: str, definitions: Definitions) -> str:
    """Render one slice alone; its references see `definitions` and its own. Returns "" for a slice that shows nothing.

    What would get out of hand is shown as it was written.
    """
    html = pyromark.html(
        mask(markdown),
        options=OPTIONS,
        broken_link_callback=lambda link: definitions.get(link["reference"].casefold()),
    )
    if _is_out_of_hand(html, markdown):
        html = f"<pre><code>{escape(markdown.translate(_STAND_INS), quote=False)}</code></pre>"
    html = _HREF.sub(lambda href: href[0].replace("%EF%B7%90", "%3C").replace("%EF%B7%91", "!"), html)
    html = html.replace(_LESS, "&lt;").replace(f"{_BANG}<a ", "<a ").replace(_BANG, "!")
    html = _ALIGNED_CELL.sub(r'<\1 class="\2">', html)
    html = _HEADING.sub(lambda tag: f"<{tag[1]}h{min(int(tag[2]) + _PAGE_HEADINGS, 6)}>", html)
    return _CLEANER.clean(html).strip("\n")


def definitions_in(markdown: str) -> dict[str, tuple[str, str]]:
    """Return the link reference definitions of a slice, by casefolded label."""
    found = pyromark.reference_definitions(mask(markdown), options=OPTIONS)
    return {label.casefold(): (link["dest"], link["title"] or "") for label, link in found.items()}


def _stand_in(match: re.Match[str]) -> str:
    if match["less"]:
        return _LESS
    return _BANG if match["bang"] else match["kept"]


def _is_out_of_hand(html: str, markdown: str) -> bool:
    if len(html) > _MAX_GROWTH * len(markdown) + _FREE_GROWTH:
        return True
    depth = 0
    for closes in _NESTING.findall(html):
        depth += -1 if closes else 1
        if depth > MAX_DEPTH:
            return True
    return False


def _is_wanted(tag: str, name: str, value: str) -> bool:
    wanted = _WANTED.get((tag, name))
    return wanted is None or wanted.fullmatch(value) is not None
