"""What an endpoint streams, once its wire format is behind us."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Part = Literal["text", "reasoning"]

LONGEST_ID = 200
LONGEST_REASON = 40
LARGEST_COUNT = 2**31 - 1


class Delta(NamedTuple):
    """A few more characters of one part of the answer."""

    part: Part
    text: str


@dataclass(frozen=True)
class Usage:
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True)
class Finish:
    """The endpoint's last word: why it stopped, and what it counted. `reason` is the wire's `finish_reason`."""

    reason: str
    usage: Usage = field(default_factory=Usage)
    response_id: str = ""


def deltas_in(chunk: Mapping[str, Any]) -> list[Delta]:
    """Return the text a `chat.completion.chunk` carries. A refusal is text; tool calls nobody offered are nothing."""
    delta = _first_choice(chunk).get("delta")
    if not isinstance(delta, Mapping):
        return []
    reasoning = delta.get("reasoning_content") or delta.get("reasoning")
    found: list[tuple[Part, Any]] = [
        ("reasoning", reasoning),
        ("text", delta.get("content")),
        ("text", delta.get("refusal")),
    ]
    return [Delta(part, text) for part, text in found if isinstance(text, str) and text]


def finish_reason_in(chunk: Mapping[str, Any]) -> str:
    return _label(_first_choice(chunk).get("finish_reason"), LONGEST_REASON)


def response_id_in(chunk: Mapping[str, Any]) -> str:
    return _label(chunk.get("id"), LONGEST_ID)


def usage_in(chunk: Mapping[str, Any]) -> Usage | None:
    usage = chunk.get("usage")
    if not isinstance(usage, Mapping):
        return None
    return Usage(_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))


def _first_choice(chunk: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = chunk.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        return choices[0]
    return {}


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= LARGEST_COUNT else None


def _label(value: object, longest: int) -> str:
    """Return what can be stored of a short text the endpoint chose: an odd one must not cost the answer."""
    return "".join(filter(str.isprintable, value))[:longest] if isinstance(value, str) else ""
