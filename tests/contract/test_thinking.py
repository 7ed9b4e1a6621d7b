"""What a model thinks is a part of its own: followed from every cursor, timed, and never sent back."""

import json
import uuid

import pytest

from chat.models import Chunk, Ending, Generation, Message, Turn
from chat.models.chunk import Row
from chat.models.generation import State
from chat.streaming.follow import Cursor, Follow, look
from chat.streaming.runner import Runner
from tests.reading import in_thread, latest, read_to_end
from tests.upstream import Cut, Finish, Say, Think, Upstream

pytestmark = pytest.mark.django_db(transaction=True)

# part, text, milliseconds: as the writer's frames have them, with both parts in one, and thoughts after the text began
LOG = [
    ("reasoning", "They ", 300),
    ("reasoning", "ask.", 350),
    ("reasoning", " So", 12_400),
    ("text", "Be", 12_400),
    ("text", "cause", 13_000),
    ("reasoning", " it is", 13_050),
    ("text", ".", 13_100),
]
TEXT, REASONING = "Because.", "They ask. So it is"


def write(turn: Turn, log: list[tuple[str, str, int]], state: State | None = None) -> None:
    claim = turn.generation.claim_for("a test")
    assert claim is not None
    ends = {"text": 0, "reasoning": 0}
    for part, text, ms in log:
        Chunk.objects.append([Row(turn.answer.pk, claim, part, ends[part], text, ms)])
        ends[part] += len(text)
    if state:
        assert Generation.objects.finish(claim, [], Ending(state))


# Followed


@pytest.mark.parametrize("state", [None, State.COMPLETE])
def test_a_look_from_every_cursor_gives_the_rest_of_both_parts(turn: Turn, state: State | None) -> None:
    write(turn, LOG, state)
    for text in range(len(TEXT) + 1):
        for reasoning in range(len(REASONING) + 1):
            log = look(turn.answer.pk, Cursor(text, reasoning))
            assert log and (log.text, log.reasoning) == (TEXT[text:], REASONING[reasoning:])


async def test_whoever_follows_gets_each_part_once_and_whole(running: Runner, model: Upstream, turn: Turn) -> None:
    model.script(Think(*"They ask. ", every=0.01), Say("Be"), Think("So"), Say("cause."), Think(" it is"), Finish())
    running.start(turn.generation.pk)
    text = reasoning = ""
    follow = Follow(running.broker, turn.answer.pk)
    async for growth in follow:
        text, reasoning = text + growth.text, reasoning + growth.reasoning
        assert follow.cursor == (len(text), len(reasoning))
    assert (text, reasoning) == ("Because.", "They ask. So it is")


# Timed


@pytest.mark.parametrize(
    ("log", "ms"),
    [
        (LOG, 12_100),
        (LOG[:3], 12_100),  # it never came to an answer: what is known is when its last thought came
        (LOG[:1], 0),
        ([("text", "Because.", 20)], None),
        ([("text", "Because", 20), ("reasoning", "Hm", 30), ("reasoning", ".", 80), ("text", ".", 90)], 50),
    ],
)
@pytest.mark.parametrize("state", [None, State.COMPLETE, State.INTERRUPTED])
def test_how_long_it_thought_is_known_in_the_middle_and_kept(
    turn: Turn, log: list[tuple[str, str, int]], ms: int | None, state: State | None
) -> None:
    write(turn, log, state)
    assert Message.objects.get(pk=turn.answer.pk).thought_ms == ms
    assert Generation.objects.get(pk=turn.generation.pk).thought_ms == (ms if state else None)


# Thought again


async def test_what_is_thought_in_another_run_stands_apart_and_counts_too(
    running: Runner, model: Upstream, turn: Turn
) -> None:
    model.script(Think("First."), Say("One, "), Cut())
    running.start(turn.generation.pk)
    await read_to_end(running, turn.answer.pk)
    model.script(Think("Sec", "ond.", every=0.2), Say("two."), Finish())
    message = await in_thread(lambda: Message.objects.get(pk=turn.answer.pk))
    running.start((await in_thread(lambda: message.queue("scripted"))).pk)
    await read_to_end(running, turn.answer.pk)
    message = await in_thread(lambda: Message.objects.prefetch_related("generations").get(pk=turn.answer.pk))
    assert (message.text, message.reasoning) == ("One, two.", "First.\n\nSecond.")
    assert message.thought_ms == sum(generation.thought_ms or 0 for generation in message.generations.all()) > 0


# Never sent back


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
async def test_no_later_request_holds_what_was_thought(running: Runner, model: Upstream, turn: Turn, key: str) -> None:
    model.script(Think("SECRET", key=key), Say("One, "), Cut())
    running.start(turn.generation.pk)
    await read_to_end(running, turn.answer.pk)
    message = await in_thread(lambda: Message.objects.get(pk=turn.answer.pk))
    assert message.reasoning == "SECRET"
    continued = await in_thread(lambda: message.queue("scripted"))
    running.start(continued.pk)
    await read_to_end(running, turn.answer.pk)
    conversation = turn.question.conversation
    again = await in_thread(lambda: conversation.regenerate(message, "scripted"))
    running.start((await latest(again.pk)).pk)
    await read_to_end(running, again.pk)
    more = await in_thread(lambda: conversation.post("And now?", uuid.uuid4(), "scripted"))
    running.start(more.generation.pk)
    await read_to_end(running, more.answer.pk)
    assert (await latest(more.answer.pk)).state == "complete"
    asked = [json.dumps(request.body) for request in model.requests]
    assert len(asked) == 4
    assert "One, " in asked[1]
    assert not [body for body in asked if "SECRET" in body or "reasoning" in body]
