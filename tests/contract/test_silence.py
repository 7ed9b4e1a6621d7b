"""A stream that has nothing to say pings, so that nothing between it and its reader loses patience."""

import asyncio

import pytest
from django.test import AsyncRequestFactory

from chat.models import Turn
from chat.streaming import follow, sse
from chat.streaming.follow import Cursor
from chat.streaming.runner import Runner
from chat.views import seats
from chat.views.seats import Seat
from chat.views.streams import AnswerEvents, GrowingPage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "PING_SECONDS", 0.05)
    monkeypatch.setattr(follow, "POLL_SECONDS", 0.05)


@pytest.fixture
def seat(turn: Turn) -> Seat:
    seat = seats.take(turn.question.conversation.user_id, 1)
    assert seat
    return seat


async def test_an_idle_stream_pings_with_a_comment_that_has_no_id(running: Runner, turn: Turn, seat: Seat) -> None:
    events = AnswerEvents(AsyncRequestFactory().get("/"), turn.answer.pk, seat, Cursor())
    async with asyncio.timeout(10):
        assert [await anext(events) for _ in range(3)] == [sse.RETRY, sse.PING, sse.PING]
    assert sse.PING.startswith(":")
    events.close()


async def test_an_idle_page_sends_a_blank(running: Runner, turn: Turn, seat: Seat) -> None:
    page = GrowingPage(AsyncRequestFactory().get("/"), turn.answer.pk, seat)
    async with asyncio.timeout(10):
        assert "<body" in await anext(page)
        assert await anext(page) == "\n"
    page.close()


async def test_a_page_whose_server_ends_still_shows_the_way_back(running: Runner, turn: Turn, seat: Seat) -> None:
    page = GrowingPage(AsyncRequestFactory().get("/"), turn.answer.pk, seat)
    async with asyncio.timeout(10):
        assert "<body" in await anext(page)
        running.broker.close()
        assert "Show the finished answer" in "".join([piece async for piece in page])


async def test_a_stream_that_fails_gives_its_subscription_back(
    running: Runner, turn: Turn, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("scripted")

    monkeypatch.setattr(follow, "look", fail)
    events = AnswerEvents(AsyncRequestFactory().get("/"), turn.answer.pk, seat, Cursor())
    await anext(events)
    with pytest.raises(RuntimeError):
        await anext(events)
    assert running.broker._subscriptions == {}  # type: ignore[attr-defined]
    assert not seat.is_taken
