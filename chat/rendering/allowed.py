"""The last gate: what a page may hold of what a model wrote. Everything passes it, our own tags too."""

import re
from functools import lru_cache, partial
from urllib.parse import urlsplit

import nh3

Hosts = frozenset[str]  # those whose images may be shown, in lower case, with a port where it isn't https's own

_MATHML = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "msup", "msub", "msubsup", "mfrac", "msqrt", "mroot"),
    *("mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose"),
}
_WANTED = {
    ("code", "class"): re.compile(r"language-[\w+#.-]{1,40}"),
    ("a", "href"): re.compile(r"(?i:https?://|mailto:).*"),  # on an https page `https:x` is a path of this site
    ("span", "class"): re.compile(r"[a-z][a-z0-9]{0,2}"),  # Pygments' short names
}
_SIZE = re.compile(r"[+-]?\d{0,2}(\.\d+)?(em|ex|mu|pt|px)?")  # of a formula's parts: none reaches over the page
_WANTED |= dict.fromkeys(
    [("mspace", "width"), ("mfrac", "linethickness"), ("mo", "minsize"), ("mo", "maxsize")],
    _SIZE,
)
_SIDES = {"left", "center", "right"}
_BOOLEAN = {"true", "false"}


def allowed(html: str, images: Hosts = frozenset()) -> str:
    """Return `html` without what a page may not hold."""
    return _cleaner(images).clean(html)


def is_image(address: str, images: Hosts) -> bool:
    """Say whether the image at `address` may be shown. It is asked for by the reader's browser."""
    if not images or not address.lower().startswith("https://"):
        return False
    try:
        return urlsplit(address).netloc.lower() in images
    except ValueError:
        return False


@lru_cache(maxsize=4)
def _cleaner(images: Hosts) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags={
            *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li"),
            *("em", "strong", "del", "sup", "a", "input"),
            *(["img"] if images else []),
            *("figure", "figcaption", "button", "pre", "code", "span", "div"),
            *("table", "thead", "tbody", "tr", "th", "td"),
            *_MATHML,
        },
        clean_content_tags=set(),
        attributes={
            "*": set(),  # or nh3 lets title and lang pass everywhere
            "a": {"href", "title"},
            "img": {"src", "alt", "title"},
            "ol": {"start"},
            "input": {"checked"},
            "code": {"class"},
            "span": {"class"},
            "mi": {"mathvariant"},
            "mo": {"form", "minsize", "maxsize"},
            "mspace": {"width"},
            "mfrac": {"linethickness"},
            "mstyle": {"scriptlevel"},
            "menclose": {"notation"},
        },
        tag_attribute_values={
            "th": {"class": _SIDES},
            "td": {"class": _SIDES},
            "mtd": {"class": _SIDES},
            "blockquote": {
                "class": {f"markdown-alert-{kind}" for kind in ("note", "tip", "important", "warning", "caution")},
                "dir": {"auto"},
            },
            "input": {"aria-label": {"Done", "To do"}},
            "ul": {"dir": {"auto"}},
            "ol": {"dir": {"auto"}},
            "table": {"dir": {"auto"}},
            "figure": {"class": {"code"}},
            "div": {"class": {"note"}},
            "sup": {"class": {"note"}},
            "math": {"display": {"block", "inline"}},
            "mo": {"stretchy": _BOOLEAN, "fence": _BOOLEAN, "accent": _BOOLEAN},
            "mover": {"accent": _BOOLEAN},
            "mstyle": {"displaystyle": _BOOLEAN},
            "mtable": {"displaystyle": _BOOLEAN},
        },
        attribute_filter=partial(_wanted, images),
        set_tag_attribute_values={
            "a": {"target": "_blank"},
            "button": {"type": "button"},
            "img": {"loading": "lazy", "referrerpolicy": "no-referrer"},
            "input": {"type": "checkbox", "disabled": ""},
        },
        link_rel="noopener noreferrer nofollow ugc",
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
    )


def _wanted(images: Hosts, tag: str, name: str, value: str) -> str | None:
    if (tag, name) == ("img", "src"):
        return value if is_image(value, images) else None
    wanted = _WANTED.get((tag, name))
    return value if wanted is None or wanted.fullmatch(value) else None
