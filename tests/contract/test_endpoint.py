"""chat.llm.Endpoint against a real server that behaves in every way servers have been seen to."""

import asyncio
import gc
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from chat.llm import Cut, Delta, Endpoint, Finish, ModelError, Prompt, Said, Usage
from chat.llm import endpoint as endpoint_module
from chat.llm.errors import (
    Denied,
    Malformed,
    RateLimited,
    Rejected,
    TooLong,
    Unavailable,
    UnknownModel,
    Unreachable,
)
from tests import upstream as taps
from tests.upstream import PATIENCE, Data, Gate, Hang, Headers, Ping, Pings, Say, Status, Step, Upstream, Wire

PROMPT = Prompt("Be brief.", [Said("user", "Why is the sky blue?")])
HELLO = [Delta("text", "Hello "), Delta("text", "world")]

MakeEndpoint = Callable[..., Endpoint]


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
async def make_endpoint(upstream: Upstream) -> AsyncIterator[MakeEndpoint]:
    made: list[Endpoint] = []

    def make(base_url: str = "", **options: Any) -> Endpoint:
        made.append(Endpoint(base_url or upstream.base_url, "a key", trust_environment=False, **options))
        return made[-1]

    yield make
    for endpoint in made:
        await endpoint.close()


@pytest.fixture
def endpoint(make_endpoint: MakeEndpoint) -> Endpoint:
    return make_endpoint(retries=0)


async def answer(endpoint: Endpoint, prompt: Prompt = PROMPT) -> list[Delta | Finish]:
    async with asyncio.timeout(PATIENCE):
        return [event async for event in endpoint.stream(prompt, "scripted")]


async def answer_and_error(endpoint: Endpoint) -> tuple[list[Delta | Finish], ModelError | None]:
    """Return all there was before the error; any error that is not a ModelError is raised."""
    events: list[Delta | Finish] = []
    try:
        async with asyncio.timeout(PATIENCE):
            async for event in endpoint.stream(PROMPT, "scripted"):
                events.append(event)
    except ModelError as error:
        return events, error
    return events, None


def text_of(events: list[Delta | Finish]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta) and event.part == "text")


async def eventually_idle(upstream: Upstream) -> None:
    await asyncio.to_thread(upstream.wait_until_idle)


# What is asked


async def test_the_request_carries_model_messages_and_parameters(
    upstream: Upstream, make_endpoint: MakeEndpoint
) -> None:
    await answer(make_endpoint(parameters={"max_tokens": 7, "temperature": 0.5}))
    (request,) = upstream.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer a key"
    assert request.body == {
        "model": "scripted",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Why is the sky blue?"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 7,
        "temperature": 0.5,
    }


@pytest.mark.parametrize(("continuation", "last_role"), [("prefill", "assistant"), ("ask", "user")])
async def test_a_begun_answer_is_continued_the_way_the_endpoint_can(
    upstream: Upstream, make_endpoint: MakeEndpoint, continuation: str, last_role: str
) -> None:
    await answer(make_endpoint(continuation=continuation), Prompt("", PROMPT.history, begun="Because"))
    messages = upstream.requests[0].body["messages"]
    assert messages[-1]["role"] == last_role
    assert {"role": "assistant", "content": "Because"} in messages


async def test_models_are_listed_by_name(upstream: Upstream, endpoint: Endpoint) -> None:
    upstream.models = taps.Models("small", "large")
    assert await endpoint.models() == ["small", "large"]


# What is answered


async def test_a_plain_answer_is_deltas_and_then_one_finish(endpoint: Endpoint) -> None:
    finish = Finish("stop", Usage(prompt_tokens=5, completion_tokens=2), response_id="chatcmpl-1")
    assert await answer(endpoint) == [*HELLO, finish]


async def test_an_answer_without_usage_finishes_without_counts(upstream: Upstream, endpoint: Endpoint) -> None:
    upstream.script(Say("Hello"), taps.Finish())
    assert (await answer(endpoint))[-1] == Finish("stop", Usage(None, None), "chatcmpl-1")


