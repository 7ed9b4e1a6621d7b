"""The poll: one look for all readers of a process tells those who are behind, and nobody else, to look themselves."""

import asyncio

import pytest

from chat.broker import MemoryBroker
from chat.models import Turn, User
from chat.streaming import follow as following
from chat.streaming import poll
from chat.streaming.follow import Follow
from chat.streaming.poll import Poll, hints_for
from tests.conftest import begin
from tests.contract.test_following import Answer, _fail, collect
from tests.reading import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def answer(turn: Turn) -> Answer:
    return Answer(turn)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The poll looks often, a reader by itself never."""
    monkeypatch.setattr(poll, "EVERY_SECONDS", 0.02)
    monkeypatch.setattr(following, "POLL_SECONDS", 3_600)


async def test_a_reader_without_wake_ups_gets_everything_through_the_poll(answer: Answer) -> None:
    broker = MemoryBroker()
    polling = asyncio.ensure_future(Poll(broker).run())
    follow = Follow(broker, answer.message_id)
    assert not await anext(follow)
    for word in ("one ", "t", "wo"):
        await in_thread(lambda word=word: answer.write(word))  # type: ignore[misc]
        assert await collect(follow, bool) == word
    await in_thread(answer.finish)
    async with asyncio.timeout(10):
        while not (growth := await anext(follow)).state:
            pass
    assert growth.state == "complete"
    polling.cancel()


async def test_a_reader_who_has_everything_is_not_made_to_look(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    broker = MemoryBroker()
    for word in ("one ", "t"):
        await in_thread(lambda word=word: answer.write(word))  # type: ignore[misc]
    follow = Follow(broker, answer.message_id)
    assert (await anext(follow)).text == "one t"
    monkeypatch.setattr(following, "look", _fail)
    for hint in await in_thread(lambda: hints_for([answer.message_id])):
        broker.deliver(hint)
    assert not await anext(follow)
    follow.close()


def test_a_poll_costs_two_queries_however_many_are_followed(
    answer: Answer, other: User, django_assert_num_queries: object
) -> None:
    answers = [answer, *(Answer(begin(other, f"Question {number}")) for number in range(3))]
    for each in answers:
        each.write("so far")
    answers[-1].finish()
    with django_assert_num_queries(2):  # type: ignore[operator]
        hints = hints_for([each.message_id for each in answers])
    assert sorted(hint.part for hint in hints) == ["", "text", "text", "text"]
