"""What is kept: one noun a file, its QuerySet beside it."""

from chat.models.announcement import Announcement
from chat.models.assignment import Assignment
from chat.models.change import Change
from chat.models.chunk import Chunk
from chat.models.conversation import TITLE_LENGTH, Conversation, Turn
from chat.models.correction import Correction
from chat.models.daily_use import DailyUse
from chat.models.feedback import Feedback
from chat.models.figures import Day, Spread, Tally
from chat.models.flag import Flag
from chat.models.generation import Ending, Generation, TakenOver
from chat.models.keeping import guard
from chat.models.message import Message
from chat.models.note import Mention, Note
from chat.models.opening import Opening
from chat.models.persona import Persona
from chat.models.quota import Quota
from chat.models.retention import LegalHold, RetentionRule
from chat.models.rubric import Criterion, Rubric
from chat.models.sample import Sample
from chat.models.saved_view import SavedView
from chat.models.search import SearchEntry
from chat.models.share import Share
from chat.models.timeline import Timeline
from chat.models.user import User
from chat.models.verdict import Mark, Verdict
from chat.models.withdrawn_model import WithdrawnModel

guard(Conversation, User)

__all__ = [
    "TITLE_LENGTH",
    "Announcement",
    "Assignment",
    "Change",
    "Chunk",
    "Conversation",
    "Correction",
    "Criterion",
    "DailyUse",
    "Day",
    "Ending",
    "Feedback",
    "Flag",
    "Generation",
    "LegalHold",
    "Mark",
    "Mention",
    "Message",
    "Note",
    "Opening",
    "Persona",
    "Quota",
    "RetentionRule",
    "Rubric",
    "Sample",
    "SavedView",
    "SearchEntry",
    "Share",
    "Spread",
    "TakenOver",
    "Tally",
    "Timeline",
    "Turn",
    "User",
    "Verdict",
    "WithdrawnModel",
]
