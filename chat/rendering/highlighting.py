"""Code → HTML, coloured by classes."""

import re
from functools import lru_cache
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

MAX_CODE = 60_000  # characters, 0.2 s; longer code stays in one colour

_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")
_PLAIN = {"", "text", "plain", "plaintext", "txt", "output", "none"}
_formatter = HtmlFormatter(nowrap=True)


def language_of(info: str) -> str:
    """Return the language a fence's info string names, "" for none and for what is no name."""
    name = info.split(maxsplit=1)[0] if info.strip() else ""
    return name if _LANGUAGE.fullmatch(name) else ""


@lru_cache(maxsize=64)
def coloured(code: str, language: str) -> str:
    """Return `code` in spans with Pygments' short class names, or without where its language is not known."""
    lexer = _lexer(language.lower())
    if lexer is None or len(code) > MAX_CODE:
        return escape(code, quote=False)
    return highlight(code, lexer, _formatter).removesuffix("" if code.endswith("\n") else "\n")


@lru_cache(maxsize=200)
def _lexer(language: str) -> Lexer | None:
    if language in _PLAIN:
        return None
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
