"""Being alone with a SQLite file: only who comes when nobody else is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from chat.streaming.presence import Presence


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = "django.db.backends.sqlite3"
    monkeypatch.setitem(settings.DATABASES, "default", {"ENGINE": engine, "NAME": str(tmp_path / "chat.sqlite3")})


@pytest.fixture
def processes() -> Iterator[list[Presence]]:
    """Three processes, or what stands for them: a lock belongs to the open file, not to the process."""
    three = [Presence(), Presence(), Presence()]
    yield three
    for presence in three:
        presence.leave()


def comes(presence: Presence) -> bool:
    with presence.entering() as is_alone:
        return is_alone


def test_the_first_is_alone_and_the_second_is_not(processes: list[Presence]) -> None:
    first, second, _ = processes
    assert comes(first)
    assert not comes(second)


def test_a_third_is_not_alone_though_the_first_has_left(processes: list[Presence]) -> None:
    first, second, third = processes
    comes(first)
    comes(second)
    first.leave()
    assert not comes(third)


def test_who_comes_after_all_have_left_is_alone(processes: list[Presence]) -> None:
    first, second, _ = processes
    comes(first)
    first.leave()
    assert comes(second)


def test_on_postgresql_nobody_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES, "default", {"ENGINE": "django.db.backends.postgresql", "NAME": "x"})
    assert not comes(Presence())
