"""What changes on a page when its Markdown grows.

A message's HTML is a list of blocks, each in an element of its own. Every patch acts on the last of them, so a
patch needs no name for its target, and blocks before it are never touched.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_TAG = re.compile(r"<(/?)(\w+)[^>]*>")
_VOID = {"br", "hr", "input"}


class Begin(NamedTuple):
    """A new last block."""

    html: str


class Extend(NamedTuple):
    """More HTML at the end of an element: `depth` steps down the last children of the last block (0: the block).

    `tag` is that element's, which the HTML must be parsed inside of.
    """

    depth: int
    tag: str
    html: str


class Replace(NamedTuple):
    """Other HTML in the last block."""

    html: str


class Drop(NamedTuple):
    """The last block goes."""


Patch = Begin | Extend | Replace | Drop


def difference(old: Sequence[str], new: Sequence[str]) -> list[Patch]:
    """Return the patches that turn the blocks `old` into `new`, in the order to apply them."""
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    if same == len(old):
        return [Begin(html) for html in new[same:]]
    if same == len(new):
        return [Drop()] * (len(old) - same)
    changed = _extended(old[same], new[same]) or Replace(new[same])
    return [*[Drop()] * (len(old) - same - 1), changed, *map(Begin, new[same + 1 :])]


def _extended(old: str, new: str) -> Extend | None:
    """Return how `new` adds to the end of some element of `old`, the innermost that fits; None where it does more."""
    closing = _closing_tags(old)
    for index, (start, tag) in enumerate(closing):
        if new.startswith(old[:start]) and new.endswith(old[start:]) and len(new) >= len(old):
            added = new[start : start + len(new) - len(old)]
            if _is_balanced(added):
                return Extend(len(closing) - index, tag, added)
    if new.startswith(old) and _is_balanced(new[len(old) :]):
        return Extend(0, "div", new[len(old) :])
    return None


def _closing_tags(html: str) -> list[tuple[int, str]]:
    """Return (position, name) of the closing tags `html` ends with, innermost first."""
    tags: list[tuple[int, str]] = []
    end = len(html.rstrip("\n"))
    while end and html[end - 1] == ">":
        start = html.rfind("<", 0, end)
        if html[start + 1] != "/":
            break
        tags.append((start, html[start + 2 : end - 1]))
        end = start
        while end and html[end - 1] == "\n":
            end -= 1
    return tags[::-1]


def _is_balanced(html: str) -> bool:
    depth = 0
    for closes, tag in _TAG.findall(html):
        if tag in _VOID:
            continue
        depth += -1 if closes else 1
        if depth < 0:
            return False
    return depth == 0
