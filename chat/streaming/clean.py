"""The one door every delta passes before anything counts its characters."""

import re

_LONE_SURROGATE = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")
_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_NEEDS_WORK = re.compile("[\r\0\ufeff\ud800-\udfff]")


class Cleaner:
    """Makes text that both databases take and that every reader counts alike.

    CRLF and lone CR become LF; NUL and lone surrogates become U+FFFD; byte order marks go. A trailing CR or high
    surrogate waits for the next delta, which may hold its other half.
    """

    def __init__(self) -> None:
        self._waiting = ""

    def feed(self, text: str) -> str:
        text = self._waiting + text
        self._waiting = ""
        if not _NEEDS_WORK.search(text):
            return text
        if text[-1] == "\r" or "\ud800" <= text[-1] <= "\udbff":
            text, self._waiting = text[:-1], text[-1]
        return clean(text)

    def finish(self) -> str:
        """Return what was waiting."""
        text, self._waiting = clean(self._waiting), ""
        return text


def clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").replace("\ufeff", "")
    text = _LONE_SURROGATE.sub("\ufffd", text)
    return _HALVES.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
