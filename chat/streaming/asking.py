"""Asking a model with as much of a conversation as it can see; where it finds that too long, once more with less."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

from chat.llm import Delta, Endpoint, Finish, Fitted, Prompt, TooLong, Windows

Noted = Callable[[int], Awaitable[None]]  # is told how many messages the model isn't shown, before it is asked

log = logging.getLogger(__name__)


async def answer_to(
    prompt: Prompt, model: str, endpoint: Endpoint, windows: Windows, parameters: Mapping[str, Any], noted: Noted
) -> AsyncGenerator[Delta | Finish, None]:
    """Yield what Endpoint.stream() does. Raises ModelError; TooLong where leaving out more doesn't help or can't be."""
    how = (model, endpoint.continuation)
    fitted = windows.fit(prompt, *how, parameters)
    try:
        async with aclosing(_ask(fitted, model, endpoint, windows, parameters, noted)) as events:
            async for event in events:
                yield event
        return
    except TooLong as error:  # nothing was said yet
        shorter = windows.fit_after_refusal(fitted, *how, parameters, error.window)
        if shorter is None:
            raise
        log.info("A prompt was too long for %s (%s); it is sent again without its oldest messages", model, error)
    async with aclosing(_ask(shorter, model, endpoint, windows, parameters, noted)) as events:
        async for event in events:
            yield event


async def _ask(
    fitted: Fitted, model: str, endpoint: Endpoint, windows: Windows, parameters: Mapping[str, Any], noted: Noted
) -> AsyncGenerator[Delta | Finish, None]:
    await noted(fitted.unseen)
    async with aclosing(endpoint.stream(fitted.prompt, model, parameters)) as events:
        async for event in events:
            if isinstance(event, Finish):
                windows.calibrate(fitted.prompt, model, endpoint.continuation, event.usage.prompt_tokens)
            yield event
