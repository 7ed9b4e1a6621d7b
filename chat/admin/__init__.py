"""Staff review conversations here."""

from chat.admin.conversation import ConversationAdmin
from chat.admin.generation import GenerationAdmin
from chat.admin.legal_hold import LegalHoldAdmin
from chat.admin.message import MessageAdmin
from chat.admin.opening import OpeningAdmin
from chat.admin.persona import PersonaAdmin
from chat.admin.retention_rule import RetentionRuleAdmin
from chat.admin.user import ChatUserAdmin

__all__ = [
    "ChatUserAdmin",
    "ConversationAdmin",
    "GenerationAdmin",
    "LegalHoldAdmin",
    "MessageAdmin",
    "OpeningAdmin",
    "PersonaAdmin",
    "RetentionRuleAdmin",
]
