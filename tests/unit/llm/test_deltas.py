"""Chunks as they should be, and as they are."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.llm.deltas import Delta, Usage, deltas_in, finish_reason_in, response_id_in, usage_in

ODD: list[Any] = [None, True, 7, -1.5, "x", "", [], [None], [[]], {}, {"x": 1}]


def chunk(**delta: Any) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        ({"content": "Hello"}, [Delta("text", "Hello")]),
        ({"refusal": "No."}, [Delta("text", "No.")]),
        ({"reasoning_content": "Hm."}, [Delta("reasoning", "Hm.")]),
        ({"reasoning": "Hm."}, [Delta("reasoning", "Hm.")]),
        ({"reasoning_content": "Hm.", "reasoning": "Hm."}, [Delta("reasoning", "Hm.")]),
        ({"content": "Blue.", "reasoning": "Hm."}, [Delta("reasoning", "Hm."), Delta("text", "Blue.")]),
        ({"content": "", "reasoning_content": ""}, []),
        ({"role": "assistant", "content": None, "refusal": None}, []),
        ({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]}, []),
        ({}, []),
    ],
)
def test_a_delta_has_the_text_of_its_parts(delta: dict[str, Any], expected: list[Delta]) -> None:
    assert deltas_in(chunk(**delta)) == expected


@pytest.mark.parametrize("key", ["content", "refusal", "reasoning", "reasoning_content"])
@pytest.mark.parametrize("value", [odd for odd in ODD if not isinstance(odd, str)])
def test_text_of_an_odd_type_is_no_text(key: str, value: object) -> None:
    assert deltas_in(chunk(**{key: value})) == []


@pytest.mark.parametrize("value", [odd for odd in ODD if odd != ""])
def test_odd_reasoning_hides_no_text(value: object) -> None:
    assert Delta("text", "Blue.") in deltas_in(chunk(content="Blue.", reasoning=value))


@pytest.mark.parametrize("choices", ODD)
def test_odd_choices_say_nothing(choices: object) -> None:
    assert deltas_in({"choices": choices}) == []
    assert finish_reason_in({"choices": choices}) == ""


@pytest.mark.parametrize("delta", ODD)
def test_odd_deltas_say_nothing(delta: object) -> None:
    assert deltas_in({"choices": [{"delta": delta}]}) == []


def test_a_chunk_without_anything_says_nothing() -> None:
    assert (deltas_in({}), finish_reason_in({}), usage_in({}), response_id_in({})) == ([], "", None, "")


@pytest.mark.parametrize(("reason", "expected"), [("stop", "stop"), (None, ""), (7, ""), ({}, ""), (["stop"], "")])
def test_a_finish_reason_is_text_or_nothing(reason: object, expected: str) -> None:
    assert finish_reason_in({"choices": [{"finish_reason": reason}]}) == expected


@pytest.mark.parametrize(("given_id", "expected"), [("chatcmpl-1", "chatcmpl-1"), (None, ""), (7, ""), ({}, "")])
def test_a_response_id_is_text_or_nothing(given_id: object, expected: str) -> None:
    assert response_id_in({"id": given_id}) == expected


def test_labels_no_database_would_take_are_made_to_fit() -> None:
    assert response_id_in({"id": "\0a\ud800b\n" + "c" * 500}) == "ab" + "c" * 198
    assert finish_reason_in({"choices": [{"finish_reason": "\0sto\ud800p" + "!" * 500}]}) == "stop" + "!" * 36


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 2}, Usage(5, 2)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, Usage(0, 0)),
        ({"prompt_tokens": 5}, Usage(5, None)),
        ({"prompt_tokens": None, "completion_tokens": "2"}, Usage(None, None)),
        ({"prompt_tokens": -1, "completion_tokens": 2.0}, Usage(None, None)),
        ({"prompt_tokens": True, "completion_tokens": 2**31}, Usage(None, None)),
        ({}, Usage(None, None)),
        (None, None),
        (7, None),
        ([], None),
        ("x", None),
    ],
)
def test_usage_is_what_can_be_counted(usage: object, expected: Usage | None) -> None:
    assert usage_in({"choices": [], "usage": usage}) == expected


def test_only_the_first_choice_counts() -> None:
    two = {"choices": [{"delta": {"content": "first"}}, {"delta": {"content": "second"}, "finish_reason": "stop"}]}
    assert deltas_in(two) == [Delta("text", "first")]
    assert finish_reason_in(two) == ""


KEYS = st.sampled_from(
    ["id", "choices", "delta", "content", "refusal", "reasoning", "finish_reason", "usage", "prompt_tokens"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab\0", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
@given(st.dictionaries(KEYS, JSON))
def test_no_chunk_raises(odd: Mapping[str, Any]) -> None:
    assert all(text and isinstance(text, str) for _part, text in deltas_in(odd))
    assert isinstance(finish_reason_in(odd), str)
    assert isinstance(response_id_in(odd), str)
    assert isinstance(usage_in(odd), Usage | None)
