"""The files a conversation can be had as."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo

from django.utils.text import slugify

from chat.exchange.markdown import to_markdown
from chat.exchange.native import to_json
from chat.exchange.reading import record_of
from chat.exchange.webpage import to_html
from chat.models import Conversation

LONGEST_NAME = 60  # characters of a title in a file's name


@dataclass(frozen=True)
class Format:
    ending: str
    type: str
    written: Callable[[Conversation, tzinfo], str]


def _as_json(conversation: Conversation, zone: tzinfo) -> str:
    return to_json(record_of(conversation))


FORMATS = {
    "markdown": Format("md", "text/markdown; charset=utf-8", to_markdown),
    "json": Format("json", "application/json", _as_json),
    "html": Format("html", "text/html; charset=utf-8", to_html),
}


def stem(conversation: Conversation) -> str:
    """Return a file's name without its ending: letters, digits and hyphens of any language, so of any system."""
    return slugify(conversation.title, allow_unicode=True)[:LONGEST_NAME].strip("-_") or "chat"
