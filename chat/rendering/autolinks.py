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
_ENTITY = re.compile(r"&[a-zA-Z]+;")
_LONGEST_ENTITY = 34  # characters
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
    """Leave out the punctuation of the sentence around. Takes time linear in the length: counts are kept."""
    spare = {closing: url.count(closing) - url.count(opening) for closing, opening in _OPENING.items()}
    end = len(url)
    while end and url[end - 1] in TRAILING + ";":
        last = url[end - 1]
        if last in spare and spare[last] <= 0:
            break
        entity = _entity_before(url, end) if last == ";" else None
        if last in spare:
            spare[last] -= 1
        end = end - 1 if entity is None else entity
    return url[:end]


def _entity_before(url: str, end: int) -> int | None:
    """Return where the entity begins that ends at `end`."""
    start = url.rfind("&", max(end - _LONGEST_ENTITY, 0), end)
    return start if start >= 0 and _ENTITY.fullmatch(url, start, end) else None
