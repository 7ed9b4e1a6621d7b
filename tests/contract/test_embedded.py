"""The embedded model itself: real weights, in this process."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from chat.llm import Delta, EmbeddedModel, Endpoint, Finish, Prompt, Said
from chat.llm.errors import Denied, TooLong, Unreachable

SYSTEM = "You are a helpful assistant."
QUESTION = Said("user", "Why is the sky blue?")
PATIENCE = 60

ASK_ONCE = """
import asyncio

from chat.llm import EmbeddedModel, Prompt, Said


async def main():
    model = EmbeddedModel()
    endpoint = await model.endpoint()
    endpoint.parameters["max_tokens"] = 5
    async for event in endpoint.stream(Prompt("", [Said("user", "Hello")]), model.name):
        {on_event}
    await model.close()
    print("done")


asyncio.run(main())
print("left")
"""


@pytest.fixture
async def model() -> AsyncIterator[EmbeddedModel]:
    model = EmbeddedModel()
    yield model
    await model.close()


@pytest.fixture
async def endpoint(model: EmbeddedModel) -> Endpoint:
    return await model.endpoint()


async def answer(endpoint: Endpoint, prompt: Prompt, tokens: int) -> list[Delta | Finish]:
    endpoint.parameters["max_tokens"] = tokens
    async with asyncio.timeout(PATIENCE):
        return [event async for event in endpoint.stream(prompt, "")]


async def first_of(endpoint: Endpoint, prompt: Prompt) -> Delta | Finish:
    async with aclosing(endpoint.stream(prompt, "")) as events:
        return await anext(events)


def stranger_to(endpoint: Endpoint) -> Endpoint:
    """Somebody who knows the address and not the key."""
    return Endpoint(endpoint.base_url, "a guess", retries=0, trust_environment=False)


def text_of(events: list[Delta | Finish]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


async def test_it_answers_a_question_bit_by_bit(endpoint: Endpoint) -> None:
    *deltas, finish = await answer(endpoint, Prompt(SYSTEM, [QUESTION]), tokens=80)
    assert re.search(r"light|scatter|atmosphere|sun", text_of(deltas), re.IGNORECASE)
    assert len(deltas) > 5
    assert isinstance(finish, Finish)
    assert finish.reason in {"stop", "length"}
    assert finish.usage.prompt_tokens
    assert len(deltas) - 5 <= (finish.usage.completion_tokens or 0) <= 80
    assert finish.response_id


async def test_an_answer_at_its_token_limit_says_so(endpoint: Endpoint) -> None:
    *_deltas, finish = await answer(endpoint, Prompt(SYSTEM, [QUESTION]), tokens=3)
    assert isinstance(finish, Finish)
    assert (finish.reason, finish.usage.completion_tokens) == ("length", 3)


async def test_a_begun_answer_goes_on_where_it_stopped(endpoint: Endpoint) -> None:
    assert endpoint.continuation == "prefill"
    counting = Prompt(SYSTEM, [Said("user", "Count from one to ten.")], begun="One, two, three, four,")
    events = await answer(endpoint, counting, tokens=8)
    assert text_of(events).lstrip().lower().startswith("five, six")


async def test_several_answers_are_written_at_once(endpoint: Endpoint) -> None:
    prompt = Prompt(SYSTEM, [QUESTION])
    answers = await asyncio.gather(*(answer(endpoint, prompt, tokens=8) for _ in range(6)))
    assert [len(text_of(events)) > 0 for events in answers] == [True] * 6


async def test_an_answer_goes_on_while_a_long_prompt_is_read(endpoint: Endpoint) -> None:
    endpoint.parameters["max_tokens"] = 400
    long_prompt = Prompt(SYSTEM, [Said("user", "a fox and a dog " * 150)])
    async with aclosing(endpoint.stream(Prompt(SYSTEM, [QUESTION]), "")) as going_on, asyncio.timeout(PATIENCE):
        await anext(going_on)
        reading = asyncio.create_task(first_of(endpoint, long_prompt))
        meanwhile = 0
        while not reading.done():
            await anext(going_on)
            meanwhile += 1
    assert meanwhile >= 4  # read in one piece, it would be one or two


async def test_it_offers_itself_by_name(model: EmbeddedModel, endpoint: Endpoint) -> None:
    assert await endpoint.models() == [model.name]


async def test_other_users_of_the_machine_are_refused(endpoint: Endpoint) -> None:
    stranger = stranger_to(endpoint)
    with pytest.raises(Denied):
        await answer(stranger, Prompt("", [QUESTION]), tokens=3)
    await stranger.close()


async def test_it_is_loaded_once_however_many_ask_for_it(model: EmbeddedModel) -> None:
    first, second = await asyncio.gather(model.endpoint(), model.endpoint())
    assert first is second


async def test_a_conversation_too_long_for_it_is_refused_as_such(endpoint: Endpoint) -> None:
    with pytest.raises(TooLong):
        await answer(endpoint, Prompt(SYSTEM, [Said("user", "word " * 20_000)]), tokens=3)


async def test_a_missing_file_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="there is no such file"):
        await EmbeddedModel(str(tmp_path / "missing.gguf")).endpoint()


async def test_a_file_that_is_no_model_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(Unreachable):
        await EmbeddedModel(str(tmp_path / "broken.gguf")).endpoint()


async def test_it_can_be_closed_and_asked_again(model: EmbeddedModel) -> None:
    closed = stranger_to(await model.endpoint())
    await model.close()
    with pytest.raises(Unreachable):
        await closed.models()
    await closed.close()
    assert text_of(await answer(await model.endpoint(), Prompt(SYSTEM, [QUESTION]), tokens=3))


@pytest.mark.parametrize("on_event", ["pass", "break"], ids=["to the end", "in the middle of an answer"])
def test_the_process_that_used_it_exits_cleanly(on_event: str) -> None:
    script = ASK_ONCE.format(on_event=on_event)
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (ended.returncode, ended.stdout.split()) == (0, ["done", "left"]), ended.stderr[-2000:]
