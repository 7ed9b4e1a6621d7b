"""Fitting a history into a window: newest first, whole exchanges, the system prompt and the last question always."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.llm.prompt import Prompt, Said, messages_for
from chat.llm.tokens import LARGEST, PER_MESSAGE, Fitted, Scales, fit, length_of, tokens_in
from chat.llm.windows import MARGIN, Windows, room_for_answer, window_in, window_in_refusal

TEXTS = st.text(max_size=60)
EXCHANGES = st.lists(st.tuples(TEXTS, TEXTS), max_size=8)


@st.composite
def prompts(draw: st.DrawFn) -> Prompt:
    history = [
        said for question, answer in draw(EXCHANGES) for said in (Said("user", question), Said("assistant", answer))
    ]
    return Prompt(draw(TEXTS), [*history, Said("user", draw(TEXTS))], draw(TEXTS))


def long_prompt(exchanges: int = 10, words: int = 100) -> Prompt:
    said = [Said("user", "word " * words), Said("assistant", "word " * words)] * exchanges
    return Prompt("Be kind.", [*said, Said("user", "And now?")])


@given(prompts(), st.integers(0, 400), st.sampled_from(["ask", "prefill"]))
def test_what_is_fitted_is_within_its_room_or_can_t_be_shorter(prompt: Prompt, room: int, how: Any) -> None:
    fitted, unseen = fit(prompt, room, how)
    assert length_of(fitted, how) <= room or len(fitted.history) == 1
    assert list(fitted.history) == list(prompt.history)[unseen:]  # newest kept, whole, in order
    assert (fitted.system, fitted.begun) == (prompt.system, prompt.begun)
    assert fitted.history[0].role == "user"


@given(prompts(), st.integers(0, 400))
def test_no_exchange_is_left_out_that_has_room(prompt: Prompt, room: int) -> None:
    unseen = fit(prompt, room, "ask").unseen
    if unseen:
        one_more = Prompt(prompt.system, prompt.history[unseen - 2 :], prompt.begun)
        assert length_of(one_more, "ask") > room


@given(prompts())
def test_all_of_it_stays_where_there_is_room(prompt: Prompt) -> None:
    assert fit(prompt, length_of(prompt, "ask"), "ask") == Fitted(prompt, 0)


def test_a_history_that_begins_with_an_answer_keeps_it_with_the_first_question() -> None:
    said = [Said("assistant", "Hello"), Said("user", "a"), Said("assistant", "b"), Said("user", "c")]
    assert fit(Prompt("", said), 1, "ask").unseen == 3
    assert fit(Prompt("", said), 1_000, "ask").unseen == 0


def test_a_begun_answer_counts() -> None:
    prompt = long_prompt()
    begun = Prompt(prompt.system, prompt.history, "so far " * 200)
    room = length_of(prompt, "prefill")
    assert fit(prompt, room, "prefill").unseen == 0
    assert fit(begun, room, "prefill").unseen > 0


# Estimates


@pytest.mark.parametrize(
    ("text", "counted"),  # about what common tokenizers make of it
    [
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("def falls(drop: float) -> bool:\n    return drop > 3 / 1000\n", 18),
        ("天空为什么是蓝色的?", 7),
        ("Почему небо голубое?", 7),
        ("3.14159265358979", 7),
    ],
)
def test_an_estimate_errs_on_the_long_side_but_not_wildly(text: str, counted: int) -> None:
    assert counted <= tokens_in(text) <= 2 * counted


@given(st.text(), st.text())
def test_estimates_grow_with_the_text(one: str, other: str) -> None:
    assert tokens_in(one) >= 0
    assert tokens_in(f"{one}\n{other}") >= max(tokens_in(one), tokens_in(other)) - 1


def test_a_scale_learns_from_what_was_counted_and_faster_upwards() -> None:
    scales = Scales()
    assert scales.of("m") == 1
    scales.learn("m", 1_000, 2_000)
    up = scales.of("m") - 1
    scales.learn("n", 1_000, 500)
    down = 1 - scales.of("n")
    assert up > down > 0
    for _ in range(100):
        scales.learn("m", 1_000, 700)
    assert scales.of("m") == pytest.approx(0.7, abs=0.01)
    assert scales.of("other") == 1


def test_nonsense_moves_a_scale_only_so_far() -> None:
    scales = Scales()
    for counted in (10**9, 0, -1):
        scales.learn("m", 1_000, counted)
    assert 1 < scales.of("m") <= LARGEST
    scales.learn("tiny", 5, 500)  # the template alone
    assert scales.of("tiny") == 1


# Windows


def test_where_nobody_tells_nothing_is_left_out() -> None:
    prompt = long_prompt()
    assert Windows().fit(prompt, "m", "ask", {}) == Fitted(prompt)


@given(st.integers(256, 4_000), st.sampled_from([{}, {"max_tokens": 100}, {"max_tokens": 10**6}]))
def test_prompt_and_answer_fit_together(window: int, parameters: Mapping[str, Any]) -> None:
    prompt = Windows(window).fit(long_prompt(), "m", "ask", parameters).prompt
    assert length_of(prompt, "ask") * MARGIN + room_for_answer(window, parameters) <= window


def test_an_operators_word_counts_before_the_endpoints() -> None:
    windows = Windows(1_000)
    windows.learn_from_list({"m": 5_000})
    assert windows.of("m") == 1_000


def test_a_server_with_one_model_means_that_one() -> None:
    windows = Windows()
    windows.learn_from_list({"/models/x.gguf": 5_000})
    assert windows.of("x") == 5_000
    windows.learn_from_list({"a": 5_000, "b": 0})
    assert [windows.of(model) for model in ("a", "b", "x")] == [5_000, 0, 0]


@pytest.mark.parametrize(
    ("model", "window"),
    [
        ({"id": "a"}, 0),
        ({"max_model_len": 4_096}, 4_096),
        ({"context_length": 131_072, "top_provider": {"context_length": 1}}, 131_072),
        ({"context_window": 8_192}, 8_192),
        ({"max_context_length": 32_768}, 32_768),
        ({"meta": {"n_ctx": 2_048, "n_ctx_train": 8_192}}, 2_048),
        ({"meta": {"n_ctx_train": 8_192}}, 8_192),
        ({"context_length": None, "meta": None}, 0),
        ({"context_length": "many"}, 0),
        ({"context_length": True}, 0),
        ({"context_length": -1}, 0),
        ({"context_length": 10**12}, 0),
    ],
)
def test_what_lists_of_models_tell(model: Mapping[str, Any], window: int) -> None:
    assert window_in(model) == window


@pytest.mark.parametrize(
    ("message", "body", "window"),
    [
        ("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens", None, 8_192),
        ("This model's maximum context length is 128,000 tokens.", {}, 128_000),
        ("the model's maximum context length (4096)", {}, 4_096),
        ("request (12016 tokens) exceeds the available context size", {"n_prompt_tokens": 12_016, "n_ctx": 512}, 512),
        ("too long", {"n_ctx": "x"}, 0),
        ("maximum context length is unknown", "text", 0),
    ],
)
def test_what_refusals_tell(message: str, body: object, window: int) -> None:
    assert window_in_refusal(message, body) == window


def test_a_refusal_that_names_the_window_teaches_it() -> None:
    windows, prompt = Windows(), long_prompt()
    shorter = windows.fit_after_refusal(Fitted(prompt), "m", "ask", {}, 600)
    assert shorter
    assert shorter.unseen == windows.fit(prompt, "m", "ask", {}).unseen > 0
    assert windows.of("m") == 600
    assert windows.of("other") == 0


@pytest.mark.parametrize("told", [0, 4_000])
def test_one_that_tells_nothing_new_halves_what_was_sent(told: int) -> None:
    windows, prompt = Windows(4_000), long_prompt()
    length = length_of(prompt, "ask")
    shorter = windows.fit_after_refusal(Fitted(prompt), "m", "ask", {}, told)
    assert shorter
    assert length / 3 < length_of(shorter.prompt, "ask") <= length / 2


def test_one_that_names_nothing_is_not_met_twice() -> None:
    windows, prompt = Windows(), long_prompt()
    windows.fit_after_refusal(Fitted(prompt), "m", "ask", {}, 0)
    assert windows.fit(prompt, "m", "ask", {}).unseen > 0


def test_what_was_left_out_before_counts_too() -> None:
    windows, prompt = Windows(1_500), long_prompt()
    first = windows.fit(prompt, "m", "ask", {})
    second = windows.fit_after_refusal(first, "m", "ask", {}, 0)
    assert second
    assert second.unseen > first.unseen > 0
    assert list(second.prompt.history) == list(prompt.history)[second.unseen :]


def test_a_last_question_that_is_too_long_can_t_be_helped() -> None:
    prompt = Prompt("", [Said("user", "word " * 1_000)])
    assert Windows().fit_after_refusal(Fitted(prompt), "m", "ask", {}, 100) is None


def test_an_estimate_that_proved_short_leaves_out_more() -> None:
    windows, prompt = Windows(2_000), long_prompt()
    before = windows.fit(prompt, "m", "ask", {})
    windows.calibrate(prompt, "m", "ask", 3 * length_of(prompt, "ask"))
    assert windows.fit(prompt, "m", "ask", {}).unseen > before.unseen
    windows.calibrate(prompt, "other", "ask", None)
    assert windows.fit(prompt, "other", "ask", {}) == before


def test_a_message_costs_more_than_its_text() -> None:
    prompt = Prompt("", [Said("user", "word")])
    assert length_of(prompt, "ask") == len(messages_for(prompt, "ask")) * PER_MESSAGE + 1
