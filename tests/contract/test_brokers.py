"""What every broker does, within a process and between two; and what only one that may lose its Redis has to do."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from unittest.mock import Mock

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from chat.broker import Broker, MemoryBroker, Subscription, Wake
from chat.broker import redis as redis_broker
from chat.broker.base import MAX_WAITING
from chat.broker.redis import QUIET_SECONDS, RedisBroker, decode, encode
from tests.redis_server import RedisServer

PATIENCE = 10.0  # seconds
SOON = QUIET_SECONDS / 2  # before the listener would look by itself
MESSAGE = uuid.UUID(int=1)
ANOTHER = uuid.UUID(int=2)
LOOK = Wake(MESSAGE)


class Ends:
    """Where a wake-up is published, and where its readers are: one broker, or those of two processes."""

    def __init__(self, here: Broker, there: Broker) -> None:
        self.here = here
        self.there = there

    async def reader(self, message_id: uuid.UUID = MESSAGE) -> Subscription:
        """Return a subscription that misses nothing from now on: where Redis had to be asked, it has confirmed."""
        is_known = not isinstance(self.there, RedisBroker) or message_id in self.there._subscribed
        subscription = self.there.subscribe(message_id)
        if not is_known:
            assert await subscription.take(SOON) == [Wake(message_id)]
        return subscription


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_broker, "SHORTEST_PAUSE", 0.01)
    monkeypatch.setattr(redis_broker, "LONGEST_PAUSE", 0.02)


@asynccontextmanager
async def at_work(broker: Broker) -> AsyncIterator[Broker]:
    """Run the broker's services, as the runner does."""
    tasks = [asyncio.ensure_future(service()) for service in broker.services().values()]
    try:
        yield broker
    finally:
        for task in tasks:
            task.cancel()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() for task in tasks)
        await broker.disconnect()


@asynccontextmanager
async def two_processes(redis: RedisServer) -> AsyncIterator[Ends]:
    async with at_work(RedisBroker(redis.url)) as here, at_work(RedisBroker(redis.url)) as there:
        await until(lambda: here.status == there.status == "redis")
        yield Ends(here, there)


@pytest_asyncio.fixture(params=["memory", "one Redis broker", "two Redis brokers"])
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[Ends]:
    if request.param == "memory":
        yield Ends(broker := MemoryBroker(), broker)
        return
    async with two_processes(request.getfixturevalue("redis")) as ends:
        yield ends if request.param == "two Redis brokers" else Ends(ends.here, ends.here)


@pytest_asyncio.fixture
async def apart(redis: RedisServer) -> AsyncIterator[Ends]:
    """Two processes, with a Redis that the test may harm."""
    async with two_processes(redis) as ends:
        yield ends


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


async def taken(subscription: Subscription, count: int = 1) -> list[Wake]:
    wakes: list[Wake] = []
    async with asyncio.timeout(PATIENCE):
        while len(wakes) < count:
            wakes += await subscription.take(PATIENCE)
    return wakes


# Every broker


async def test_wake_ups_arrive_whole_and_in_order(ends: Ends) -> None:
    wakes = [Wake(MESSAGE, "text", 0, "a b\n"), Wake(MESSAGE, "reasoning", 7, " é\U0001f642\0 "), Wake(MESSAGE)]
    with await ends.reader() as reader:
        for wake in wakes:
            ends.here.publish(wake)
        assert await taken(reader, 3) == wakes


async def test_each_reader_is_told_once(ends: Ends) -> None:
    with await ends.reader() as one, ends.there.subscribe(MESSAGE) as two:
        for number in range(3):
            ends.here.publish(Wake(MESSAGE, "text", number, "x"))
        for reader in (one, two):
            assert [wake.offset for wake in await taken(reader, 3)] == [0, 1, 2]
        ends.here.publish(Wake(MESSAGE))  # whatever came twice would have come before this
        assert await taken(one) == await taken(two) == [Wake(MESSAGE)]


async def test_nobody_is_told_of_another_message(ends: Ends) -> None:
    with await ends.reader() as reader, await ends.reader(ANOTHER) as other:
        ends.here.publish(Wake(ANOTHER, "text", 0, "x"))
        ends.here.publish(Wake(MESSAGE, "text", 0, "y"))
        assert [wake.text for wake in await taken(reader)] == ["y"]
        assert [wake.text for wake in await taken(other)] == ["x"]