async def test_an_empty_answer_is_only_a_finish(upstream: Upstream, endpoint: Endpoint) -> None:
    upstream.script(taps.Finish())
    assert await answer(endpoint) == [Finish("stop", Usage(), "chatcmpl-1")]


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter", "tool_calls"])
async def test_the_finish_reason_passes_through(upstream: Upstream, endpoint: Endpoint, reason: str) -> None:
    upstream.script(Say("Hello"), taps.Finish(reason))
    *deltas, finish = await answer(endpoint)
    assert deltas == [Delta("text", "Hello")]
    assert isinstance(finish, Finish)
    assert finish.reason == reason


async def test_a_refusal_is_text(upstream: Upstream, endpoint: Endpoint) -> None:
    upstream.script(taps.Refuse("I will ", "not."), taps.Finish())
    assert text_of(await answer(endpoint)) == "I will not."


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
async def test_reasoning_is_a_part_of_its_own(upstream: Upstream, endpoint: Endpoint, key: str) -> None:
    upstream.script(taps.Think("Hm. ", key=key), Say("Blue."), taps.Finish())
    *deltas, _finish = await answer(endpoint)
    assert deltas == [Delta("reasoning", "Hm. "), Delta("text", "Blue.")]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
async def test_characters_split_between_writes_arrive_whole(upstream: Upstream, endpoint: Endpoint, size: int) -> None:
    event = 'data: {"choices": [{"delta": {"content": "é€😀\u2028\x85"}}]}\r\n\r\n'.encode()
    upstream.script(taps.Bytes(*(event[at : at + size] for at in range(0, len(event), size))), taps.Finish())
    assert text_of(await answer(endpoint)) == "é€😀\u2028\x85"


async def test_lone_surrogates_in_json_pass_for_the_caller_to_clean(upstream: Upstream, endpoint: Endpoint) -> None:
    upstream.script(Say("\ud83d", "\ude00 \udfff"), taps.Finish())
    assert text_of(await answer(endpoint)) == "\ud83d\ude00 \udfff"


async def test_a_delta_arrives_before_the_next_one_is_said(upstream: Upstream, endpoint: Endpoint) -> None:
    gate = Gate()
    upstream.script(Say("first"), gate, Say("second"), taps.Finish())
    async with aclosing(endpoint.stream(PROMPT, "scripted")) as events:
        assert await anext(events) == Delta("text", "first")
        gate.release()
        assert await anext(events) == Delta("text", "second")


async def test_keep_alive_comments_say_nothing(upstream: Upstream, endpoint: Endpoint) -> None:
    upstream.script(Ping(), Say("Hello "), Ping(), Ping(), Say("world"), Ping(), taps.Finish())
    assert text_of(await answer(endpoint)) == "Hello world"


@pytest.mark.parametrize("lines", [b"id: 7\n\n: ping\n\n", b"retry: 500\n\n", b"event: ping\n\n", b"data:\n\n"])
async def test_events_without_data_say_nothing(upstream: Upstream, endpoint: Endpoint, lines: bytes) -> None:
    upstream.script(Say("Hello "), taps.Bytes(lines), Say("world"), taps.Finish())
    assert text_of(await answer(endpoint)) == "Hello world"


async def test_many_answers_stream_at_once(upstream: Upstream, endpoint: Endpoint) -> None:
    gate = Gate()
    upstream.default = (Headers(), gate, Say("Hello"), taps.Finish())
    async with asyncio.TaskGroup() as group:
        answers = [group.create_task(answer(endpoint)) for _ in range(150)]
        await asyncio.to_thread(upstream.wait_for_requests, 150)
        gate.release()
    assert {text_of(task.result()) for task in answers} == {"Hello"}


