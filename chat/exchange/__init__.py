"""Conversations leave as files and come back from files, ours and other programs'. Knows no views.

A record (records.py) stands between the rows and every format: reading.py makes one of a conversation, making.py a
conversation of one.
"""

from chat.exchange.making import make
from chat.exchange.reading import record_of
from chat.exchange.records import ConversationRecord, GenerationRecord, MessageRecord

__all__ = ["ConversationRecord", "GenerationRecord", "MessageRecord", "make", "record_of"]