async def test_one_who_left_hears_nothing_and_the_others_go_on(ends: Ends) -> None:
    with await ends.reader() as reader:
        with ends.there.subscribe(MESSAGE) as leaver:
            pass
        ends.here.publish(Wake(MESSAGE, "text", 0, "x"))
        assert len(await taken(reader)) == 1
    assert leaver.closed
    assert await leaver.take(PATIENCE) == []


async def test_one_who_comes_back_is_told_again(ends: Ends) -> None:
    for number in range(3):
        with await ends.reader() as reader:
            ends.here.publish(Wake(MESSAGE, "text", number, "x"))
            assert [wake.offset for wake in await taken(reader)] == [number]


async def test_a_reader_who_takes_nothing_is_sent_to_the_log(ends: Ends) -> None:
    with await ends.reader() as idle, await ends.reader(ANOTHER) as witness:
        for number in range(MAX_WAITING + 1):
            ends.here.publish(Wake(MESSAGE, "text", number, "x"))
        ends.here.publish(Wake(ANOTHER))
        assert await taken(witness) == [Wake(ANOTHER)]
        assert await idle.take(PATIENCE) == [LOOK]


async def test_a_closed_broker_lets_every_reader_go(ends: Ends) -> None:
    reader = await ends.reader()
    ends.there.close()
    assert reader.closed
    assert await reader.take(PATIENCE) == []
    assert ends.there.subscribe(MESSAGE).closed


async def test_its_own_readers_are_told_at_once(ends: Ends) -> None:
    with ends.here.subscribe(MESSAGE) as reader:
        ends.here.publish(Wake(MESSAGE, "text", 0, "x"))
        assert await reader.take(0) == [Wake(MESSAGE, "text", 0, "x")]


async def test_what_is_delivered_stays_in_the_process(ends: Ends) -> None:
    with await ends.reader() as reader, ends.here.subscribe(MESSAGE) as own:
        ends.here.deliver(Wake(MESSAGE, "text", 0, "x"))
        ends.here.publish(Wake(MESSAGE, "text", 1, "y"))
        expected = [0, 1] if ends.here is ends.there else [1]
        assert [wake.offset for wake in await taken(reader, len(expected))] == expected
        assert {0, 1} <= {wake.offset for wake in await own.take(PATIENCE)}


async def test_it_knows_which_messages_are_followed_in_its_process(ends: Ends) -> None:
    with ends.there.subscribe(MESSAGE), ends.there.subscribe(MESSAGE), ends.there.subscribe(ANOTHER):
        assert set(ends.there.followed()) == {MESSAGE, ANOTHER}
    assert ends.there.followed() == []


# Between processes


async def test_who_publishes_is_not_told_by_redis_again(apart: Ends) -> None:
    with await Ends(apart.there, apart.here).reader() as own, await apart.reader() as other:
        apart.here.publish(Wake(MESSAGE, "text", 0, "x"))
        await taken(other)
        apart.there.publish(Wake(MESSAGE, "text", 1, "y"))  # Redis keeps the order: an echo would come before this
        assert [wake.text for wake in await taken(own, 2)] == ["x", "y"]


async def test_a_closed_broker_still_tells_the_others(apart: Ends) -> None:
    with await apart.reader() as reader:
        apart.here.close()  # its process ends, but not yet the answers it writes
        apart.here.publish(Wake(MESSAGE, "text", 0, "x"))
        assert [wake.text for wake in await taken(reader)] == ["x"]


async def test_the_last_words_before_the_end_are_sent(apart: Ends, redis: RedisServer) -> None:
    with await apart.reader() as reader:
        async with at_work(RedisBroker(redis.url)) as ending:
            await until(lambda: ending.status == "redis")
            ending.publish(Wake(MESSAGE, "text", 0, "x"))
        assert [wake.text for wake in await taken(reader)] == ["x"]


async def test_a_long_text_is_not_sent_but_looked_for(apart: Ends) -> None:
    with await apart.reader() as reader:
        apart.here.publish(Wake(MESSAGE, "text", 0, "x" * (redis_broker.MAX_CHARACTERS + 1)))
        assert await taken(reader) == [LOOK]


async def test_what_nobody_can_read_sends_to_the_log(apart: Ends, redis: RedisServer) -> None:
    with await apart.reader() as reader:
        redis.ask(f"PUBLISH chatstream:{MESSAGE} nonsense")
        assert await taken(reader) == [LOOK]


