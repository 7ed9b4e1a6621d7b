"""What each model can see at once, as far as this process has learned it, and which part of a history goes into that.

A window is set by the operator, or told by the endpoint's list of models, or by a refusal; the smaller one counts.
"""

import re
from collections.abc import Mapping
from typing import Any

from chat.llm.prompt import Continuation, Prompt
from chat.llm.tokens import Fitted, Scales, fit, length_of

MARGIN = 1.05  # no estimate is exact
ANSWERS_SHARE = 4  # of the window, a quarter is kept for an answer whose length is not limited
LONGEST_ANSWER = 4_096  # tokens kept for it at most
LARGEST_WINDOW = 100_000_000

# Where servers put it: vLLM and SGLang; OpenRouter and many others; Groq; Mistral; llama.cpp the running server's and,
# in older versions, only the model's.
_KEYS = ("max_model_len", "context_length", "context_window", "max_context_length")
_META_KEYS = ("n_ctx", "n_ctx_train")
_IN_WORDS = re.compile(r"maximum context length\D{1,20}(\d[\d,]*)")  # OpenAI, vLLM, OpenRouter


class Windows:
    def __init__(self, fixed: int = 0) -> None:
        """`fixed` is what the operator says, for every model; 0: learn it."""
        self._fixed = fixed
        self._listed: dict[str, int] = {}
        self._refused: dict[str, int] = {}
        self._scales = Scales()

    def of(self, model: str) -> int:
        """Return the model's window in tokens; 0 where nobody has told it."""
        told = (self._fixed or self._listed_for(model), self._refused.get(model, 0))
        return min(filter(None, told), default=0)

    def _listed_for(self, model: str) -> int:
        """A server that serves one model often goes by another name for it."""
        alone = next(iter(self._listed.values())) if len(self._listed) == 1 else 0
        return self._listed.get(model, alone)

    def learn_from_list(self, windows: Mapping[str, int]) -> None:
        self._listed = dict(windows)

    def fit(self, prompt: Prompt, model: str, continuation: Continuation, parameters: Mapping[str, Any]) -> Fitted:
        """Leave out the oldest messages that the model's window has no room for beside the answer."""
        return fit(prompt, self._room(model, parameters), continuation) if self.of(model) else Fitted(prompt)

    def _room(self, model: str, parameters: Mapping[str, Any]) -> float:
        """Return how much is left for a prompt, in tokens as they are estimated."""
        window = self.of(model)
        return (window - room_for_answer(window, parameters)) / (self._scales.of(model) * MARGIN)

    def fit_after_refusal(
        self, sent: Fitted, model: str, continuation: Continuation, parameters: Mapping[str, Any], told: int
    ) -> Fitted | None:
        """Return a shorter prompt than the one an endpoint found too long, or None where there is nothing to leave out.

        `told` is the window its refusal named. Where that is no news, or nothing was named, half of the prompt goes;
        and what was refused is longer than the window, so that the next one is not refused for the same reason.
        """
        length = length_of(sent.prompt, continuation)
        before = self.of(model)
        self._refused[model] = told or min(before or LARGEST_WINDOW, round(length * self._scales.of(model)))
        is_news = told and (told < before or not before)
        shorter = fit(sent.prompt, self._room(model, parameters) if is_news else length / 2, continuation)
        return Fitted(shorter.prompt, sent.unseen + shorter.unseen) if shorter.unseen else None

    def calibrate(self, prompt: Prompt, model: str, continuation: Continuation, counted: int | None) -> None:
        """Compare what an endpoint counted with what was estimated."""
        if counted:
            self._scales.learn(model, length_of(prompt, continuation), counted)


def room_for_answer(window: int, parameters: Mapping[str, Any]) -> int:
    """Return how many tokens of a window are kept for the answer: what is asked for, up to half, else a quarter."""
    asked = parameters.get("max_tokens") or parameters.get("max_completion_tokens")
    if isinstance(asked, int) and asked > 0:
        return min(asked, window // 2)
    return min(window // ANSWERS_SHARE, LONGEST_ANSWER)


def window_in(model: Mapping[str, Any]) -> int:
    """Return the window that an entry of a list of models tells, 0 where it tells none."""
    meta = model.get("meta")
    told = [model.get(key) for key in _KEYS]
    if isinstance(meta, Mapping):
        told += [meta.get(key) for key in _META_KEYS]
    return next(filter(None, map(_size, told)), 0)


def window_in_refusal(message: str, body: object) -> int:
    """Return the window that an error names: llama.cpp has a field for it, others have words."""
    named = _size(body.get("n_ctx")) if isinstance(body, Mapping) else 0
    words = _IN_WORDS.search(message)
    return named or (_size(int(words[1].replace(",", ""))) if words else 0)


def _size(value: object) -> int:
    return value if type(value) is int and 0 < value <= LARGEST_WINDOW else 0
