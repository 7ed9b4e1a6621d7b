"""The models on offer, and the endpoint that serves each."""

import re
from collections.abc import Sequence

from chat.llm.embedded import ANSWERS_WINDOW, EmbeddedModel
from chat.llm.endpoint import Endpoint
from chat.llm.errors import ModelError
from chat.llm.windows import Windows

MOST_MODELS = 100
LONGEST_NAME = 200
CANT_CHAT = re.compile(r"embed|whisper|\btts\b|dall-e|moderation|rerank", re.IGNORECASE)


class Catalog:
    """Either the embedded model or the models of one endpoint."""

    def __init__(self, source: EmbeddedModel | Endpoint, models: Sequence[str] = (), window: int = 0) -> None:
        """`models` are the names on offer, the default first; without any, they are those the endpoint lists.

        `window` is how many tokens each can see; 0: the embedded model knows, an endpoint may tell.
        """
        self._source = source
        self.windows = Windows(window or (ANSWERS_WINDOW if isinstance(source, EmbeddedModel) else 0))
        self._models = [source.name] if isinstance(source, EmbeddedModel) else list(models)
        self._learns = not self._models

    @property
    def embedded(self) -> EmbeddedModel | None:
        return self._source if isinstance(self._source, EmbeddedModel) else None

    @property
    def default(self) -> str:
        """The model's name, or "" until the endpoint has been asked for its models."""
        return self._models[0] if self._models else ""

    @property
    def models(self) -> Sequence[str]:
        """The names on offer, the default first; none until the endpoint has been asked for them."""
        return tuple(self._models)

    async def endpoint(self) -> Endpoint:
        return await self._source.endpoint() if isinstance(self._source, EmbeddedModel) else self._source

    async def warm_up(self) -> None:
        """Load the embedded model, or learn the models' names where none were configured. Raises ModelError."""
        await self.endpoint()
        if not self._models:
            await self._learn()

    async def health(self) -> str:
        """Return "ok", or why the models can't be reached. Learns on the way what they are by now."""
        try:
            await self._learn()
        except ModelError as error:
            return error.sentence
        return "ok"

    async def _learn(self) -> None:
        """Ask for the models' names, and how much each can see."""
        windows = await (await self.endpoint()).windows()
        self.windows.learn_from_list(windows)
        if self._learns and windows:
            self._models = on_offer(list(windows), self.default)

    async def resolve(self, model: str) -> tuple[Endpoint, str]:
        """Return the endpoint for `model` and the name to ask it for; "" means the default. Raises ModelError."""
        if not model:
            await self.warm_up()
        return await self.endpoint(), model or self.default

    async def close(self) -> None:
        await self._source.close()


def on_offer(listed: Sequence[str], default: str) -> list[str]:
    """Return the names a person may choose from, the default first, and without those that say of themselves that they
    can't chat; where all do, with them."""
    names = [name for name in dict.fromkeys(listed) if name.isprintable() and len(name) <= LONGEST_NAME]
    chatting = [name for name in names if not CANT_CHAT.search(name)]
    return sorted(chatting or names, key=lambda name: name != default)[:MOST_MODELS]
