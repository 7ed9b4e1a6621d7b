"""Wake-ups: hints that a message has grown. They may carry the new text and may be lost; the log is the truth."""

from chat.broker.base import Broker, Service, Subscription, Wake
from chat.broker.memory import MemoryBroker

__all__ = ["Broker", "MemoryBroker", "Service", "Subscription", "Wake"]
