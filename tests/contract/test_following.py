"""Readers follow the log: whatever is pushed, lost or folded meanwhile, they get the text once and whole."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from chat.broker import MemoryBroker, Wake
from chat.models import Chunk, Ending, Generation, Message, Turn
from chat.models.chunk import Row
from chat.models.generation import State
from chat.streaming import follow as following
from chat.streaming.follow import GONE, Cursor, Follow, Growth, look
from chat.streaming.runner import Runner
from tests.reading import in_thread, read_to_end, read_until
from tests.upstream import Finish, Gate, Say, Think, Upstream

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "The sky is blue."


class Answer:
    """An answer written by hand, chunk by chunk."""

    def __init__(self, turn: Turn) -> None:
        self.message_id = turn.answer.pk
        claim = turn.generation.claim_for("a test")
        assert claim is not None
        self.claim = claim
        self.end = 0

    def write(self, text: str) -> Wake:
        row = Row(self.message_id, self.claim, "text", self.end, text, self.end)
        Generation.objects.append([self.claim], [row], again=False)
        self.end += len(text)
        return Wake(self.message_id, "text", row.offset, text)

    def finish(self) -> Wake:
        assert Generation.objects.finish(self.claim, [], Ending(State.COMPLETE, finish_reason="stop"))
        return Wake(self.message_id)


@pytest.fixture
def answer(turn: Turn) -> Answer:
    return Answer(turn)


async def collect(follow: Follow, until: Callable[[str], bool]) -> str:
    text = ""
    async with asyncio.timeout(10):
        while not until(text):
            text += (await anext(follow)).text
    return text


async def test_wake_ups_that_fit_are_told_without_reading_the_log(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = MemoryBroker()
    follow = Follow(broker, answer.message_id)
    assert not await anext(follow)  # the first look finds nothing
    monkeypatch.setattr(following, "look", _fail)
    for word in TEXT.split(" "):
        broker.publish(await in_thread(lambda word=word: answer.write(word)))  # type: ignore[misc]
    assert await collect(follow, lambda text: text.endswith("blue.")) == TEXT.replace(" ", "")


async def test_a_lost_wake_up_is_found_at_the_next_one(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "POLL_SECONDS", 3_600)
    broker = MemoryBroker()
    follow = Follow(broker, answer.message_id)
    assert not await anext(follow)
    await in_thread(lambda: answer.write("lost "))
    broker.publish(await in_thread(lambda: answer.write("heard")))
    assert await collect(follow, lambda text: text.endswith("heard")) == "lost heard"


async def test_without_any_wake_up_the_slow_poll_finds_everything(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "POLL_SECONDS", 0.05)
    follow = Follow(MemoryBroker(), answer.message_id)
    assert not await anext(follow)
    await in_thread(lambda: answer.write(TEXT))
    assert await collect(follow, lambda text: text == TEXT)
    await in_thread(answer.finish)
    assert (await _last(follow)).state == "complete"


async def test_old_repeated_and_overlapping_wake_ups_double_nothing(answer: Answer) -> None:
    broker = MemoryBroker()
    first = await in_thread(lambda: answer.write("one "))
    follow = Follow(broker, answer.message_id)
    assert (await anext(follow)).text == "one "
    broker.publish(first)
    second = await in_thread(lambda: answer.write("two"))
    for wake in (second, second, first):
        broker.publish(wake)
    broker.publish(await in_thread(answer.finish))
    last = await _last(follow)
    assert (follow.cursor.text, last.state) == (len("one two"), "complete")


async def test_an_end_folded_between_the_two_reads_of_a_look_loses_nothing(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_and_look() -> Any:
        answer.write(TEXT)
        chunks = Chunk.objects.reaching_past

        def fold_after(*args: Any) -> Any:
            found = chunks(*args)
            list(found.values_list("part", "offset", "text"))
            answer.finish()
            return found

        monkeypatch.setattr(Chunk.objects, "reaching_past", fold_after)
        return look(answer.message_id, Cursor())

    log = await in_thread(write_and_look)
    assert (log.text, log.state) == (TEXT, "complete")


@pytest.mark.parametrize("folded", [False, True])
async def test_a_look_from_every_cursor_gives_the_rest(answer: Answer, folded: bool) -> None:
    for word in ("The ", "sky ", "is ", "blue."):
        await in_thread(lambda word=word: answer.write(word))  # type: ignore[misc]
    if folded:
        await in_thread(answer.finish)
    for cursor in range(len(TEXT) + 1):
        log = await in_thread(lambda cursor=cursor: look(answer.message_id, Cursor(cursor)))  # type: ignore[misc]
        assert log and log.text == TEXT[cursor:]


async def test_a_slow_reader_whose_wake_ups_overflow_reads_the_log(answer: Answer) -> None:
    broker = MemoryBroker()
    follow = Follow(broker, answer.message_id)
    assert not await anext(follow)
    for number in range(600):
        wake = Wake(answer.message_id, "text", number, "x")
        broker.publish(wake)
    await in_thread(lambda: answer.write("x" * 600))
    assert await collect(follow, lambda text: len(text) >= 600) == "x" * 600


async def test_a_deleted_message_ends_the_stream(answer: Answer) -> None:
    broker = MemoryBroker()
    follow = Follow(broker, answer.message_id)
    assert not await anext(follow)
    await in_thread(lambda: Message.objects.filter(pk=answer.message_id).delete())
    broker.publish(Wake(answer.message_id))
    assert (await _last(follow)).state == GONE


async def test_while_a_message_is_being_deleted_the_stream_tells_no_end(answer: Answer) -> None:
    broker = MemoryBroker()
    follow = Follow(broker, answer.message_id)
    await in_thread(lambda: Generation.objects.all().seize())
    assert not await anext(follow)
    await in_thread(lambda: Message.objects.filter(pk=answer.message_id).delete())
    broker.publish(Wake(answer.message_id))
    assert (await _last(follow)).state == GONE


async def test_a_closing_broker_lets_every_reader_go(answer: Answer) -> None:
    broker = MemoryBroker()
    follow = Follow(broker, answer.message_id)
    assert not await anext(follow)
    broker.close()
    assert [growth async for growth in follow if growth] == []
    assert [growth async for growth in Follow(broker, answer.message_id)] == []


async def test_nobody_else_is_woken() -> None:
    broker = MemoryBroker()
    with broker.subscribe(uuid.uuid4()) as subscription:
        broker.publish(Wake(uuid.uuid4(), "text", 0, "x"))
        assert await subscription.take(0.01) == []


async def test_ten_readers_who_come_at_any_time_get_the_same_text(running: Runner, model: Upstream, turn: Turn) -> None:
    gate = Gate()
    model.script(Think("Hm."), Say(*"The sky ", every=0.005), gate, Say(*"is blue.", every=0.005), Finish())
    readers = [asyncio.create_task(read_to_end(running, turn.answer.pk)) for _ in range(5)]
    running.start(turn.generation.pk)
    await read_until(running, turn.answer.pk, "The")
    readers += [asyncio.create_task(read_to_end(running, turn.answer.pk)) for _ in range(5)]
    gate.release()
    assert set(await asyncio.gather(*readers)) == {(TEXT, "complete")}
    assert await read_to_end(running, turn.answer.pk) == (TEXT, "complete")


def _fail(*args: Any) -> None:
    raise AssertionError("the log was read")


async def _last(follow: Follow) -> Growth:
    async with asyncio.timeout(10):
        return [growth async for growth in follow][-1]
