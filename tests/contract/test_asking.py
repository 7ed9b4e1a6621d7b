"""What a model is asked with is what the conversation says, and is kept with the answer."""

import uuid
from typing import Any

import pytest
from pytest_django import Settings

from chat.llm import Catalog, Endpoint
from chat.models import Conversation, Generation, Persona, Turn, User
from chat.streaming import upstream as offered
from chat.streaming.runner import Runner
from tests.conftest import MODEL
from tests.reading import in_thread, latest, read_to_end
from tests.upstream import Cut, Models, Say, Status, Upstream

DUDE = "You are the dude."


def begin(owner: User, **values: Any) -> Turn:
    return Conversation.objects.begin(owner, "Why is the sky blue?", uuid.uuid4(), MODEL, **values)


async def answered(runner: Runner, turn: Turn) -> Generation:
    runner.start(turn.generation.pk)
    await read_to_end(runner, turn.answer.pk)
    return await latest(turn.answer.pk)


async def test_a_plain_chat_is_asked_with_the_sites_prompt_and_no_parameters(
    running: Runner, model: Upstream, owner: User, settings: Settings
) -> None:
    settings.CHAT_SYSTEM_PROMPT = "Be good."
    kept = await answered(running, await in_thread(lambda: begin(owner)))
    (request,) = model.requests
    assert request.body["messages"][0] == {"role": "system", "content": "Be good."}
    assert not {"temperature", "max_tokens"} & set(request.body)
    assert (kept.model, kept.persona, kept.system_prompt, kept.parameters) == (MODEL, "", "Be good.", {})


async def test_a_chats_persona_and_numbers_are_sent_and_kept(running: Runner, model: Upstream, owner: User) -> None:
    persona = await in_thread(lambda: Persona.objects.create(name="Somebody", prompt=DUDE))
    turn = await in_thread(lambda: begin(owner, persona=persona, system_prompt=DUDE, temperature=0.0, max_tokens=64))
    kept = await answered(running, turn)
    (request,) = model.requests
    assert request.body["messages"][0]["content"] == DUDE
    assert (request.body["temperature"], request.body["max_tokens"]) == (0.0, 64)
    assert (kept.persona, kept.system_prompt) == ("Somebody", DUDE)
    assert kept.parameters == {"temperature": 0.0, "max_tokens": 64}


async def test_what_becomes_of_a_persona_changes_no_chat(running: Runner, model: Upstream, owner: User) -> None:
    persona = await in_thread(lambda: Persona.objects.create(name="Somebody", prompt=DUDE))
    turn = await in_thread(lambda: begin(owner, persona=persona, system_prompt=DUDE))
    await in_thread(persona.delete)
    kept = await answered(running, turn)
    assert model.requests[0].body["messages"][0]["content"] == DUDE
    assert kept.persona == "Own instructions"


async def test_a_persons_numbers_stand_over_the_endpoints_but_not_over_the_sites_cap(
    running: Runner, model: Upstream, owner: User, model_settings: Settings
) -> None:
    model_settings.CHAT_MAX_ANSWER_TOKENS = 100
    offered.catalog.cache_clear()
    await running.close(grace=0)
    await running.open()
    for wanted, sent in ((None, 100), (50, 50), (5_000, 100)):
        kept = await answered(running, await in_thread(lambda wanted=wanted: begin(owner, max_tokens=wanted)))  # type: ignore[misc]
        assert model.requests[-1].body["max_tokens"] == kept.parameters["max_tokens"] == sent


async def test_a_change_holds_for_the_answers_after_it(running: Runner, model: Upstream, owner: User) -> None:
    model.script(Say("so far"), Cut())
    turn = await in_thread(lambda: begin(owner, temperature=1.5))
    first = await answered(running, turn)
    conversation = turn.question.conversation
    await in_thread(lambda: conversation.instruct(None, "Be a pirate.", None, 9))
    generation = await in_thread(lambda: conversation.proceed(turn.answer, "another"))
    running.start(generation.pk)
    await read_to_end(running, turn.answer.pk)
    second = await latest(turn.answer.pk)
    assert (first.parameters, first.persona) == ({"temperature": 1.5}, "")
    assert (second.model, second.persona, second.parameters) == ("another", "Own instructions", {"max_tokens": 9})
    assert model.requests[-1].body["messages"][0]["content"] == "Be a pirate."


# Which models there are


@pytest.fixture
async def catalog(model: Upstream) -> Any:
    catalog = Catalog(Endpoint(model.base_url, "a key", retries=0))
    yield catalog
    await catalog.close()


async def test_the_names_are_learned_from_the_endpoint_and_looked_up_again(model: Upstream, catalog: Catalog) -> None:
    assert (catalog.models, catalog.default) == ((), "")
    model.models = Models("one", "two")
    await catalog.warm_up()
    assert catalog.models == ("one", "two")
    model.models = Models("three", "one")
    assert await catalog.health() == "ok"
    assert (catalog.models, catalog.default) == (("one", "three"), "one")


async def test_an_endpoint_that_fails_takes_no_model_away(model: Upstream, catalog: Catalog) -> None:
    await catalog.warm_up()
    model.models = Status(500)
    assert await catalog.health() != "ok"
    model.models = Models()
    assert await catalog.health() == "ok"
    assert catalog.models == ("scripted",)


async def test_configured_names_are_not_replaced_by_what_the_endpoint_lists(model: Upstream) -> None:
    catalog = Catalog(Endpoint(model.base_url, "a key", retries=0), ["mine", "other"])
    model.models = Models("one")
    assert await catalog.health() == "ok"
    assert catalog.models == ("mine", "other")
    await catalog.close()
