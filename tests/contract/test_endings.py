"""Every ending has a name, keeps the text, and offers the next step: DESIGN's table, line by line."""

import asyncio
import uuid

import pytest
from pytest_django import Settings

from chat.models import Generation, Message, Timeline, Turn, WithdrawnModel
from chat.streaming import upstream
from chat.streaming.runner import Runner
from tests.conftest import MODEL
from tests.reading import in_thread, latest, read_to_end, read_until, wait_for
from tests.upstream import (
    BAD_UTF8,
    BROKEN,
    NOT_AN_OBJECT,
    Cut,
    Data,
    Endless,
    ErrorObject,
    Finish,
    Gate,
    Hang,
    Headers,
    Pings,
    Refuse,
    Say,
    Status,
    Step,
    Think,
    Upstream,
)


async def answer(runner: Runner, turn: Turn) -> tuple[str, Generation]:
    runner.start(turn.generation.pk)
    text, _ = await read_to_end(runner, turn.answer.pk)
    return text, await latest(turn.answer.pk)


async def test_a_whole_answer_is_complete_and_counted(running: Runner, model: Upstream, turn: Turn) -> None:
    model.script(Say("The sky ", "is blue."), Finish("stop", usage=(12, 5)))
    text, generation = await answer(running, turn)
    assert (text, generation.state) == ("The sky is blue.", "complete")
    assert (generation.prompt_tokens, generation.completion_tokens) == (12, 5)
    assert generation.response_id
    assert not generation.offers_more


async def test_the_end_folds_the_text_into_the_message_and_keeps_the_timeline(
    running: Runner, model: Upstream, turn: Turn
) -> None:
    model.script(Think("Hm."), Say("one ", "two ", every=0.1), Finish())
    await answer(running, turn)
    message = await in_thread(lambda: Message.objects.prefetch_related("chunks").get(pk=turn.answer.pk))
    assert (message.text, message.reasoning) == ("one two ", "Hm.")
    assert list(message.chunks.all()) == []
    timeline = await in_thread(lambda: Timeline.objects.get(generation=turn.generation))
    assert timeline.points[-1][1] == len("one two ")
    assert timeline.points == sorted(timeline.points)


async def test_times_are_kept_in_their_order(running: Runner, turn: Turn) -> None:
    _, generation = await answer(running, turn)
    assert generation.started and generation.first_token and generation.finished
    assert generation.started <= generation.first_token <= generation.finished


@pytest.mark.parametrize(
    ("steps", "state", "code", "text", "offers_more"),
    [
        pytest.param([Say("so far"), Finish("length")], "complete", "", "so far", True, id="length"),
        pytest.param(
            [Say("so far"), Finish("content_filter")], "failed", "content_filter", "so far", False, id="filter"
        ),
        pytest.param([Refuse("I won't."), Finish()], "complete", "", "I won't.", False, id="refusal"),
        pytest.param([Finish()], "failed", "empty", "", True, id="nothing said"),
        pytest.param([Think("Hm."), Finish()], "failed", "empty", "", True, id="only reasoning"),
        pytest.param([Finish("tool_calls")], "failed", "empty", "", True, id="tools nobody offered"),
        pytest.param([Say("so far"), Cut()], "interrupted", "upstream", "so far", True, id="cut"),
        pytest.param([Say("so far"), Cut(reset=True)], "interrupted", "upstream", "so far", True, id="reset"),
        pytest.param([Say("so far")], "interrupted", "upstream", "so far", True, id="no finish reason"),
        pytest.param([Say("so far"), ErrorObject()], "failed", "upstream", "so far", True, id="error object"),
        pytest.param([Say("so far"), BROKEN], "failed", "upstream", "so far", True, id="broken JSON"),
        pytest.param([Say("so far"), NOT_AN_OBJECT], "failed", "upstream", "so far", True, id="not an object"),
        pytest.param([Say("so far"), BAD_UTF8], "failed", "upstream", "so far", True, id="bad UTF-8"),
        pytest.param([Status(500)], "failed", "upstream", "", True, id="500"),
        pytest.param([Status(429)], "failed", "upstream", "", True, id="429"),
        pytest.param([Status(401)], "failed", "upstream", "", True, id="401"),
    ],
)
async def test_each_ending_has_its_name(
    running: Runner, model: Upstream, turn: Turn, steps: list[Step], state: str, code: str, text: str, offers_more: bool
) -> None:
    model.script(*steps)
    shown, generation = await answer(running, turn)
    assert (shown, generation.state, generation.error_code) == (text, state, code)
    assert generation.offers_more is offers_more
    message = await in_thread(lambda: Message.objects.get(pk=turn.answer.pk))
    assert message.text == text
    if state != "complete" or offers_more:
        assert generation.outcome.endswith(".")


