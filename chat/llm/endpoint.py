"""One OpenAI-compatible endpoint: Chat Completions in, deltas out.

Chunks are read as plain dicts through the client's own streaming (`cast_to=object`): its connection handling,
retries and exceptions stay, while building a typed object per chunk, most of the CPU, is left out.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp
import openai
from openai import AsyncOpenAI, AsyncStream, DefaultAioHttpClient, Timeout

from chat.llm import errors
from chat.llm.deltas import Delta, Finish, Usage, deltas_in, finish_reason_in, response_id_in, usage_in
from chat.llm.prompt import Continuation, Prompt, messages_for
from chat.llm.windows import window_in, window_in_refusal

LAST_WORDS_SECONDS = 2.0  # how long usage and [DONE] may take after the finish reason
NOT_A_STREAM = ("text/html", "application/json")  # what a wrong address, or an endpoint that can't stream, answers


class Endpoint:
    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        continuation: Continuation = "ask",
        connect_seconds: float = 10.0,
        retries: int = 2,
        parameters: Mapping[str, Any] | None = None,
        trust_environment: bool = True,
    ) -> None:
        """`parameters` go into every request's body. `trust_environment` follows HTTP_PROXY and its like."""
        self.base_url = base_url
        self.continuation: Continuation = continuation
        self.parameters = dict(parameters or {})
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            max_retries=retries,
            timeout=Timeout(None, connect=connect_seconds),
            http_client=DefaultAioHttpClient(trust_env=trust_environment),
        )

    async def models(self) -> list[str]:
        """Return the names the endpoint offers. Raises ModelError."""
        return list(await self.windows())

    async def windows(self) -> dict[str, int]:
        """Return what models() does, each with how many tokens it can see; 0 where the endpoint doesn't tell."""
        with TranslatedErrors():
            return windows_in(await self._client.get("/models", cast_to=object))

    async def stream(
        self, prompt: Prompt, model: str, parameters: Mapping[str, Any] | None = None
    ) -> AsyncGenerator[Delta | Finish, None]:
        """Yield deltas and, last, one Finish. Raises ModelError; a stream that ends without a reason is a Cut.

        `parameters` stand over the endpoint's own.

        Only connecting is bounded here; the deadlines for tokens are the caller's. Close the iterator to end
        the request.
        """
        async with aclosing(
            self._stream(prompt, model, {**self.parameters, **(parameters or {})}, self._client)
        ) as events:
            async for event in events:
                yield event

    async def words(self, prompt: Prompt, model: str, most_tokens: int) -> str:
        """Return a short answer's text, asked for once only. Raises ModelError; the deadline is the caller's."""
        parameters = {**self.parameters, "max_tokens": most_tokens}
        async with aclosing(
            self._stream(prompt, model, parameters, self._client.with_options(max_retries=0))
        ) as events:
            texts = [event.text async for event in events if isinstance(event, Delta) and event.part == "text"]
        return "".join(texts)

    async def _stream(
        self, prompt: Prompt, model: str, parameters: Mapping[str, Any], client: AsyncOpenAI
    ) -> AsyncGenerator[Delta | Finish, None]:
        body = {
            "model": model,
            "messages": messages_for(prompt, self.continuation),
            "stream": True,
            "stream_options": {"include_usage": True},
            **parameters,
        }
        with TranslatedErrors():
            chunks = await client.post("/chat/completions", cast_to=object, body=body, stream=True, stream_cls=Chunks)
        async with closing(chunks):
            async for event in _read(chunks):
                yield event

    async def close(self) -> None:
        await self._client.close()


class Chunks(AsyncStream[object]):
    """The client's stream, without the events that carry no data: it would read their nothing as broken JSON."""

    async def _iter_events(self) -> AsyncIterator[Any]:
        async for event in super()._iter_events():
            if event.data:
                yield event


async def _read(chunks: Chunks) -> AsyncIterator[Delta | Finish]:
    reason, usage, response_id = "", Usage(), ""
    parsed = _parsed(chunks)
    while (chunk := await _next(parsed, reason)) is not None:
        response_id = response_id or response_id_in(chunk)
        for delta in deltas_in(chunk):
            yield delta
        reason = reason or finish_reason_in(chunk)
        usage = usage_in(chunk) or usage
    if not reason:
        raise errors.Cut("the stream ended without a finish reason")
    yield Finish(reason, usage, response_id)


async def _next(parsed: AsyncIterator[Mapping[str, Any]], reason: str) -> Mapping[str, Any] | None:
    """Return the next chunk, or None at the end. Once there is a reason, the rest may be late or lost."""
    try:
        async with asyncio.timeout(LAST_WORDS_SECONDS if reason else None):
            return await anext(parsed, None)
    except (TimeoutError, errors.ModelError):
        if not reason:
            raise
        return None


async def _parsed(chunks: Chunks) -> AsyncIterator[Mapping[str, Any]]:
    kind = chunks.response.headers.get("content-type", "")
    if kind.startswith(NOT_A_STREAM):
        raise errors.Malformed(f"the answer is {kind}, not a stream")
    with TranslatedErrors(started=True):
        async for chunk in chunks:
            if not isinstance(chunk, Mapping):
                raise errors.Malformed(f"a chunk is not an object: {chunk!r:.200}")
            yield chunk


@asynccontextmanager
async def closing(chunks: Chunks) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await chunks.close()


class TranslatedErrors:
    """Raise the client's exceptions as our own. `started`: the response had begun, so a lost connection is a Cut."""

    def __init__(self, *, started: bool = False) -> None:
        self.started = started

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, Exception) and (ours := self._translate(error)):
            raise ours from error

    def _translate(self, error: Exception) -> errors.ModelError | None:
        match error:
            case openai.APIStatusError():
                return from_status(error)
            case openai.APIConnectionError() | aiohttp.ClientError() | OSError():
                return (errors.Cut if self.started else errors.Unreachable)(repr(error.__cause__ or error))
            case UnicodeEncodeError():
                return None  # what we sent, not what we got
            case ValueError() | RecursionError() | openai.APIError():
                return errors.Malformed(repr(error))
        return None


def windows_in(listing: object) -> dict[str, int]:
    data = listing.get("data") if isinstance(listing, Mapping) else None
    if not isinstance(data, list):
        raise errors.Malformed(f"not a list of models: {listing!r:.200}")
    models = [(model.get("id"), window_in(model)) for model in data if isinstance(model, Mapping)]
    return {name: window for name, window in models if isinstance(name, str) and name}


def from_status(error: openai.APIStatusError) -> errors.ModelError:
    detail = f"HTTP {error.status_code}: {error.message:.500}"
    match error.status_code:
        case 401 | 403:
            return errors.Denied(detail)
        case 404:
            return errors.UnknownModel(detail)
        case 429:
            return errors.RateLimited(detail)
        case 408 | 409:
            return errors.Unavailable(detail)
        case status if status >= 500:
            return errors.Unavailable(detail)
    window = window_in_refusal(error.message, error.body)
    return errors.TooLong(detail, window) if is_too_long(error) else errors.Rejected(detail)


def is_too_long(error: openai.APIStatusError) -> bool:
    """OpenAI has a code for it, llama.cpp a type; vLLM, Mistral and OpenRouter have only words."""
    named = error.code == "context_length_exceeded" or error.type == "exceed_context_size_error"
    return named or "maximum context length" in error.message
