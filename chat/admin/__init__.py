"""Staff review conversations here."""

from chat.admin.conversation import ConversationAdmin
from chat.admin.generation import GenerationAdmin
from chat.admin.message import MessageAdmin
from chat.admin.persona import PersonaAdmin
from chat.admin.sample import SampleAdmin
from chat.admin.user import ChatUserAdmin
from chat.admin.views import SavedViewAdmin

__all__ = [
    "ChatUserAdmin",
    "ConversationAdmin",
    "GenerationAdmin",
    "MessageAdmin",
    "PersonaAdmin",
    "SampleAdmin",
    "SavedViewAdmin",
]
