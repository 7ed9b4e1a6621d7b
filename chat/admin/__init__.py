"""Staff review conversations here."""

from chat.admin.announcement import AnnouncementAdmin
from chat.admin.conversation import ConversationAdmin
from chat.admin.feedback import FeedbackAdmin
from chat.admin.generation import GenerationAdmin
from chat.admin.message import MessageAdmin
from chat.admin.persona import PersonaAdmin
from chat.admin.user import ChatUserAdmin

__all__ = [
    "AnnouncementAdmin",
    "ChatUserAdmin",
    "ConversationAdmin",
    "FeedbackAdmin",
    "GenerationAdmin",
    "MessageAdmin",
    "PersonaAdmin",
]
