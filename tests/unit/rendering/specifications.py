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
# Their MD5 sums: in other editions the examples have other numbers.
EDITIONS = {GFM: "a6545496f0f0ac49ddaa0e1f4c95f791", COMMONMARK: "1b584985f6b909a8280526d5fbc120ef"}

_EXAMPLE = re.compile(r"^`{32} example.*\n((?:.*\n)*?)\.\n((?:.*\n)*?)`{32}$", re.MULTILINE)
_PATH = re.compile(r"(?<![\w./])/(?=ur[li])")
_SHOWN_PATH = re.compile(r'(?<!")/ur[li]')


class Example(NamedTuple):
    number: int
    markdown: str
    html: str


def installed() -> bool:
    return all(path.exists() for path in EDITIONS)


def found() -> bool:
    """Whether they are installed in the editions whose examples are known here."""
    return installed() and all(hashlib.md5(path.read_bytes()).hexdigest() == md5 for path, md5 in EDITIONS.items())


def gfm() -> Iterator[Example]:
    text = gzip.decompress(GFM.read_bytes()).decode().replace("→", "\t")
    for number, (markdown, html) in enumerate(_EXAMPLE.findall(text), 1):
        yield _abroad(Example(number, markdown, html))


def commonmark() -> Iterator[Example]:
    for entry in json.loads(COMMONMARK.read_bytes()):
        yield _abroad(Example(entry["example"], entry["markdown"], entry["html"]))


def _abroad(example: Example) -> Example:
    """Let the links of an example lead to another host, on both sides: those to a path lead nowhere here."""
    if _SHOWN_PATH.search(example.html):
        return example  # where the path is text, an address would be a link
    number, markdown, html = example
    return Example(number, _PATH.sub("https://host/", markdown), _PATH.sub("https://host/", html))
