"""The cache in Redis: shared while Redis is there, and no trouble while it isn't."""

from collections.abc import Iterator

import pytest

from chatsite.cache import ForgivingRedisCache
from tests.redis_server import RedisServer
from tests.server import free_port

TIMEOUTS = {"OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1}}


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


def test_two_processes_share_what_is_counted(redis: RedisServer) -> None:
    first, second = (ForgivingRedisCache(redis.url, TIMEOUTS) for _ in range(2))
    first.set("tries", [1, 2], 60)
    assert second.get("tries") == [1, 2]
    assert second.add("tries:lock", True, 60)
    assert not first.add("tries:lock", True, 60)
    assert first.delete("tries:lock")
    assert first.add("tries:lock", True, 60)


def test_without_redis_nothing_is_known_and_nothing_fails() -> None:
    cache = ForgivingRedisCache(f"redis://127.0.0.1:{free_port()}", TIMEOUTS)
    cache.set("tries", [1], 60)
    assert cache.get("tries", []) == []
    assert cache.add("lock", True, 60)  # or everybody would wait for it
    assert not cache.delete("lock")
