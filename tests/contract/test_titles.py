"""A model names a chat after its first answer; whatever it does, the answer and a person's own title come first."""

import asyncio
import uuid

import pytest
from pytest_django import Settings

from chat.models import TITLE_LENGTH, Conversation, Turn
from chat.streaming import titles
from chat.streaming.runner import Runner
from chat.streaming.titles import title_in
from tests.reading import in_thread, read_to_end, wait_for
from tests.upstream import Cut, Endless, Finish, Gate, Hang, Request, Say, Status, Step, Think, Upstream

WORDS = "Why is the sky blue?"


@pytest.fixture
def namer(model_settings: Settings, model: Upstream) -> "NamerRequests":
    """Have titles asked for; the list holds the requests for one."""
    model_settings.CHAT_TITLE_MODEL = "namer"
    return NamerRequests(model)


class NamerRequests(list[Request]):
    def __init__(self, model: Upstream) -> None:
        super().__init__()
        self.model = model
        self.steps: tuple[Step, ...] = (Say('**"Blue skies"**.\n', "Anything else?"), Finish())
        model.default_for = self._steps_for

    def _steps_for(self, request: Request) -> tuple[Step, ...]:
        if request.body["model"] != "namer":
            return self.model.default
        self.append(request)
        return self.steps


async def answer(runner: Runner, turn: Turn) -> str:
    runner.start(turn.generation.pk)
    return (await read_to_end(runner, turn.answer.pk))[1]


async def no_title_is_looked_for(runner: Runner) -> None:
    """Wait till whatever looks for titles is done."""
    async with asyncio.timeout(10):
        while runner._running or runner._naming:
            await asyncio.sleep(0.01)


def title(turn: Turn) -> str:
    return Conversation.objects.get(pk=turn.question.conversation_id).title


async def test_the_first_answer_brings_a_title(turn: Turn, namer: NamerRequests, running: Runner) -> None:
    assert await in_thread(lambda: title(turn)) == WORDS
    assert await answer(running, turn) == "complete"
    await wait_for(lambda: title(turn) == "Blue skies")
    [asked] = namer
    assert WORDS in asked.question
    assert "Hello world" in asked.question
    assert asked.body["max_tokens"] == titles.MOST_TOKENS


async def test_a_later_answer_brings_none(turn: Turn, namer: NamerRequests, running: Runner) -> None:
    namer.steps = (Status(500),)
    await answer(running, turn)
    await no_title_is_looked_for(running)
    second = await in_thread(lambda: turn.question.conversation.post("And then?", uuid.uuid4(), "scripted"))
    await answer(running, second)
    await no_title_is_looked_for(running)
    assert len(namer) == 1
    assert await in_thread(lambda: title(turn)) == WORDS


async def test_without_the_setting_nobody_is_asked(
    turn: Turn, namer: NamerRequests, running: Runner, model_settings: Settings
) -> None:
    model_settings.CHAT_TITLE_MODEL = ""
    await answer(running, turn)
    await no_title_is_looked_for(running)
    assert namer == []


@pytest.mark.parametrize(
    "values", [{"title": "Mine", "is_title_given": True}, {"is_title_given": True}, {"title": "Another's"}]
)
async def test_a_title_given_meanwhile_is_kept(
    turn: Turn, namer: NamerRequests, running: Runner, values: dict[str, object]
) -> None:
    gate = Gate()
    namer.steps = (gate, Say("Blue skies"), Finish())
    await answer(running, turn)
    await asyncio.to_thread(gate.wait_until_reached)
    await in_thread(lambda: Conversation.objects.filter(pk=turn.question.conversation_id).update(**values))
    gate.release()
    await no_title_is_looked_for(running)
    assert await in_thread(lambda: title(turn)) == values.get("title", WORDS)


async def test_one_that_was_given_before_is_not_asked_about(turn: Turn, namer: NamerRequests, running: Runner) -> None:
    await in_thread(lambda: Conversation.objects.update(is_title_given=True))
    await answer(running, turn)
    await no_title_is_looked_for(running)
    assert namer == []


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((Status(500),), id="500"),
        pytest.param((Status(429),), id="429"),
        pytest.param((Say("Blu"), Cut()), id="cut"),
        pytest.param((Finish(),), id="nothing"),
        pytest.param((Think("Hm, a title."), Finish()), id="only thoughts"),
        pytest.param((Say(" ** \n --- \n \x00 "), Finish()), id="no words"),
    ],
)
async def test_whatever_the_title_s_model_does_the_first_words_stay(
    turn: Turn, namer: NamerRequests, running: Runner, model_settings: Settings, steps: tuple[Step, ...]
) -> None:
    namer.steps = steps
    assert await answer(running, turn) == "complete"
    await no_title_is_looked_for(running)
    assert await in_thread(lambda: title(turn)) == WORDS
    assert len(namer) == 1  # and it is asked once


@pytest.mark.parametrize("steps", [(Hang(),), (Endless(every=0.01),)])
async def test_one_that_does_not_come_to_an_end_is_left(
    turn: Turn,
    namer: NamerRequests,
    running: Runner,
    model: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    steps: tuple[Step, ...],
) -> None:
    monkeypatch.setattr(titles, "SECONDS", 0.3)
    namer.steps = steps
    assert await answer(running, turn) == "complete"
    await no_title_is_looked_for(running)
    await asyncio.to_thread(model.wait_until_idle)
    assert await in_thread(lambda: title(turn)) == WORDS


async def test_the_end_of_the_process_does_not_wait_for_a_title(
    turn: Turn, namer: NamerRequests, running: Runner, model: Upstream
) -> None:
    hang = Hang()
    namer.steps = (hang,)
    await answer(running, turn)
    await asyncio.to_thread(hang.wait_until_reached)
    async with asyncio.timeout(titles.SECONDS / 2):
        await running.close(grace=0)
    await asyncio.to_thread(model.wait_until_idle)
    await running.open()  # for the fixture to close


async def test_an_answer_that_failed_brings_none_until_it_is_tried_again(
    turn: Turn, namer: NamerRequests, running: Runner, model: Upstream
) -> None:
    model.script(Status(500))
    assert await answer(running, turn) == "failed"
    await no_title_is_looked_for(running)
    assert namer == []
    again = await in_thread(lambda: turn.question.conversation.proceed(turn.answer, "scripted"))
    running.start(again.pk)
    await wait_for(lambda: title(turn) == "Blue skies")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Blue skies", "Blue skies"),
        ('\n\n  "Blue   skies."  \nmore', "Blue skies"),
        ("# **Title:** `Blue skies`", "Blue skies"),
        ("Title: «Blue skies»", "Blue skies"),
        ("<think>\nA title…\n</think>\n\nBlue skies", "Blue skies"),
        ("<think>it never ends", ""),
        ("天空为什么是蓝色。", "天空为什么是蓝色"),
        ("Why is it blue?", "Why is it blue?"),
        ("It's blue", "It's blue"),
        ("- *Learning C#*", "Learning C#"),
        ("\u202eBlue\x00 skies\ud83d", "Blue skies"),
        ("<b>Blue</b>", "<b>Blue</b>"),  # shown as it is written
        ("", ""),
        ("***\n...\n\u200b", ""),
    ],
)
def test_what_a_model_says_becomes_a_title(words: str, found: str) -> None:
    assert title_in(words) == found


def test_a_title_that_runs_on_is_cut_between_words() -> None:
    title = title_in("word " * 100)
    assert len(title) <= TITLE_LENGTH
    assert title.endswith("word…")
