"""The message list an endpoint gets, made from a conversation's history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Continuation = Literal["prefill", "ask"]

GO_ON = "Continue exactly where your answer stopped. Repeat nothing."


class Said(NamedTuple):
    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Prompt:
    """What a model is asked: the history, oldest first, and the beginning of the answer if it is to go on with one."""

    system: str
    history: Sequence[Said]
    begun: str = ""


def messages_for(prompt: Prompt, continuation: Continuation) -> list[dict[str, str]]:
    """Return Chat Completions messages.

    An answer that was begun stands last, as the assistant's own words: an endpoint that can `prefill` goes on
    from there, any other is asked to.
    """
    messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
    messages += [{"role": said.role, "content": said.text} for said in prompt.history if said.text]
    if prompt.begun:
        messages.append({"role": "assistant", "content": prompt.begun})
        if continuation == "ask":
            messages.append({"role": "user", "content": GO_ON})
    return messages
