"""Models behind OpenAI-compatible endpoints, as a stream of deltas. Imports no Django."""

from chat.llm.catalog import Catalog
from chat.llm.deltas import Delta, Finish, Part, Usage
from chat.llm.embedded import EmbeddedModel
from chat.llm.endpoint import Endpoint
from chat.llm.errors import Cut, ModelError, TimedOut, TooLong
from chat.llm.prompt import Prompt, Said, messages_for
from chat.llm.tokens import Fitted
from chat.llm.windows import Windows

__all__ = [
    "Catalog",
    "Cut",
    "Delta",
    "EmbeddedModel",
    "Endpoint",
    "Finish",
    "Fitted",
    "ModelError",
    "Part",
    "Prompt",
    "Said",
    "TimedOut",
    "TooLong",
    "Usage",
    "Windows",
    "messages_for",
]
