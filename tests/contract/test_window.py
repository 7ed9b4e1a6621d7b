"""A long conversation is fitted to what the model can see, and what it doesn't see is written down."""

import uuid
from decimal import Decimal

import pytest
from pytest_django import Settings

from chat.models import Conversation, Generation, Turn, User
from chat.streaming import upstream as models_on_offer
from chat.streaming.runner import Runner
from tests.long import conversation_of
from tests.reading import in_thread, latest, read_to_end
from tests.upstream import Finish, Models, Say, Status, Upstream

MESSAGES = 20
REFUSAL = Status(400, "This model's maximum context length is 1000 tokens. However, you asked for more.")
MUTE_REFUSAL = Status(400, "Too long.", "context_length_exceeded")


@pytest.fixture
def long(owner: User) -> Conversation:
    return conversation_of(owner, MESSAGES)


async def ask(runner: Runner, conversation: Conversation) -> Generation:
    turn: Turn = await in_thread(lambda: conversation.post("And now?", uuid.uuid4(), "scripted"))
    runner.start(turn.generation.pk)
    await read_to_end(runner, turn.answer.pk)
    return await latest(turn.answer.pk)


def texts(model: Upstream) -> list[str]:
    """What the model was asked last, but for the system prompt."""
    return [message["content"] for message in model.requests[-1].body["messages"] if message["role"] != "system"]


def unseen_by(generation: Generation) -> int:
    """How many messages its model wasn't shown, once it was asked."""
    assert generation.unseen is not None
    return generation.unseen


def shows_from(model: Upstream, unseen: int) -> None:
    sent = texts(model)
    assert len(sent) == MESSAGES + 1 - unseen
    assert sent[0] == f"Question {unseen}?"
    assert sent[-1] == "And now?"
    assert model.requests[-1].body["messages"][0]["role"] == "system"


async def test_a_window_that_is_set_leaves_out_the_oldest_messages(
    long: Conversation, model_settings: Settings, running: Runner, model: Upstream
) -> None:
    generation = await ask(running, long)
    assert unseen_by(generation) == 0
    models_on_offer.catalog().windows._fixed = 1_000
    generation = await ask(running, long)
    assert 0 < unseen_by(generation) < MESSAGES
    assert unseen_by(generation) % 2 == 0
    assert texts(model)[0] == f"Question {unseen_by(generation)}?"
    assert generation.state == "complete"


async def test_the_setting_is_what_counts(model_settings: Settings) -> None:
    model_settings.CHAT_CONTEXT_TOKENS = 1_234
    models_on_offer.catalog.cache_clear()
    assert models_on_offer.catalog().windows.of("scripted") == 1_234


async def test_the_endpoint_tells_the_window_in_its_list_of_models(
    long: Conversation, model: Upstream, running: Runner
) -> None:
    model.models = Models("scripted", "other", window=1_000)
    assert await models_on_offer.catalog().health() == "ok"
    generation = await ask(running, long)
    assert unseen_by(generation) > 0
    shows_from(model, unseen_by(generation))
    assert len(model.requests) == 1


async def test_a_refusal_that_names_the_window_is_met_once_only(
    long: Conversation, model: Upstream, running: Runner
) -> None:
    model.script(REFUSAL)
    generation = await ask(running, long)
    assert (generation.state, len(model.requests)) == ("complete", 2)
    assert unseen_by(generation) > 0
    shows_from(model, unseen_by(generation))
    again = await ask(running, long)
    assert (again.state, len(model.requests)) == ("complete", 3)
    assert unseen_by(again) > 0


async def test_a_refusal_without_a_number_halves_what_was_sent(
    long: Conversation, model: Upstream, running: Runner
) -> None:
    model.script(MUTE_REFUSAL)
    generation = await ask(running, long)
    assert (generation.state, len(model.requests)) == ("complete", 2)
    assert MESSAGES // 2 - 2 <= unseen_by(generation) <= MESSAGES // 2 + 4
    shows_from(model, unseen_by(generation))


async def test_two_refusals_end_the_answer_with_a_sentence(
    long: Conversation, model: Upstream, running: Runner
) -> None:
    model.script(REFUSAL)
    model.script(REFUSAL)
    generation = await ask(running, long)
    assert (generation.state, len(model.requests)) == ("failed", 2)
    assert "too long for the model" in generation.outcome


async def test_a_question_that_is_too_long_alone_is_refused_once(turn: Turn, model: Upstream, running: Runner) -> None:
    model.script(REFUSAL)
    running.start(turn.generation.pk)
    assert await read_to_end(running, turn.answer.pk) == ("", "failed")
    assert len(model.requests) == 1
    assert (await latest(turn.answer.pk)).unseen == 0


async def test_estimates_learn_from_what_the_endpoint_counts(
    long: Conversation, model: Upstream, running: Runner
) -> None:
    model.models = Models("scripted", window=2_600)
    await models_on_offer.catalog().health()
    model.default = (Say("Hello"), Finish(usage=(6_000, 2)))  # it makes more tokens of it than estimated
    first = await ask(running, long)
    second = await ask(running, long)
    assert unseen_by(second) > unseen_by(first) + 2


async def test_what_an_answer_cost_is_kept_where_it_was_counted(
    turn: Turn, model: Upstream, running: Runner, settings: Settings
) -> None:
    settings.CHAT_PRICES = {"scripted": (Decimal(2), Decimal(8))}
    model.script(Say("Hello"), Finish(usage=(1_000, 500)))
    running.start(turn.generation.pk)
    await read_to_end(running, turn.answer.pk)
    assert (await latest(turn.answer.pk)).cost == Decimal("0.006")


@pytest.mark.parametrize("steps", [(Say("Hello"), Finish()), (Say("Hello"),)])
async def test_without_a_count_no_cost_is_made_up(
    turn: Turn, model: Upstream, running: Runner, settings: Settings, steps: tuple[Say, ...]
) -> None:
    settings.CHAT_PRICES = {"scripted": (Decimal(2), Decimal(8))}
    model.script(*steps)
    running.start(turn.generation.pk)
    await read_to_end(running, turn.answer.pk)
    assert (await latest(turn.answer.pk)).cost is None
