"""Wake-ups: hints that a message has grown. They may carry the new text and may be lost; the log is the truth."""

from chat.broker.base import Broker, Service, Subscription, Wake
from chat.broker.memory import MemoryBroker
from chat.broker.redis import RedisBroker

__all__ = ["Broker", "MemoryBroker", "RedisBroker", "Service", "Subscription", "Wake"]