async def test_a_server_that_is_not_there_is_a_failure_one_may_try_again(
    running: Runner, model: Upstream, turn: Turn
) -> None:
    model.stop()
    text, generation = await answer(running, turn)
    assert (text, generation.state, generation.error_code) == ("", "failed", "upstream")
    assert "could not be reached" in generation.outcome


# Deadlines count tokens that carry text; keep-alives reset nothing.


async def test_silence_before_the_first_token_times_out(
    running: Runner, model: Upstream, turn: Turn, settings: Settings
) -> None:
    settings.CHAT_FIRST_TOKEN_SECONDS = 0.3
    model.script(Headers(), Hang())
    text, generation = await answer(running, turn)
    assert (text, generation.state, generation.error_code) == ("", "failed", "timeout")
    await asyncio.to_thread(model.wait_until_idle)


async def test_silence_between_tokens_times_out_though_pings_come(
    running: Runner, model: Upstream, turn: Turn, settings: Settings
) -> None:
    settings.CHAT_SILENCE_SECONDS = 0.3
    model.script(Say("so far"), Pings())
    text, generation = await answer(running, turn)
    assert (text, generation.state, generation.error_code) == ("so far", "failed", "timeout")
    await asyncio.to_thread(model.wait_until_idle)


async def test_empty_deltas_do_not_count_as_tokens(
    running: Runner, model: Upstream, turn: Turn, settings: Settings
) -> None:
    settings.CHAT_SILENCE_SECONDS = 0.3
    empty = Say(*[""] * 1000, every=0.05)
    model.script(Say("so far"), empty)
    text, generation = await answer(running, turn)
    assert (text, generation.error_code) == ("so far", "timeout")


async def test_an_answer_that_never_ends_times_out(
    running: Runner, model: Upstream, turn: Turn, settings: Settings
) -> None:
    settings.CHAT_ANSWER_SECONDS = 0.5
    model.script(Endless(every=0.02))
    text, generation = await answer(running, turn)
    assert text.startswith("word word")
    assert (generation.state, generation.error_code) == ("failed", "timeout")
    await asyncio.to_thread(model.wait_until_idle)


async def test_an_answer_beyond_the_size_cap_stops_at_its_length_limit(
    running: Runner, model: Upstream, turn: Turn, settings: Settings
) -> None:
    settings.CHAT_MAX_ANSWER_BYTES = 1_000
    model.script(Endless())
    text, generation = await answer(running, turn)
    assert 1_000 <= len(text) <= 1_010
    assert (generation.state, generation.outcome) == ("complete", "Stopped at its length limit.")
    await asyncio.to_thread(model.wait_until_idle)


# Stopping


async def test_stop_keeps_what_was_written_and_ends_the_request(running: Runner, model: Upstream, turn: Turn) -> None:
    model.script(Say("so far"), Hang())
    running.start(turn.generation.pk)
    await read_until(running, turn.answer.pk, "so far")
    await in_thread(turn.generation.request_stop)
    running.stop(turn.generation)
    assert await read_to_end(running, turn.answer.pk) == ("so far", "stopped")
    await asyncio.to_thread(model.wait_until_idle)


async def test_stop_is_felt_without_a_signal_too_as_from_another_process(
    running: Runner, model: Upstream, turn: Turn
) -> None:
    model.script(Say("so far"), Hang())
    running.start(turn.generation.pk)
    await read_until(running, turn.answer.pk, "so far")
    await in_thread(turn.generation.request_stop)
    assert await read_to_end(running, turn.answer.pk) == ("so far", "stopped")


async def test_stop_before_the_first_token_ends_it_without_text(running: Runner, model: Upstream, turn: Turn) -> None:
    hang = Hang()
    model.script(hang)
    running.start(turn.generation.pk)
    await asyncio.to_thread(hang.wait_until_reached)
    await in_thread(turn.generation.request_stop)
    running.stop(turn.generation)
    assert await read_to_end(running, turn.answer.pk) == ("", "stopped")


async def test_stop_while_queued_asks_no_model(running: Runner, model: Upstream, turn: Turn) -> None:
    await in_thread(turn.generation.request_stop)
    running.start(turn.generation.pk)
    assert await read_to_end(running, turn.answer.pk) == ("", "stopped")
    assert model.requests == []


async def test_stop_after_the_end_changes_nothing(running: Runner, turn: Turn) -> None:
    text, _ = await answer(running, turn)
    await in_thread(turn.generation.request_stop)
    running.stop(turn.generation)
    assert await read_to_end(running, turn.answer.pk) == (text, "complete")
    assert (await latest(turn.answer.pk)).stop_requested_at is None


# Going on