# How it ends when it ends badly


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (Status(400), Rejected),
        (Status(401), Denied),
        (Status(403), Denied),
        (Status(404), UnknownModel),
        (Status(408), Unavailable),
        (Status(409), Unavailable),
        (Status(422), Rejected),
        (Status(429), RateLimited),
        (Status(500), Unavailable),
        (Status(503), Unavailable),
        (taps.TOO_LONG, TooLong),
        (Status(400, "This model's maximum context length is 9 tokens.", "400"), TooLong),
    ],
)
async def test_each_status_has_its_error(
    upstream: Upstream, endpoint: Endpoint, status: Status, error: type[ModelError]
) -> None:
    upstream.script(status)
    with pytest.raises(error) as caught:
        await answer(endpoint)
    assert type(caught.value) is error
    assert f"HTTP {status.code}" in str(caught.value)
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "step",
    [taps.BROKEN, taps.NOT_AN_OBJECT, taps.BAD_UTF8, taps.ErrorObject(), Data("[" * 100_000), Data("9" * 5_000)],
    ids=["broken JSON", "not an object", "bad UTF-8", "error object", "deeply nested", "huge number"],
)
async def test_an_unreadable_chunk_is_malformed(upstream: Upstream, endpoint: Endpoint, step: Step) -> None:
    upstream.script(*[Say("Hello "), Say("world"), step, Say("never"), taps.Finish()])
    events, error = await answer_and_error(endpoint)
    assert events == HELLO
    assert type(error) is Malformed
    await eventually_idle(upstream)


class PlainPage:
    """What a wrong address answers: a friendly page, with status 200."""

    async def play(self, wire: Wire) -> None:
        await wire.head(200, {"Content-Type": "text/html; charset=utf-8"})
        wire.writer.write(b"<h1>Welcome</h1>")
        wire.done = True


class Json:
    def __init__(self, payload: object) -> None:
        self.payload = payload

    async def play(self, wire: Wire) -> None:
        await wire.answer(200, self.payload)


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (PlainPage(), "text/html"),
        (Json({"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}), "application/json"),
    ],
    ids=["page", "whole answer"],
)
async def test_an_answer_that_is_no_stream_is_malformed(
    upstream: Upstream, endpoint: Endpoint, step: Step, kind: str
) -> None:
    upstream.script(step)
    events, error = await answer_and_error(endpoint)
    assert events == []
    assert type(error) is Malformed
    assert kind in str(error)


@pytest.mark.parametrize(
    "last",
    [[], [Data("[DONE]")], [taps.Bytes(b'data: {"cho')], [taps.Cut()], [taps.Cut(reset=True)]],
    ids=["no reason, no [DONE]", "no reason", "within an event", "closed", "reset"],
)
async def test_an_end_without_a_reason_is_a_cut(upstream: Upstream, endpoint: Endpoint, last: list[Step]) -> None:
    gate = Gate()
    upstream.script(Say("Hello ", "world"), gate, *last)
    events: list[Delta | Finish] = []
    with pytest.raises(Cut):
        async for event in endpoint.stream(PROMPT, "scripted"):
            events.append(event)
            if event == HELLO[-1]:
                gate.release()  # a reset may overtake what was said before it
    assert events == HELLO
    assert len(upstream.requests) == 1


class BadGzip:
    async def play(self, wire: Wire) -> None:
        headers = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}
        await wire.head(200, headers)
        await wire.send(b"this is not gzip")


async def test_a_body_that_cannot_be_unpacked_is_a_cut(upstream: Upstream, endpoint: Endpoint) -> None:
    upstream.script(BadGzip())
    events, error = await answer_and_error(endpoint)
    assert events == []
    assert type(error) is Cut


class NotHttp:
    async def play(self, wire: Wire) -> None:
        wire.writer.write(b"220 mail.example.org ESMTP\r\n\r\n")
        wire.done = True


