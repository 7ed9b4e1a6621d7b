"""The broker this site uses, made from its settings."""

from django.conf import settings

from chat.broker import Broker, MemoryBroker


def new_broker() -> Broker:
    """Return a broker that still needs its services to run. Raises ValueError for a REDIS_URL nobody can read."""
    if not settings.REDIS_URL:
        return MemoryBroker()
    from chat.broker.redis import RedisBroker  # a tenth of a second that a site without Redis needn't spend

    return RedisBroker(settings.REDIS_URL)
