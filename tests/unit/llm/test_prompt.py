"""What a model is asked, made from a conversation."""

import pytest

from chat.llm.prompt import GO_ON, Continuation, Prompt, Said, messages_for

HISTORY = [Said("user", "Hello"), Said("assistant", "Hi."), Said("user", "Why is the sky blue?")]
BOTH: list[Continuation] = ["prefill", "ask"]


def roles(messages: list[dict[str, str]]) -> list[str]:
    return [message["role"] for message in messages]


@pytest.mark.parametrize("continuation", BOTH)
def test_the_system_prompt_stands_first_and_the_history_follows_in_order(continuation: Continuation) -> None:
    assert messages_for(Prompt("Be brief.", HISTORY), continuation) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi."},
        {"role": "user", "content": "Why is the sky blue?"},
    ]


@pytest.mark.parametrize("continuation", BOTH)
def test_an_empty_system_prompt_is_left_out(continuation: Continuation) -> None:
    assert roles(messages_for(Prompt("", HISTORY), continuation)) == ["user", "assistant", "user"]


@pytest.mark.parametrize("continuation", BOTH)
def test_messages_without_text_are_left_out(continuation: Continuation) -> None:
    history = [Said("user", "Hello"), Said("assistant", ""), Said("user", "Are you there?")]
    assert [message["content"] for message in messages_for(Prompt("", history), continuation)] == [
        "Hello",
        "Are you there?",
    ]


def test_an_endpoint_that_prefills_gets_the_begun_answer_last() -> None:
    messages = messages_for(Prompt("Be brief.", HISTORY, begun="Because"), "prefill")
    assert messages[-1] == {"role": "assistant", "content": "Because"}
    assert len(messages) == 5


def test_any_other_endpoint_is_asked_to_go_on_after_the_begun_answer() -> None:
    messages = messages_for(Prompt("Be brief.", HISTORY, begun="Because"), "ask")
    assert messages[-2:] == [{"role": "assistant", "content": "Because"}, {"role": "user", "content": GO_ON}]
    assert len(messages) == 6


def test_an_answer_not_begun_is_not_asked_to_go_on() -> None:
    assert messages_for(Prompt("", HISTORY), "ask") == messages_for(Prompt("", HISTORY), "prefill")


@pytest.mark.parametrize("begun", [" ", "\n"])
def test_a_begun_answer_of_white_space_is_kept_as_it_is(begun: str) -> None:
    assert messages_for(Prompt("", HISTORY, begun), "prefill")[-1] == {"role": "assistant", "content": begun}
