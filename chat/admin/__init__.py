"""Staff review conversations here."""

from chat.admin.announcement import AnnouncementAdmin
from chat.admin.conversation import ConversationAdmin
from chat.admin.feedback import FeedbackAdmin
from chat.admin.generation import GenerationAdmin
from chat.admin.legal_hold import LegalHoldAdmin
from chat.admin.message import MessageAdmin
from chat.admin.opening import OpeningAdmin
from chat.admin.persona import PersonaAdmin
from chat.admin.quota import QuotaAdmin
from chat.admin.retention_rule import RetentionRuleAdmin
from chat.admin.rubric import RubricAdmin
from chat.admin.said import ChangeAdmin, CorrectionAdmin, FlagAdmin, NoteAdmin, VerdictAdmin
from chat.admin.sample import SampleAdmin
from chat.admin.user import ChatUserAdmin
from chat.admin.views import SavedViewAdmin
from chat.admin.withdrawn_model import WithdrawnModelAdmin

__all__ = [
    "AnnouncementAdmin",
    "ChangeAdmin",
    "ChatUserAdmin",
    "ConversationAdmin",
    "CorrectionAdmin",
    "FeedbackAdmin",
    "FlagAdmin",
    "GenerationAdmin",
    "LegalHoldAdmin",
    "MessageAdmin",
    "NoteAdmin",
    "OpeningAdmin",
    "PersonaAdmin",
    "QuotaAdmin",
    "RetentionRuleAdmin",
    "RubricAdmin",
    "SampleAdmin",
    "SavedViewAdmin",
    "VerdictAdmin",
    "WithdrawnModelAdmin",
]
