"""The examples of the Markdown specifications, read from packages of Debian 12: their texts are not ours to keep."""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

GFM = Path("/usr/share/doc/cmark-gfm/spec.txt.gz")  # package cmark-gfm; the examples of CommonMark 0.29 among its own
COMMONMARK = Path("/usr/share/gocode/src/github.com/yuin/goldmark/_test/spec.json")  # golang-github-yuin-goldmark-dev
EDITIONS = {GFM: "3b031af3", COMMONMARK: "ae6129f3"}  # in others the examples have other numbers

_EXAMPLE = re.compile(r"^`{32} example.*\n((?:.*\n)*?)\.\n((?:.*\n)*?)`{32}$", re.MULTILINE)
_PATH = re.compile(r"(?<![\w./])/(?=ur[li])")


class Example(NamedTuple):
    number: int
    markdown: str
    html: str


def found() -> bool:
    return all(path.exists() and _edition(path) == edition for path, edition in EDITIONS.items())


def gfm() -> Iterator[Example]:
    for number, (markdown, html) in enumerate(_EXAMPLE.findall(_content(GFM).decode()), 1):
        yield Example(number, _abroad(markdown).replace("→", "\t"), _abroad(html).replace("→", "\t"))


def commonmark() -> Iterator[Example]:
    for entry in json.loads(_content(COMMONMARK)):
        yield Example(entry["example"], _abroad(entry["markdown"]), _abroad(entry["html"]))


def _edition(path: Path) -> str:
    return hashlib.sha256(_content(path)).hexdigest()[:8]


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _abroad(text: str) -> str:
    """Let the links of an example lead to another host, on both sides: those to a path lead nowhere here."""
    return _PATH.sub("https://host/", text)
