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
    changed: Sequence[Patch] = _additions(old[same], new[same]) or [Replace(new[same])]
    return [*[Drop()] * (len(old) - same - 1), *changed, *map(Begin, new[same + 1 :])]


def _additions(old: str, new: str) -> list[Extend]:
    """Return what `new` adds to the ends of the elements `old` ends in, innermost first; [] where it does more.

    Both are well-formed. `old` ends in a run of closing tags; what `new` has where the first of them stood is walked
    outwards, level by level: what stands before the closing tag of a level is added to its element.
    """
    closing = _closing_tags(old)
    position = closing[0].start if closing else len(old)
    if not new.startswith(old[:position]):
        return []
    additions = []
    for number, tag in enumerate(closing):
        known = old[closing[number - 1].end : tag.start] if number else ""
        end = _end_of_content(new, position)
        if not new.startswith(known, position) or not new.startswith(f"</{tag.name}>", end):
            return []
        if end > position + len(known):
            additions.append(Extend(len(closing) - number, tag.name, new[position + len(known) : end]))
        position = end + tag.end - tag.start
    known = old[closing[-1].end :] if closing else ""
    if not new.startswith(known, position):
        return []
    if added := new[position + len(known) :]:
        additions.append(Extend(0, "div", added))
    return additions


class _ClosingTag(NamedTuple):
    name: str
    start: int
    end: int


def _closing_tags(html: str) -> list[_ClosingTag]:
    """Return the closing tags, with nothing but line ends between them, that `html` ends with, innermost first."""
    tags: list[_ClosingTag] = []
    end = len(html.rstrip("\n"))
    while end and html[end - 1] == ">":
        start = html.rfind("<", 0, end)
        if html[start + 1] != "/":
            break
        tags.append(_ClosingTag(html[start + 2 : end - 1], start, end))
        end = start
        while end and html[end - 1] == "\n":
            end -= 1
    return tags[::-1]


def _end_of_content(html: str, start: int) -> int:
    """Return where the element whose content holds `start` is closed, or the length of `html`."""
    depth = 0
    for tag in _TAG.finditer(html, start):
        closes, name = tag.groups()
        if name in _VOID:
            continue
        if closes and not depth:
            return tag.start()
        depth += -1 if closes else 1
    return len(html)
