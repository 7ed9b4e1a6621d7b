"""Examples as fine-tuning endpoints take them: what a model was asked, and what it is to answer."""

from collections.abc import Callable, Sequence
from typing import Any

from chat.learning.reviewed import Reviewed
from chat.models import Message

Said = Callable[[str], str]  # a text as it is written: redacted, or as it is
Line = dict[str, Any]


def turn(role: str, text: str) -> Line:
    return {"role": role, "content": text}


def examples(reviewed: Reviewed, said: Said, *, only_good: bool, with_corrections: bool) -> list[Line]:
    """Return the branch that is shown as one example, or none where there is nothing to learn from.

    It ends with the last answer to learn from. One before it that is whole, but not known to be good where only good
    ones are wanted, stays as what was said: its weight is 0. One that is not whole is left out with its question, and
    with its answer a question that says nothing, which an imported file may have.
    """
    lines: list[Line] = []
    asked: list[Line] = []
    length, last = 0, None
    for message in reviewed.thread:
        if message.role == Message.Role.USER:
            asked.append(turn("user", message.text))
            continue
        correction = reviewed.correction_of(message) if with_corrections else ""
        if not is_told(asked) or (not correction and not reviewed.is_whole(message)):
            asked = []
            continue
        answer = turn("assistant", correction or message.text)
        lines += [*asked, answer]
        asked = []
        if correction or not only_good or is_good(reviewed, message):
            length, last = len(lines), message
        else:
            answer["weight"] = 0
    if last is None or not any(line["role"] == "user" for line in lines[:length]):
        return []
    return [{"messages": [*instructions(reviewed, last, said), *written(lines[:length], said)]}]


def is_good(reviewed: Reviewed, answer: Message) -> bool:
    standing = reviewed.standing(answer)
    return standing is not None and standing.is_good


def is_told(lines: Sequence[Line]) -> bool:
    """Whether each of these says something."""
    return all(line["content"].strip() for line in lines)


def context(reviewed: Reviewed, path: Sequence[Message]) -> list[Line]:
    """Return what was said down to a question, and it; of what was before, examples() leaves out the same."""
    lines: list[Line] = []
    asked: list[Line] = []
    for message in path:
        if message.role == Message.Role.USER:
            asked.append(turn("user", message.text))
            continue
        if is_told(asked) and reviewed.is_whole(message):
            lines += [*asked, turn("assistant", message.text)]
        asked = []
    return lines + asked


def written(lines: Sequence[Line], said: Said) -> list[Line]:
    return [{**line, "content": said(line["content"])} for line in lines]


def instructions(reviewed: Reviewed, answer: Message, said: Said) -> list[Line]:
    """Return the system prompt that an answer was asked for with, if there was one. The conversation's stands for one
    that nobody noted, which may have been changed since."""
    generation = reviewed.generations.get(answer.pk)
    prompt = generation.system_prompt if generation else reviewed.conversation.system_prompt
    return [turn("system", said(prompt))] if prompt else []
