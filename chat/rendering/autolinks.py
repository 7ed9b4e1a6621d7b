"""Bare addresses in text: GFM's extended autolinks."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from chat.rendering.dialect import OPEN_END

_ADDRESS = re.compile(
    rf"""(?P<web> (?: (?<![a-zA-Z]) (?i:https?)://(?=[^\W_]) | (?:(?<![^\s*_~(])) www\.(?=[^\W_]) ) [^\s<{OPEN_END}]+ )
      | (?P<mail> [A-Za-z0-9.+_-]{{1,64}}+ @ [A-Za-z0-9_-]++ (?:\.[A-Za-z0-9_-]+)+ )""",
    re.VERBOSE,
)
_HOST = re.compile(r"(?:\w+://)?(?P<host>[^\W_][\w-]*(?:\.[\w-]+)*)")
_ENTITY = re.compile(r"&[a-zA-Z]+;\Z")
TRAILING = "?!.,:*_~'\")]}、。，！？：；”’»）」"  # noqa: RUF001  # GFM's, and what closes a sentence elsewhere
_OPENING = {")": "(", "]": "[", "}": "{"}


class Address(NamedTuple):
    start: int
    end: int
    href: str


def addresses(text: str) -> Iterator[Address]:
    """Yield the addresses in `text`, with what they link to."""
    if "://" not in text and "www." not in text and "@" not in text:
        return
    for match in _ADDRESS.finditer(text):
        if shown := _mail(match[0]) if match["mail"] else _web(match[0]):
            scheme = "mailto:" if match["mail"] else "http://" if shown.startswith("www.") else ""
            yield Address(match.start(), match.start() + len(shown), scheme + shown)


def _web(url: str) -> str | None:
    """Return it without what belongs to the sentence, None if it is none.

    GFM: no underscore in the last two segments of the domain; after www. there is one more. Unlike GFM, it ends with
    the host where what follows can't follow a host: it would lead nowhere.
    """
    url = _without_trailing(url)
    host = _HOST.match(url)
    if host is None or any("_" in segment for segment in host["host"].split(".")[-2:]):
        return None
    return url if url[host.end() : host.end() + 1] in ("", *"/?#:@") else host[0]


def _mail(address: str) -> str | None:
    return address if address[-1].isalpha() and "." in address.partition("@")[2] else None


def _without_trailing(url: str) -> str:
    """Leave out the punctuation of the sentence around."""
    while url and url[-1] in TRAILING + ";":
        entity = _ENTITY.search(url)
        opening = _OPENING.get(url[-1])
        if opening and url.count(url[-1]) <= url.count(opening):
            break
        url = url[: entity.start()] if entity else url[:-1]
    return url