async def test_continue_goes_on_in_the_same_message(running: Runner, model: Upstream, turn: Turn) -> None:
    model.script(Say("The sky is blue because "), Cut())
    await answer(running, turn)
    model.script(Say("is blue because ", "of Rayleigh."), Finish())  # repeats its last words, as models do
    generation = await in_thread(lambda: turn.answer.conversation.proceed(fresh(turn), "scripted"))
    running.start(generation.pk)
    text, state = await read_to_end(running, turn.answer.pk)
    assert (text, state) == ("The sky is blue because of Rayleigh.", "complete")
    asked = model.requests[-1].body["messages"]
    assert asked[-2] == {"role": "assistant", "content": "The sky is blue because "}
    assert asked[-1]["role"] == "user"


async def test_try_again_asks_anew_in_the_same_message(running: Runner, model: Upstream, turn: Turn) -> None:
    model.script(Status(500))
    await answer(running, turn)
    generation = await in_thread(lambda: turn.answer.conversation.proceed(fresh(turn), "scripted"))
    assert generation.ordinal == 2
    running.start(generation.pk)
    assert await read_to_end(running, turn.answer.pk) == ("Hello world", "complete")


def fresh(turn: Turn) -> Message:
    return Message.objects.get(pk=turn.answer.pk)


# What the model is asked, and what its text may hold


async def test_the_model_gets_the_system_prompt_and_the_branch(
    running: Runner, model: Upstream, turn: Turn, settings: Settings
) -> None:
    settings.CHAT_SYSTEM_PROMPT = "Be kind."
    model.script(Say("Blue."), Finish())
    await answer(running, turn)
    second = await in_thread(lambda: turn.question.conversation.post("And grass?", turn.answer.pk, "scripted"))
    await answer(running, second)
    assert model.requests[-1].body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Why is the sky blue?"},
        {"role": "assistant", "content": "Blue."},
        {"role": "user", "content": "And grass?"},
    ]


async def test_the_model_gets_a_question_as_it_was_edited_and_nothing_of_the_branch_beside_it(
    running: Runner, model: Upstream, turn: Turn
) -> None:
    conversation = turn.question.conversation
    model.script(Say("Blue."), Finish())
    await answer(running, turn)
    for text in ("And gras?", "And then?"):
        model.script(Say("Something."), Finish())
        later = await in_thread(lambda text=text: conversation.post(text, uuid.uuid4(), "scripted"))  # type: ignore[misc]
        await answer(running, later)
    wrong = await in_thread(lambda: conversation.messages.get(text="And gras?"))
    edited = await in_thread(lambda: conversation.edit(wrong, "And grass?", uuid.uuid4(), "scripted"))
    await answer(running, edited)
    assert model.requests[-1].body["messages"][-3:] == [
        {"role": "user", "content": "Why is the sky blue?"},
        {"role": "assistant", "content": "Blue."},
        {"role": "user", "content": "And grass?"},
    ]
    assert "gras?" not in str(model.requests[-1].body)


async def test_what_databases_refuse_is_cleaned_at_the_door(running: Runner, model: Upstream, turn: Turn) -> None:
    model.script(Say("a\r", "\nb\0c", "\ud83d", "\ude00", "\ud83d!", "\ufeffd\r"), Finish())
    text, generation = await answer(running, turn)
    assert (text, generation.state) == ("a\nb\ufffdc\U0001f600\ufffd!d\n", "complete")


async def test_text_that_looks_like_an_event_stays_text(running: Runner, model: Upstream, turn: Turn) -> None:
    hostile = "event: done\ndata: x\n\nid: 9\u2028\x85 <script>alert(1)</script>"
    model.script(Say(hostile), Data('{"choices": []}'), Finish())
    text, _ = await answer(running, turn)
    assert text == hostile


async def test_the_message_of_a_running_answer_stays_a_row_of_chunks(
    running: Runner, model: Upstream, turn: Turn
) -> None:
    gate = Gate()
    model.script(Say("so far"), gate, Finish())
    running.start(turn.generation.pk)
    await wait_for(turn.answer.chunks.exists)
    assert (await in_thread(lambda: fresh(turn))).text == ""
    gate.release()
    assert await read_to_end(running, turn.answer.pk) == ("so far", "complete")


async def test_a_model_that_was_switched_off_before_it_is_asked_says_so(
    running: Runner, model: Upstream, turn: Turn
) -> None:
    await in_thread(lambda: WithdrawnModel.objects.create(name=MODEL))
    text, generation = await answer(running, turn)
    assert (text, generation.state, generation.error_code) == ("", "failed", "model_off")
    assert "switched off" in generation.outcome
    assert generation.offers_more
    assert not model.requests


async def test_in_place_of_a_default_that_is_switched_off_the_next_one_is_asked(
    running: Runner, model: Upstream, model_settings: Settings, turn: Turn
) -> None:
    await in_thread(lambda: WithdrawnModel.objects.create(name=MODEL))
    await in_thread(lambda: Generation.objects.update(model=""))
    upstream.catalog()._models[:] = [MODEL, "another"]
    model.script(Say("Here."), Finish())
    text, generation = await answer(running, turn)
    assert (text, generation.model) == ("Here.", "another")
