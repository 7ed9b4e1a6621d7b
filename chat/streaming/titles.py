"""Titles: a question's first words at once, what a model finds after the first answer, what a person gives for good."""

import asyncio
import logging
import re
from dataclasses import dataclass
from functools import partial

from django.conf import settings

from chat.llm import Catalog, ModelError, Prompt, Said
from chat.models import TITLE_LENGTH, Conversation, Generation, Message, WithdrawnModel
from chat.models.conversation import title_from
from chat.models.generation import State
from chat.streaming.database import DatabaseThread

SECONDS = 10.0  # a title that takes longer is not worth it
MOST_TOKENS = 60
LONGEST_QUOTE = 1_000  # characters of the question, and of the answer

HOW = (
    "You name conversations. Reply with nothing but a title of two to six words for the one below, in its language,"
    " without quotation marks and without a full stop."
)

_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_LABEL = re.compile(r"^(?:title|titel|titre|título|titolo)\s*:\s*", re.IGNORECASE)
_LEADING = " #>|-+"
_MARKS = " *_`~\"'“”„‟‘’‚«»‹›「」『』"  # noqa: RUF001  (quotation marks of all kinds)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Untitled:
    """A conversation whose first answer has ended, and what was said in it."""

    conversation: Conversation
    question: str
    answer: str


class Titles:
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._thread = DatabaseThread("titles")

    async def find(self, generation_id: int) -> None:
        """Name the conversation if this generation was its first answer and nobody has named it. Raises nothing."""
        try:
            untitled = await self._thread.run(partial(untitled_after, generation_id))
            title = await self._ask(untitled) if untitled else ""
            if untitled and title:
                await self._thread.run(partial(untitled.conversation.accept_title, title))
        except (ModelError, TimeoutError) as error:
            log.warning("No title was found after generation %s: %r", generation_id, error)
        except Exception:
            log.exception("No title was found after generation %s", generation_id)

    async def _ask(self, untitled: Untitled) -> str:
        said = f"Question:\n{untitled.question[:LONGEST_QUOTE]}\n\nAnswer:\n{untitled.answer[:LONGEST_QUOTE]}"
        async with asyncio.timeout(SECONDS):
            endpoint = await self._catalog.endpoint()
            prompt = Prompt(HOW, [Said("user", said)])
            return title_in(await endpoint.words(prompt, settings.CHAT_TITLE_MODEL, MOST_TOKENS))

    async def close(self) -> None:
        await self._thread.close()


def awaits_title(answer: Message) -> bool:
    """Whether a model is asked for a title after this answer as it ended."""
    if not settings.CHAT_TITLE_MODEL or WithdrawnModel.objects.switched_off(settings.CHAT_TITLE_MODEL):
        return False
    if answer.state != State.COMPLETE or not answer.text:
        return False
    return answer.parent is not None and answer.conversation.is_named_by(answer.parent)


def untitled_after(generation_id: int) -> Untitled | None:
    generations = Generation.objects.select_related("message__parent", "message__conversation")
    generation = generations.filter(pk=generation_id).first()
    answer = generation.message if generation else None
    if answer is None or answer.parent is None or not awaits_title(answer):
        return None
    return Untitled(answer.conversation, answer.parent.text, answer.text)


def title_in(words: str) -> str:
    """Return the title in what a model said: its first line, without marks; "" where there is none."""
    lines = (plain(line) for line in _THOUGHTS.sub("", words).splitlines())
    title = next(filter(None, lines), "")
    return title if len(title) <= TITLE_LENGTH else title_from(title)


def plain(line: str) -> str:
    shown = "".join(character for character in line if character.isprintable())
    bare = _LABEL.sub("", " ".join(shown.split()).lstrip(_LEADING).strip(_MARKS)).strip(_MARKS)
    return bare.rstrip(f".。:,;{_MARKS}") if any(map(str.isalnum, bare)) else ""
