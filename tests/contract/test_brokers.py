"""What every broker does. Two processes' brokers are two objects here; with `memory` both are one."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from chat.broker import Broker, MemoryBroker, RedisBroker, Wake
from chat.broker.redis import MAX_TEXT
from tests.redis_server import RedisServer

MESSAGE, ANOTHER = uuid.uuid4(), uuid.uuid4()
PATIENCE = 10.0  # seconds


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


class Site:
    """A broker that speaks and one that is listened to."""

    def __init__(self, here: Broker, there: Broker) -> None:
        self.here, self.there = here, there
        self._services: list[asyncio.Task[None]] = []

    def start(self) -> None:
        brokers = {id(broker): broker for broker in (self.here, self.there)}.values()
        for broker in brokers:
            self._services += [asyncio.ensure_future(service()) for service in broker.services().values()]

    async def stop(self) -> None:
        for service in self._services:
            service.cancel()
        await asyncio.gather(*self._services, return_exceptions=True)
        for broker in (self.here, self.there):
            broker.close()
            await broker.disconnect()

    async def told(self, wake: Wake) -> None:
        """Say `wake` here until it is heard there: a wake-up may be lost, above all the first ones."""
        subscription = self.there.subscribe(wake.message_id)
        async with asyncio.timeout(PATIENCE):
            while True:
                self.here.publish(wake)
                if wake in await subscription.take(0.1):
                    break
        subscription.close()


@pytest_asyncio.fixture(params=["memory", "redis"])
async def site(request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    if request.param == "memory":
        broker = MemoryBroker()
        site = Site(broker, broker)
    else:
        url = request.getfixturevalue("redis").url
        site = Site(RedisBroker(url), RedisBroker(url))
    site.start()
    yield site
    await site.stop()


@pytest.fixture
def wake() -> Wake:
    return Wake(MESSAGE, "text", 3, "Grüße \u2028 👋")


async def test_a_wake_up_comes_as_it_was_said(site: Site, wake: Wake) -> None:
    await site.told(wake)


async def test_wake_ups_come_in_order(site: Site, wake: Wake) -> None:
    await site.told(wake)
    subscription = site.there.subscribe(MESSAGE)
    await site.told(Wake(ANOTHER))  # by now the first is heard of, too
    said = [Wake(MESSAGE, "text", number, "x") for number in range(100)]
    for each in said:
        site.here.publish(each)
    heard: list[Wake] = []
    async with asyncio.timeout(PATIENCE):
        while len(heard) < len(said):
            heard += [each for each in await subscription.take(PATIENCE) if each in said]
    assert heard == said


async def test_nobody_hears_of_what_they_do_not_follow(site: Site, wake: Wake) -> None:
    other = site.there.subscribe(ANOTHER)
    await site.told(wake)
    assert set(await other.take(0.1)) <= {Wake(ANOTHER)}  # that one may look, when the connection is new


async def test_whoever_left_hears_nothing_and_is_not_followed(site: Site, wake: Wake) -> None:
    left = site.there.subscribe(MESSAGE)
    assert site.there.followed() == [MESSAGE]
    left.close()
    assert site.there.followed() == []
    await site.told(wake)
    assert await left.take(0) == []


async def test_what_is_delivered_stays_in_the_process(site: Site, wake: Wake) -> None:
    here = site.here.subscribe(MESSAGE)
    site.here.deliver(wake)
    assert await here.take(PATIENCE) == [wake]


async def test_one_who_speaks_hears_it_once(site: Site, wake: Wake) -> None:
    await site.told(wake)
    here = site.here.subscribe(MESSAGE)
    site.here.publish(wake)
    assert await here.take(PATIENCE) == [wake]
    await site.told(Wake(ANOTHER))
    assert wake not in await here.take(0)


async def test_closing_lets_everybody_go(site: Site) -> None:
    subscription = site.there.subscribe(MESSAGE)
    site.there.close()
    async with asyncio.timeout(PATIENCE):
        await subscription.take(3_600)
    assert subscription.closed
    assert site.there.subscribe(MESSAGE).closed


# Redis alone


async def test_a_text_too_long_for_a_hint_is_told_of_by_its_end(redis: RedisServer) -> None:
    site = Site(RedisBroker(redis.url), RedisBroker(redis.url))
    site.start()
    await site.told(Wake(MESSAGE))
    subscription = site.there.subscribe(MESSAGE)
    await site.told(Wake(ANOTHER))
    site.here.publish(Wake(MESSAGE, "text", 5, "x" * (MAX_TEXT + 1)))
    assert (await subscription.take(PATIENCE))[-1] == Wake(MESSAGE, "text", MAX_TEXT + 6, "")
    await site.stop()


async def test_without_redis_nothing_waits_and_nothing_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = RedisBroker("redis://127.0.0.1:1/0")
    site = Site(broker, broker)
    site.start()
    here = broker.subscribe(MESSAGE)
    for number in range(5_000):
        broker.publish(Wake(ANOTHER, "text", number, "x"))
    broker.publish(Wake(MESSAGE))
    assert await here.take(PATIENCE) == [Wake(MESSAGE)]
    assert len(broker._unsaid) <= 2_000
    assert broker.status == "redis: unreachable"
    await site.stop()


async def test_redis_may_die_and_come_back() -> None:
    with RedisServer() as redis:
        site = Site(RedisBroker(redis.url), RedisBroker(redis.url))
        site.start()
        await site.told(Wake(MESSAGE, "text", 1, "before"))
        subscription = site.there.subscribe(MESSAGE)
        redis.kill()
        async with asyncio.timeout(PATIENCE):
            while site.there.status != "redis: unreachable":
                site.here.publish(Wake(MESSAGE, "text", 2, "lost"))
                await asyncio.sleep(0.01)
        redis.start()
        async with asyncio.timeout(2 * PATIENCE):
            while Wake(MESSAGE) not in await subscription.take(PATIENCE):
                pass  # told to look, for something may have been missed
        await site.told(Wake(MESSAGE, "text", 3, "after"))
        assert site.there.status == "redis"
        await site.stop()
