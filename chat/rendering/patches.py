"""What changes on a page when its Markdown grows.

A message's HTML is added to in pieces, each at the end of an element on the way down the last children: so a patch
needs no name for its target, and what stands before is never touched.
"""

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

_TOKEN = re.compile(r"<(?:[^>\"]|\"[^\"]*\")*>|[^<]+")
_ENDS = re.compile(r"(?:</\w+>)+\Z")
VOID = {"br", "hr", "img", "input"}


class Patch(NamedTuple):
    """At the end of one element: the last `drop` elements in it go, and more HTML comes.

    The element is `depth` steps down the last children of the message's text (0: itself).
    """

    depth: int
    drop: int
    html: str


class Piece(NamedTuple):
    """What one unit adds inside the element `depth` steps down."""

    depth: int
    html: str
    is_final: bool = False  # a block of code that was shown bit by bit, whole and in colours
    rest: str = ""  # of such a block that stays without them: it and what the page doesn't have yet

    @property
    def growing(self) -> str:
        return self.rest or self.html


def difference(old: Sequence[Piece], new: Sequence[Piece]) -> list[Patch]:
    """Return the patches that turn the last pieces of a page, `old`, into `new`, in the order to apply them."""
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    patches = [_dropped(piece) for piece in reversed(old[same + 1 :])]
    if same < len(old):
        patches += _changed(old[same], new[same]) if same < len(new) else [_dropped(old[same])]
        same += 1
    return patches + [_added(piece) for piece in new[same:]]


def _changed(old: Piece, new: Piece) -> list[Patch]:
    if (old.depth, old.is_final) == (new.depth, new.is_final):
        return _grown(new.depth, tokens(old.growing), tokens(new.growing))
    if old.depth == new.depth:
        return [Patch(new.depth, _count(tokens(old.html)), new.html)]
    return [_dropped(old), _added(new)]


def _added(piece: Piece) -> Patch:
    return Patch(piece.depth, 0, piece.html)


def _dropped(piece: Piece) -> Patch:
    return Patch(piece.depth, _count(tokens(piece.html)), "")


def ends_of(html: str) -> list[str]:
    """Return the tags of the elements that `html` ends in, outermost first."""
    ends = _ENDS.search(html)
    return [end[:-1] for end in ends[0].split("</")[:0:-1]] if ends else []


# Inside a piece


def tokens(html: str) -> list[str]:
    """Split well-formed HTML into tags and texts."""
    return _TOKEN.findall(html)


def _grown(depth: int, old: list[str], new: list[str]) -> list[Patch]:
    """Return what turns the one into the other, at as low a place as possible."""
    at = next((place for place, (a, b) in enumerate(zip_longest(old, new)) if a != b), len(old))
    path = _open_elements(new[:at])
    grows = at < min(len(old), len(new)) and _is_text(old[at]) and new[at].startswith(old[at])
    if grows and _only_ends(old, at + 1):
        return _additions(depth + len(path), 0, [new[at][len(old[at]) :], *new[at + 1 :]])
    for level, start in reversed(list(enumerate([*path, at]))):
        if (drop := _droppable(old, start)) is not None:
            return _additions(depth + level, drop, new[start:])
    raise AssertionError("a piece is made of elements")


def _open_elements(some: Sequence[str]) -> list[int]:
    """Return where the elements began that are open after these tokens."""
    path: list[int] = []
    for place, token in enumerate(some):
        if token[0] != "<":
            continue
        if token[1] == "/":
            path.pop()
        elif _name(token) not in VOID:
            path.append(place)
    return path


def _droppable(old: Sequence[str], start: int) -> int | None:
    """Return how many elements stand from `start` to the end of what encloses it; None if more than they would go.

    Texts can't be dropped, and what follows outside must be left alone.
    """
    depth = count = 0
    for place in range(start, len(old)):
        token = old[place]
        if token[:2] == "</":
            if not depth:
                return count if _only_ends(old, place) else None
            depth -= 1
        elif _is_text(token):
            if not depth:
                return None
        else:
            count += not depth
            depth += _name(token) not in VOID
    return count


def _additions(depth: int, drop: int, rest: Sequence[str]) -> list[Patch]:
    """Return what the tokens of `rest` add to an element `depth` steps down, and to those around it that they close."""
    patches: list[Patch] = []
    nested = begin = 0
    for place, token in enumerate([*rest, "</>"]):
        if token[:2] == "</":
            if nested:
                nested -= 1
                continue
            if drop or begin < place:
                patches.append(Patch(depth, drop, "".join(rest[begin:place])))
            depth, drop, begin = depth - 1, 0, place + 1
        elif token[0] == "<" and _name(token) not in VOID:
            nested += 1
    return patches


def _only_ends(some: Sequence[str], start: int) -> bool:
    return all(token[:2] == "</" for token in some[start:])


def _count(some: Sequence[str]) -> int:
    """Return the number of elements that are in no other of these."""
    return _droppable([*some, "</>"], 0) or 0


def _is_text(token: str) -> bool:
    return token[0] != "<"


def _name(tag: str) -> str:
    return tag[1:].split(maxsplit=1)[0].rstrip(">")
