"""The files of other programs, recognised by what is in them: one program a module, each with the same two functions.

`recognises(content)` says whether a JSON object is one of its conversations, `read(content)` makes a record of it or
raises Refused. The formats are described where they are read, with where that can be looked up.
"""

from types import ModuleType
from typing import Any

from chat.exchange import native
from chat.exchange.sources import chatgpt, librechat, openwebui

SOURCES: tuple[ModuleType, ...] = (native, chatgpt, openwebui, librechat)


def source_of(content: dict[str, Any]) -> ModuleType | None:
    return next((source for source in SOURCES if source.recognises(content)), None)
