"""Wake-ups within one process. Readers in other processes see the log through their slow poll."""

from collections import defaultdict
from uuid import UUID

from chat.broker.base import Broker, Subscription, Wake


class MemoryBroker(Broker):
    name = "memory"

    def __init__(self) -> None:
        self._subscriptions: defaultdict[UUID, set[Subscription]] = defaultdict(set)
        self._closed = False

    def publish(self, wake: Wake) -> None:
        self.deliver(wake)

    def deliver(self, wake: Wake) -> None:
        for subscription in tuple(self._subscriptions.get(wake.message_id, ())):
            subscription.put(wake)

    def followed(self) -> list[UUID]:
        return list(self._subscriptions)

    def subscribe(self, message_id: UUID) -> Subscription:
        subscription = Subscription(self, message_id)
        self._subscriptions[message_id].add(subscription)
        if self._closed:
            subscription.close()
        return subscription

    def forget(self, subscription: Subscription) -> None:
        readers = self._subscriptions.get(subscription.message_id)
        if readers is None:
            return
        readers.discard(subscription)
        if not readers:
            del self._subscriptions[subscription.message_id]

    def close(self) -> None:
        self._closed = True
        for readers in list(self._subscriptions.values()):
            for subscription in list(readers):
                subscription.close()
