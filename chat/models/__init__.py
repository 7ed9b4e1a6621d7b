"""What is kept: one noun a file, its QuerySet beside it."""

from chat.models.chunk import Chunk
from chat.models.conversation import TITLE_LENGTH, Conversation, Turn
from chat.models.generation import Ending, Generation, TakenOver
from chat.models.message import Message
from chat.models.persona import Persona
from chat.models.search import SearchEntry
from chat.models.share import Share
from chat.models.timeline import Timeline
from chat.models.user import User

__all__ = [
    "TITLE_LENGTH",
    "Chunk",
    "Conversation",
    "Ending",
    "Generation",
    "Message",
    "Persona",
    "SearchEntry",
    "Share",
    "TakenOver",
    "Timeline",
    "Turn",
    "User",
]
