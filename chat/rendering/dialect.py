"""One slice of Markdown → HTML a page may hold.

Model output is hostile input. Raw HTML never reaches the parser (its angle brackets are masked and come out as
text), images become links (a model must not make the reader's browser call out), and whatever is left passes
nh3's allow-list last.
"""

import re
from collections.abc import Mapping

import nh3
import pyromark

_O = pyromark.Options
OPTIONS = _O.ENABLE_TABLES | _O.ENABLE_TASKLISTS | _O.ENABLE_STRIKETHROUGH | _O.ENABLE_GFM

Definitions = Mapping[str, tuple[str, str]]  # casefolded label → (destination, title)

# Stand-ins for the parse, one character for one, so that offsets stay. Both are noncharacters.
_LESS, _BANG = "\ufdd0", "\ufdd1"
_STAND_INS = str.maketrans({_LESS: "\ufffd", _BANG: "\ufffd"})
_MASKED = re.compile(
    r"""(?P<kept> <[a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\s<>]*>   # autolink
                | <[^\s<>@]+@[^\s<>@]+>                     # e-mail autolink
                | (?:\]\(|\]:[ \t]*)<[^<>\n]*> )            # a destination in angle brackets
      | (?P<less> < )
      | (?P<bang> !(?=\[) )""",
    re.VERBOSE,
)

_ALIGNED_CELL = re.compile(r'<(t[hd]) style="text-align: (left|center|right)">')
_HEADING = re.compile(r"<(/?)h([1-6])>")
_PAGE_HEADINGS = 2  # levels the page itself uses above a message
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,40}")

_CLEANER = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "pre", "code"),
        *("em", "strong", "del", "a", "input"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    },
    clean_content_tags=set(),
    attributes={"a": {"href", "title"}, "ol": {"start"}, "input": {"checked", "disabled"}, "code": {"class"}},
    tag_attribute_values={
        "input": {"type": {"checkbox"}},
        "th": {"class": {"left", "center", "right"}},
        "td": {"class": {"left", "center", "right"}},
        "blockquote": {
            "class": {f"markdown-alert-{kind}" for kind in ("note", "tip", "important", "warning", "caution")}
        },
    },
    attribute_filter=lambda tag, name, value: value if _is_wanted(tag, name, value) else None,
    set_tag_attribute_values={"a": {"target": "_blank"}},
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
    """Render one slice alone; its references see `definitions` and its own. Returns "" for a slice that shows nothing."""
    html = pyromark.html(
        mask(markdown),
        options=OPTIONS,
        broken_link_callback=lambda link: definitions.get(link["reference"].casefold()),
    )
    html = html.replace(_LESS, "&lt;").replace("%EF%B7%90", "%3C")
    html = html.replace(f"{_BANG}<a ", "<a ").replace(_BANG, "!").replace("%EF%B7%91", "!")
    html = _ALIGNED_CELL.sub(r'<\1 class="\2">', html)
    html = _HEADING.sub(lambda tag: f"<{tag[1]}h{min(int(tag[2]) + _PAGE_HEADINGS, 6)}>", html)
    return _CLEANER.clean(html).replace("\r", "&#13;").strip("\n")


def definitions_in(markdown: str) -> dict[str, tuple[str, str]]:
    """Return the link reference definitions of a slice, by casefolded label."""
    found = pyromark.reference_definitions(mask(markdown), options=OPTIONS)
    return {label.casefold(): (link["dest"], link["title"] or "") for label, link in found.items()}


def _stand_in(match: re.Match[str]) -> str:
    if match["less"]:
        return _LESS
    return _BANG if match["bang"] else match["kept"]


def _is_wanted(tag: str, name: str, value: str) -> bool:
    return (tag, name) != ("code", "class") or _LANGUAGE.fullmatch(value) is not None
