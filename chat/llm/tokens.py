"""How long texts are in tokens: an estimate that errs on the long side, and learns from what endpoints count."""

import re
from typing import NamedTuple

from chat.llm.prompt import Continuation, Prompt, messages_for

PER_MESSAGE = 6  # what a chat template puts around each
LARGEST = 4.0  # no estimate is further off than this, whatever an endpoint says it counted
SHORTEST_LESSON = 100  # tokens; below that the template counts for more than the text
QUICKLY, SLOWLY = 0.5, 0.1  # a prompt longer than estimated is refused, a shorter one only forgets too early
MOST_MODELS = 100

# About what tokenizers cut text into: short words and parts of long ones, digits by twos, every ideograph, letters of
# other scripts by twos, each sign, and blanks where they are more than the one before a word.
_PIECE = re.compile(
    r"[A-Za-z]{1,6}"
    r"|\d{1,2}"
    r"|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
    r"|[^\W\d_]{1,2}"
    r"|[^\w\s]|_"
    r"|\s{2,}|[\n\t]"
)
_BEYOND = re.compile(r"[\U00010000-\U0010ffff]")  # emoji and rare signs: two or three more


def tokens_in(text: str) -> int:
    return len(_PIECE.findall(text)) + 2 * len(_BEYOND.findall(text))


def length_of(prompt: Prompt, continuation: Continuation) -> int:
    return sum(PER_MESSAGE + tokens_in(message["content"]) for message in messages_for(prompt, continuation))


class Scales:
    """How many tokens a model makes of what is estimated as one: 1 until its endpoint has counted."""

    def __init__(self) -> None:
        self._factors: dict[str, float] = {}

    def of(self, model: str) -> float:
        return self._factors.get(model, 1.0)

    def learn(self, model: str, estimated: int, counted: int) -> None:
        """Take in what an endpoint counted for a prompt that was estimated (by tokens alone, without this factor)."""
        if estimated < SHORTEST_LESSON or counted < 1:
            return
        ratio = min(max(counted / estimated, 1 / LARGEST), LARGEST)
        known = self.of(model)
        if model not in self._factors and len(self._factors) >= MOST_MODELS:
            self._factors.pop(next(iter(self._factors)))
        self._factors[model] = known + (ratio - known) * (QUICKLY if ratio > known else SLOWLY)


class Fitted(NamedTuple):
    """A prompt, and how many messages at the beginning of its history were left out of it."""

    prompt: Prompt
    unseen: int = 0


def fit(prompt: Prompt, room: float, continuation: Continuation) -> Fitted:
    """Leave out of a history what doesn't fit into `room` tokens (as tokens_in() counts), oldest first.

    Whole exchanges go, a question with its answers. The last question and all after it stay, fit or not, and so does
    the system prompt: whether that is too much, the endpoint says.
    """
    starts = [place for place, said in enumerate(prompt.history) if said.role == "user"]
    if not starts:
        return Fitted(prompt)
    starts[0] = 0  # what stands before the first question belongs to it
    begins = end = starts[-1]
    used = length_of(_from(prompt, begins), continuation)
    for start in reversed(starts[:-1]):
        used += sum(PER_MESSAGE + tokens_in(said.text) for said in prompt.history[start:end] if said.text)
        if used > room:
            break
        begins = end = start
    return Fitted(_from(prompt, begins), begins)


def _from(prompt: Prompt, begins: int) -> Prompt:
    return Prompt(prompt.system, prompt.history[begins:], prompt.begun)
