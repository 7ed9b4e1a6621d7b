"""Personal data taken out of a text: e-mail addresses, card numbers, telephone numbers, and names somebody gave.

Each kind is looked for in what the kinds before it have left. Every look takes time in proportion to the text, whatever
stands in it: a text may have been written to be slow.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, groupby

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import luhn

Span = tuple[int, int]
Finder = Callable[[str], Iterator[Span]]

KINDS = ("email", "card", "phone", "name")


def _is_mark(character: str) -> bool:
    """Whether it belongs to the letter that it follows: an accent, a vowel sign."""
    return unicodedata.category(character) in {"Mn", "Mc"}


def _all_marks() -> str:
    """Return what stands for any mark within brackets of a pattern: re knows no categories, and \\w has no marks."""
    codes = [code for code in (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0)) if _is_mark(chr(code))]
    rows = [[code for _, code in row] for _, row in groupby(enumerate(codes), lambda each: each[1] - each[0])]
    return "".join(f"{chr(row[0])}-{chr(row[-1])}" for row in rows)


MARKS = _all_marks()

AT = re.compile("@|\uff20|%40|&#64;")
LONGEST_LOCAL = 64
LONGEST_DOMAIN = 255
IN_LOCAL = frozenset("!#$%&'*+-/=?^_`{|}~.")
DOMAIN = re.compile(rf"(?:[^\W_][\w{MARKS}-]{{0,62}}\.)+[^\W\d_][\w{MARKS}-]{{1,62}}")
WITHOUT_BLANKS = re.compile(  # scripts whose words stand side by side: a text goes on where an address has ended
    "[\u0e00-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\ua980-\ua9ff\uaa60-\uaadf"  # Thai to Javanese
    "\u2e80-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"  # Han, kana, bopomofo
    "\U0001aff0-\U0001b16f\U00020000-\U0003ffff]"
)

DIGITS = re.compile(r"\d+(?:[ .\-\u00a0\u2009\u202f\u2010-\u2015]{1,2}\d+)*")
GROUP = re.compile(r"\d+")
CARD_LENGTHS = range(19, 12, -1)

WINDOW = 10_000  # characters in which telephone numbers are looked for at a time
LONGEST_PHONE = 300

WORD = re.compile(rf"[^\W_]+(?:[{MARKS}]+[^\W_]*)*")
BETWEEN_WORDS = re.compile(rf"(?:[^\w{MARKS}]|_){{1,3}}")
LONGEST_WORD = 250  # characters that are compared: to put many marks in order takes the square of their number
UNWRITTEN = re.compile(  # marks that may be left out: points of Hebrew and Arabic, and those that choose a glyph
    "[\u0591-\u05c7\ufb1e\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0897-\u089f\u08ca-\u08ff"
    "\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)


class Untouched:
    """Leaves every text as it is."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __call__(self, text: str) -> str:
        return text


class Redactor(Untouched):
    """Puts a mark such as "[email]" for what it finds, and counts."""

    def __init__(self, names: Iterable[str] = (), region: str = "US") -> None:
        super().__init__()
        finders = (emails, cards, phones_of(region), names_of(names))
        self._finders: dict[str, Finder] = dict(zip(KINDS, finders, strict=True))

    def __call__(self, text: str) -> str:
        pieces = [(text, False)]
        for kind, find in self._finders.items():
            pieces = [part for piece in pieces for part in self._parted(*piece, kind, find)]
        return "".join(piece for piece, _ in pieces)

    def _parted(self, text: str, is_mark: bool, kind: str, find: Finder) -> Iterator[tuple[str, bool]]:
        """Yield what is left of a piece, and marks; in a mark nothing is looked for."""
        if is_mark:
            yield text, True
            return
        end = 0
        for start, stop in find(text):
            yield text[end:start], False
            yield f"[{kind}]", True
            self.counts[kind] += 1
            end = stop
        yield text[end:], False


def emails(text: str) -> Iterator[Span]:
    end = 0
    for at in AT.finditer(text):
        start = _start_of_local(text, at.start(), max(end, at.start() - LONGEST_LOCAL))
        stop = _end_of_domain(text, at.end())
        if start < at.start() and stop:
            end = stop
            yield start, end


def _start_of_local(text: str, at: int, earliest: int) -> int:
    """Return where what stands before an @ begins; marks that only stand around it don't belong to it."""
    start = at
    is_plain = text[at - 1 : at].isascii()
    while start > earliest and _is_local(text[start - 1]) and not (is_plain and WITHOUT_BLANKS.match(text, start - 1)):
        start -= 1
    while start < at and not text[start].isalnum():
        start += 1
    return start


