"""A conversation as Markdown: the branch that is shown, every text as it is."""

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo

from django.utils.formats import date_format

from chat.models import Conversation, Message
from chat.pictures import Picture, pictures_of

# Who said what stands in bold between rules, not in headings: the texts have their own, of every level.

_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
UNFINISHED = "Still being written when this was saved."


def to_markdown(conversation: Conversation, zone: tzinfo) -> str:
    return "\n\n".join(_parts(conversation, zone)) + "\n"


def _parts(conversation: Conversation, zone: tzinfo) -> Iterator[str]:
    yield f"# {_MARKS.sub(_escaped, ' '.join(conversation.title.split()))}"
    yield f"From ChatStream. Begun {moment(conversation.created, zone)}, all times {zone}."
    for picture in pictures_of(conversation.thread()):
        yield "---"
        yield f"**{speaker(picture.message)}** · {moment(picture.message.created, zone)}"
        if picture.text.strip():
            yield _closed(picture.text.strip("\n"))
        if ending := outcome(picture):
            yield f"*{_MARKS.sub(_escaped, ending)}*"


def _escaped(mark: re.Match[str]) -> str:
    return f"\\{mark[0]}"


def moment(when: datetime, zone: tzinfo) -> str:
    return date_format(when.astimezone(zone), "j F Y, H:i")


def speaker(message: Message) -> str:
    if message.role == Message.Role.USER:
        return "You"
    model = message.generation.model if message.generation else ""
    return f"Answer, {' '.join(_MARKS.sub(_escaped, model).split())}" if model else "Answer"


def outcome(picture: Picture) -> str:
    """How an answer ended, where that is worth a word."""
    if picture.is_live:
        return UNFINISHED
    return picture.message.generation.outcome if picture.message.generation else ""


def _closed(text: str) -> str:
    """Close the block of code that a text breaks off in, lest it swallow what follows."""
    fence = ""
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if not found:
            continue
        mark, rest = found[1], found[2]
        if not fence:
            fence = mark if mark[0] == "~" or "`" not in rest else ""
        elif mark.startswith(fence) and not rest.strip():
            fence = ""
    return f"{text}\n{fence}" if fence else text