@pytest.mark.parametrize("step", [taps.Cut(), taps.Cut(reset=True), NotHttp()])
async def test_a_connection_lost_before_the_headers_is_unreachable(
    upstream: Upstream, endpoint: Endpoint, step: Step
) -> None:
    upstream.script(step)
    with pytest.raises(Unreachable):
        await answer(endpoint)


async def test_a_refused_connection_is_unreachable(upstream: Upstream, endpoint: Endpoint) -> None:
    upstream.stop()
    with pytest.raises(Unreachable):
        await answer(endpoint)
    with pytest.raises(Unreachable):
        await endpoint.models()


@pytest.mark.parametrize("url", ["http://nowhere.invalid/v1", "nonsense", "ftp://127.0.0.1/v1"])
async def test_an_impossible_address_is_unreachable(make_endpoint: MakeEndpoint, url: str) -> None:
    with pytest.raises(Unreachable):
        await answer(make_endpoint(url, retries=0))


async def test_a_server_that_accepts_nobody_is_unreachable_in_time(make_endpoint: MakeEndpoint) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, socket.socket() as first, socket.socket() as second:
        for waiting in (first, second):  # fill the queue nobody serves
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        endpoint = make_endpoint(f"http://127.0.0.1:{deaf.getsockname()[1]}/v1", retries=0, connect_seconds=0.2)
        with pytest.raises(Unreachable):
            await answer(endpoint)


async def test_a_prompt_that_cannot_be_sent_is_not_the_endpoints_fault(upstream: Upstream, endpoint: Endpoint) -> None:
    with pytest.raises(UnicodeEncodeError):
        await answer(endpoint, Prompt("\ud800", PROMPT.history))
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("step", "error"),
    [(Status(401), Denied), (Status(503), Unavailable), (taps.Cut(), Unreachable), (PlainPage(), Malformed)],
)
async def test_models_that_cannot_be_listed_raise_a_model_error(
    upstream: Upstream, endpoint: Endpoint, step: Step, error: type[ModelError]
) -> None:
    upstream.models = step
    with pytest.raises(error):
        await endpoint.models()


@pytest.mark.parametrize("payload", [{}, {"data": None}, {"data": "x"}, [], None])
async def test_a_list_of_models_that_is_none_is_malformed(
    upstream: Upstream, endpoint: Endpoint, payload: object
) -> None:
    upstream.models = Json(payload)
    with pytest.raises(Malformed):
        await endpoint.models()


async def test_models_without_a_name_are_left_out(upstream: Upstream, endpoint: Endpoint) -> None:
    upstream.models = Json({"data": [{}, None, {"id": 7}, {"id": ""}, {"id": "small"}]})
    assert await endpoint.models() == ["small"]


# Trying again


async def test_retry_after_is_honoured(upstream: Upstream, make_endpoint: MakeEndpoint) -> None:
    upstream.script(Status(429, headers={"Retry-After": "1"}))
    started = time.monotonic()
    events = await answer(make_endpoint(retries=1))
    assert text_of(events) == "Hello world"
    assert len(upstream.requests) == 2
    assert time.monotonic() - started >= 1.0  # the client's own first pause is at most half of that


@pytest.mark.parametrize("step", [Status(408), Status(409), Status(429), Status(500), Status(503), taps.Cut()])
async def test_what_may_pass_is_tried_again(
    upstream: Upstream, make_endpoint: MakeEndpoint, quick_retries: None, step: Step
) -> None:
    upstream.script(step)
    upstream.script(step)
    assert text_of(await answer(make_endpoint(retries=2))) == "Hello world"
    assert len(upstream.requests) == 3


async def test_retries_end(upstream: Upstream, make_endpoint: MakeEndpoint, quick_retries: None) -> None:
    upstream.default = (Status(503),)
    with pytest.raises(Unavailable):
        await answer(make_endpoint(retries=2))
    assert len(upstream.requests) == 3