def _is_local(character: str) -> bool:
    return character.isalnum() or character in IN_LOCAL or _is_mark(character)


def _end_of_domain(text: str, start: int) -> int | None:
    """Return where the domain behind an @ ends: one that begins in ASCII where a script without blanks begins, if it
    is whole there."""
    domain = DOMAIN.match(text, start, start + LONGEST_DOMAIN)
    if domain and text[start].isascii() and (other := WITHOUT_BLANKS.search(text, start, domain.end())):
        domain = DOMAIN.match(text, start, other.start()) or domain
    return domain.end() if domain else None


def cards(text: str) -> Iterator[Span]:
    """Yield 13 to 19 digits, in groups or not, whose check digit is right. No group is cut."""
    for run in DIGITS.finditer(text):
        yield from _cards_in(run[0], run.start())


def _cards_in(run: str, offset: int) -> Iterator[Span]:
    digits = [int(character) for character in run if character.isdecimal()]
    if len(digits) < CARD_LENGTHS[-1]:
        return
    check = _Check(digits)
    begins: dict[int, int] = {}  # how many digits stand before a group, and where in the text it begins
    ends: dict[int, int] = {}
    count = 0
    for group in GROUP.finditer(run):
        begins[count] = group.start()
        count += group.end() - group.start()
        ends[count] = group.end()
    done = 0
    for first, start in begins.items():
        if first < done:
            continue
        for length in CARD_LENGTHS:
            last = first + length
            if last in ends and check.is_right(first, last):
                yield offset + start, offset + ends[last]
                done = last
                break


class _Check:
    """The check digit of any part of a row of digits, at a look: the sums are made once."""

    def __init__(self, digits: list[int]) -> None:
        self._digits = digits
        doubled = [2 * digit - 9 * (digit > 4) for digit in digits]
        odd = [doubled[i] if i % 2 else digit for i, digit in enumerate(digits)]
        even = [digit if i % 2 else doubled[i] for i, digit in enumerate(digits)]
        self._sums = [list(accumulate(each, initial=0)) for each in (odd, even)]

    def is_right(self, first: int, last: int) -> bool:
        sums = self._sums[(last - 1) % 2]  # in which the last digit counts once
        if (sums[last] - sums[first]) % 10:
            return False
        number = "".join(map(str, self._digits[first:last]))
        return len(set(number)) > 1 and bool(luhn.is_valid(number))  # a row of zeros is no card


def phones_of(region: str) -> Finder:
    """Return what finds numbers that can be called: those of a region as it writes them, others with + and country."""

    def phones(text: str) -> Iterator[Span]:
        start = 0
        while start < len(text):
            window = text[start : start + WINDOW + LONGEST_PHONE]
            after = start + WINDOW
            matches = PhoneNumberMatcher(window, region, leniency=Leniency.VALID, max_tries=len(window))
            for match in matches:
                if match.start >= WINDOW:
                    break
                yield start + match.start, start + match.end
                after = max(after, start + match.end)
            start = after

    return phones


def names_of(names: Iterable[str]) -> Finder:
    """Return what finds these names: whole words, in any case, the longest first. "_" and "-" part words as a blank;
    marks belong to the word that they follow."""
    known: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for name in names:
        if words := tuple(_plain(word) for word in WORD.findall(name)):
            known[words[0]].add(words)
    by_first = {first: sorted(those, key=len, reverse=True) for first, those in known.items()}

    def find(text: str) -> Iterator[Span]:
        if not by_first:
            return
        end = 0
        for word in WORD.finditer(text):
            if word.start() < end:
                continue
            for name in by_first.get(_plain(word[0]), ()):
                if stop := _end_of(name[1:], text, word.end()):
                    yield word.start(), stop
                    end = stop
                    break

    return find


def _end_of(rest: Iterable[str], text: str, end: int) -> int | None:
    """Return where a name ends of which the first word ends at `end`; None where another word follows than its next."""
    for wanted in rest:
        between = BETWEEN_WORDS.match(text, end)
        word = WORD.match(text, between.end()) if between else None
        if word is None or _plain(word[0]) != wanted:
            return None
        end = word.end()
    return end


def _plain(word: str) -> str:
    return UNWRITTEN.sub("", unicodedata.normalize("NFKC", word[:LONGEST_WORD])).casefold()
