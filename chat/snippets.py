"""What is shown of a text that was found: the words around the first hit, and which of them are hits."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from chat.models.search import Query, Term
from chat.rendering import plain_text
from chat.words import BOUND, SPACED, folded

LENGTH = 160  # characters
BEFORE = 50  # of them before the first hit
AROUND = 400  # characters, out of which Markdown is read

_WORD = re.compile(f"{SPACED}+")  # once: with so many scripts in it, it takes milliseconds


@dataclass(frozen=True)
class Piece:
    text: str
    is_hit: bool = False


class Marker:
    """Finds the terms of one query in texts."""

    def __init__(self, query: Query) -> None:
        self._terms = sorted(query.terms, key=lambda term: -len("".join(term.runs)))  # or a short one hides a long one
        self._pattern = re.compile("|".join(f"({_pattern_of(term)})" for term in self._terms) or r"(?!)")

    def marked(self, text: str) -> list[Piece]:
        """Return a whole text, its hits marked."""
        text = unicodedata.normalize("NFC", text)
        return list(_pieces(text, self._hits(text), 0, len(text)))

    def snippet(self, text: str, *, is_markdown: bool) -> list[Piece]:
        """Return about LENGTH characters around the first hit in `text`, or from its beginning where none is found."""
        text = unicodedata.normalize("NFC", text[:BOUND])
        start = next((start for start, _ in self._hits(text)), 0)
        if is_markdown:
            text = self._read(text, start)
            start = next((start for start, _ in self._hits(text)), 0)
        start, end = _window(text, start)
        pieces = list(_pieces(text, self._hits(text[:end]), start, end))
        return [*[Piece("…")][: start > 0], *pieces, *[Piece("…")][: end < len(text.rstrip())]]

    def _read(self, text: str, start: int) -> str:
        """Return what the text says around `start`, without Markdown's marks, unless it is the marks that were found.
        What they look like depends on the lines before; a few of those will do here."""
        around = text[max(start - AROUND, 0) : start + AROUND]
        plain = " ".join(plain_text(around).split())
        return plain if self._hits_any(plain) or not self._hits_any(around) else around

    def _hits_any(self, text: str) -> bool:
        return next(self._hits(text), None) is not None

    def _hits(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where hits begin and end."""
        if text.isascii():
            yield from self._hits_in(folded(text))
            return
        letters = [_letter(letter) for letter in text]
        ends = list(accumulate(map(len, letters)))
        for start, end in self._hits_in("".join(letters)):
            yield bisect_right(ends, start), bisect_right(ends, end - 1) + 1

    def _hits_in(self, letters: str) -> Iterator[tuple[int, int]]:
        for hit in self._pattern.finditer(letters):
            start, end = hit.span()
            if start and _WORD.fullmatch(letters[start - 1 : start + 1]):
                continue  # in the middle of a word
            word = _WORD.match(letters, end) if _WORD.match(letters[end - 1]) else None
            if word is None:
                yield start, end
            elif self._terms[(hit.lastindex or 1) - 1].is_prefix:
                yield start, word.end()


class _Letters(dict[str, str]):
    def __missing__(self, letter: str) -> str:
        self[letter] = folded(letter)
        return self[letter]


_letter = _Letters().__getitem__


def _pattern_of(term: Term) -> str:
    return " *".join(re.escape(run) for run in term.runs)


def _window(text: str, hit: int) -> tuple[int, int]:
    """Return where a snippet begins and ends: between words, where there are any near."""
    start = max(hit - BEFORE, 0)
    if start and (blank := re.search(r"\s", text[start:hit])):
        start += blank.end()
    end = start + LENGTH
    if end < len(text) and (blank := re.search(r"\s\S*$", text[hit:end])) and blank.start():
        end = hit + blank.start()
    return start, min(end, len(text))


def _pieces(text: str, hits: Iterator[tuple[int, int]], here: int, end: int) -> Iterator[Piece]:
    """Yield the text from `here` to `end`, cut at its hits."""
    for start, stop in hits:
        if start < here or start >= end:
            continue
        if start > here:
            yield Piece(text[here:start])
        here = min(stop, end)
        yield Piece(text[start:here], is_hit=True)
    if here < end:
        yield Piece(text[here:end])