async def test_redis_is_asked_for_what_somebody_reads_and_nothing_else(apart: Ends, redis: RedisServer) -> None:
    first = await apart.reader()
    second = apart.there.subscribe(MESSAGE)
    first.close()
    assert await asyncio.to_thread(channels, redis) == 1
    second.close()
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(channels, redis):
            await asyncio.sleep(0.005)


async def test_many_readers_share_two_connections() -> None:
    with RedisServer() as redis:
        async with two_processes(redis) as ends:
            for number in range(500):
                await ends.reader(uuid.UUID(int=number))
            assert await asyncio.to_thread(connections, redis) == 2 * 2 + 1  # the one that asks


async def test_after_a_loss_every_reader_is_sent_to_the_log_and_told_again(apart: Ends, redis: RedisServer) -> None:
    with await apart.reader() as one, await apart.reader(ANOTHER) as two:
        redis.kill()
        apart.here.publish(Wake(MESSAGE, "text", 0, "lost"))
        await until(lambda: apart.here.status == apart.there.status == "redis: unreachable")
        with apart.there.subscribe(MESSAGE) as newcomer, apart.there.subscribe(uuid.uuid4()):
            redis.start()
            assert await taken(one) == await taken(newcomer) == [LOOK]
            assert await taken(two) == [Wake(ANOTHER)]
            await until(lambda: apart.here.status == apart.there.status == "redis")
            apart.here.publish(Wake(MESSAGE, "text", 4, "x"))
            assert [wake.text for wake in await taken(one)] == ["x"]


async def test_a_redis_that_comes_late_is_found_and_vain_tries_are_no_news(caplog: pytest.LogCaptureFixture) -> None:
    with RedisServer() as late:
        late.kill()
        broker = RedisBroker(late.url)
        broker._connect = tries = Mock(wraps=broker._connect)
        async with at_work(broker):
            reader = broker.subscribe(MESSAGE)
            broker.publish(Wake(MESSAGE, "text", 0, "x"))
            assert [wake.text for wake in await taken(reader)] == ["x"]
            await until(lambda: tries.call_count > 6)
            assert broker.status == "redis: unreachable"
            late.start()
            await until(lambda: broker.status == "redis")
            assert await taken(reader) == [LOOK]
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2 + ["INFO"] * 2


async def test_a_redis_that_answers_nothing_holds_nobody_up(
    apart: Ends, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_broker, "QUIET_SECONDS", 0.1)
    assert isinstance(apart.here, RedisBroker)
    with await apart.reader() as reader, apart.here.subscribe(MESSAGE) as own:
        redis.pause()
        try:
            for number in range(2 * redis_broker.MAX_QUEUED):
                apart.here.publish(Wake(MESSAGE, "text", number, "x"))
            assert len(apart.here._outbox) <= redis_broker.MAX_QUEUED
            assert await own.take(PATIENCE)
            await until(lambda: apart.there.status == "redis: unreachable")  # though no connection was closed
        finally:
            redis.go_on()
        assert LOOK in await taken(reader)


async def test_a_connection_that_redis_drops_is_made_anew(apart: Ends, redis: RedisServer) -> None:
    with await apart.reader() as reader:
        for kind in ("pubsub", "normal"):
            await asyncio.to_thread(redis.ask, f"CLIENT KILL TYPE {kind}")
        assert LOOK in await taken(reader)
        await until(lambda: apart.here.status == "redis")
        apart.here.publish(Wake(MESSAGE, "text", 0, "x"))
        assert Wake(MESSAGE, "text", 0, "x") in await taken(reader)


def channels(redis: RedisServer) -> int:
    """Return how many messages' wake-ups somebody asks this Redis for."""
    return redis.ask("PUBSUB CHANNELS").count(b"chatstream:")


def connections(redis: RedisServer) -> int:
    return redis.ask("CLIENT LIST").count(b" addr=")


# On the wire


@given(part=st.sampled_from(["", "text", "reasoning"]), offset=st.integers(0, 10**9), text=st.text())
def test_what_is_encoded_is_decoded(part: str, offset: int, text: str) -> None:
    wake = Wake(MESSAGE, part, offset, text)
    assert decode(MESSAGE, encode(wake)) == wake


@given(st.binary())
def test_no_bytes_are_too_odd_to_be_decoded(data: bytes) -> None:
    assert decode(MESSAGE, data).message_id == MESSAGE


def test_a_url_that_nobody_can_read_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="port"):
        RedisBroker("redis://127.0.0.1:port")
