"""What a text says, word by word, as search knows it: texts and what people look for go through the same door."""

import re
import unicodedata

LONGEST = 64  # characters of a word; more is no word, and PostgreSQL takes none of 2 kB
BOUND = 100_000
"""Characters of a text that can be found: PostgreSQL takes no more than 1 MB of words for one entry, and an answer that
can't be indexed could not be stored."""

# Scripts that set no blanks between words: Thai, Lao, Burmese, Hangul, Khmer, kana, bopomofo, Han.
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u318f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
DENSE = f"[{_DENSE}]"
SPACED = f"[^ {_DENSE}]"
_IS_DENSE = re.compile(DENSE).match
_RUN = re.compile(f"{DENSE}+|{SPACED}+")
_VOICED = "\u3099\u309a"  # marks that make another kana, not another writing of the same


class _Letters(dict[int, str]):
    """What remains of each character: letters, digits, and the signs without which a script can't be read."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        kind = unicodedata.category(letter)
        is_accent = kind == "Me" or (kind == "Mn" and unicodedata.combining(letter) and letter not in _VOICED)
        if kind == "Cf" or is_accent or "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef":
            self[code] = ""
        else:
            self[code] = letter if kind[0] in "LNM" else " "
        return self[code]


_LETTERS = _Letters()


def folded(text: str) -> str:
    """Return the letters of a text without capitals, accents and other ways to write the same; a blank for the rest."""
    if text.isascii():
        return text.lower().translate(_LETTERS)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", text.translate(_LETTERS))


def runs(text: str) -> list[str]:
    """Return its words; of a script without blanks, what stands together."""
    return _RUN.findall(folded(text))


def is_dense(run: str) -> bool:
    return _IS_DENSE(run) is not None


def words_of(runs: list[str]) -> list[str]:
    """Return what is indexed: each word, and each two characters that stand side by side where nothing parts words.

    A run of such characters is then a phrase of pairs, whatever its length, and two characters are one word; three at
    a time, as trigram indexes have them, would not find a word of two, and most words of Chinese are. The last one
    stands alone too, so that every character begins a word.
    """
    words: list[str] = []
    for run in runs:
        if is_dense(run):
            words += [run[place : place + 2] for place in range(len(run))]
        else:
            words.append(run[:LONGEST])
    return words


def indexed(text: str) -> str:
    return " ".join(words_of(runs(text[:BOUND])))[:BOUND]