@pytest.mark.parametrize("status", [Status(400), Status(401), Status(404), taps.TOO_LONG])
async def test_what_will_not_pass_is_not_tried_again(
    upstream: Upstream, make_endpoint: MakeEndpoint, quick_retries: None, status: Status
) -> None:
    upstream.script(status)
    with pytest.raises(ModelError):
        await answer(make_endpoint(retries=2))
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("step", [taps.Cut(), taps.BROKEN, taps.ErrorObject()])
async def test_nothing_is_tried_again_after_the_first_token(
    upstream: Upstream, make_endpoint: MakeEndpoint, quick_retries: None, step: Step
) -> None:
    upstream.script(Say("Hello"), step)
    with pytest.raises(ModelError):
        await answer(make_endpoint(retries=2))
    assert len(upstream.requests) == 1


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)


# Last words


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint_module, "LAST_WORDS_SECONDS", 0.05)


@pytest.mark.parametrize("last", [Hang(), Pings(), taps.Cut(), taps.BROKEN])
async def test_after_a_finish_reason_nothing_spoils_the_finish(
    upstream: Upstream, endpoint: Endpoint, little_patience: None, last: Step
) -> None:
    upstream.script(Say("Hello"), taps.Finish("length", done=False), last)
    assert await answer(endpoint) == [Delta("text", "Hello"), Finish("length", Usage(), "chatcmpl-1")]
    await eventually_idle(upstream)


async def test_usage_that_comes_late_is_waited_for(upstream: Upstream, endpoint: Endpoint) -> None:
    usage = Data('{"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}')
    upstream.script(Say("Hello"), taps.Finish(done=False), Ping(), usage)
    assert (await answer(endpoint))[-1] == Finish("stop", Usage(5, 2), "chatcmpl-1")


async def test_usage_said_early_is_not_forgotten(upstream: Upstream, endpoint: Endpoint) -> None:
    usage = Data('{"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}')
    upstream.script(usage, Say("Hello"), taps.Finish(done=False), Data('{"choices": [], "usage": null}'))
    assert (await answer(endpoint))[-1] == Finish("stop", Usage(5, 2), "chatcmpl-1")


# Leaving


@pytest.fixture
def no_leftovers(recwarn: pytest.WarningsRecorder) -> Iterator[None]:
    yield
    gc.collect()
    assert [str(warning.message) for warning in recwarn if issubclass(warning.category, ResourceWarning)] == []


async def test_closing_the_iterator_ends_the_request(
    upstream: Upstream, endpoint: Endpoint, no_leftovers: None
) -> None:
    upstream.script(taps.Endless())
    async with aclosing(endpoint.stream(PROMPT, "scripted")) as events:
        assert await anext(events) == Delta("text", "word ")
    await eventually_idle(upstream)
    assert upstream.requests[0].left


@pytest.mark.parametrize(
    "before",
    [[], [Headers()], [Say("Hello")], [Say("Hello"), taps.Finish(done=False)]],
    ids=["before the headers", "before the first token", "between tokens", "after the reason"],
)
async def test_cancelling_the_task_ends_the_request(
    upstream: Upstream, endpoint: Endpoint, no_leftovers: None, before: list[Step]
) -> None:
    hang = Hang()
    upstream.script(*before, hang)
    task = asyncio.create_task(answer(endpoint))
    await asyncio.to_thread(hang.wait_until_reached)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually_idle(upstream)
    assert upstream.requests[0].left


async def test_a_deadline_ends_the_request(upstream: Upstream, endpoint: Endpoint) -> None:
    upstream.script(Say("Hello"), Pings())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await answer(endpoint)
    await eventually_idle(upstream)
    assert upstream.requests[0].left


async def test_cancelling_while_waiting_to_try_again_asks_no_more(
    upstream: Upstream, make_endpoint: MakeEndpoint
) -> None:
    upstream.script(Status(429, headers={"Retry-After": "60"}))
    task = asyncio.create_task(answer(make_endpoint(retries=2)))
    await asyncio.to_thread(upstream.wait_for_requests)
    await eventually_idle(upstream)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(upstream.requests) == 1
