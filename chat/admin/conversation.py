from django.contrib import admin

from chat.admin.deleting import DeletingMixin
from chat.admin.exporting import ExportingMixin
from chat.admin.judging import JudgingMixin
from chat.admin.queueing import QueueingMixin
from chat.admin.reading import ReadingMixin
from chat.admin.records import RecordAdmin
from chat.models import Conversation


@admin.register(Conversation)
class ConversationAdmin(QueueingMixin, ReadingMixin, JudgingMixin, ExportingMixin, DeletingMixin, RecordAdmin):
    """Review: the list is the queue, a page is where a conversation is read and judged."""

    view_on_site = False  # the page is its owner's
