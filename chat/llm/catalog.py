"""The models on offer, and the endpoint that serves each."""

from collections.abc import Sequence

from chat.llm.embedded import ANSWERS_WINDOW, EmbeddedModel
from chat.llm.endpoint import Endpoint
from chat.llm.errors import ModelError
from chat.llm.windows import Windows


class Catalog:
    """Either the embedded model or the models of one endpoint."""

    def __init__(self, source: EmbeddedModel | Endpoint, models: Sequence[str] = (), window: int = 0) -> None:
        """`models` are the names on offer, the default first; without any, the endpoint is asked once.

        `window` is how many tokens each can see; 0: the embedded model knows, an endpoint may tell.
        """
        self._source = source
        self.windows = Windows(window or (ANSWERS_WINDOW if isinstance(source, EmbeddedModel) else 0))
        self._models = [source.name] if isinstance(source, EmbeddedModel) else list(models)

    @property
    def embedded(self) -> EmbeddedModel | None:
        return self._source if isinstance(self._source, EmbeddedModel) else None

    @property
    def default(self) -> str:
        """The model's name, or "" until the endpoint has been asked for its models."""
        return self._models[0] if self._models else ""

    async def endpoint(self) -> Endpoint:
        return await self._source.endpoint() if isinstance(self._source, EmbeddedModel) else self._source

    async def warm_up(self) -> None:
        """Load the embedded model, or learn the models' names where none were configured. Raises ModelError."""
        endpoint = await self.endpoint()
        if not self._models:
            self._models = await self._learn(endpoint)

    async def health(self) -> str:
        """Return "ok", or why the models can't be reached."""
        try:
            await self._learn(await self.endpoint())
        except ModelError as error:
            return error.sentence
        return "ok"

    async def _learn(self, endpoint: Endpoint) -> list[str]:
        """Ask for the models' names, and keep how much each can see."""
        windows = await endpoint.windows()
        self.windows.learn_from_list(windows)
        return list(windows)

    async def resolve(self, model: str) -> tuple[Endpoint, str]:
        """Return the endpoint for `model` and the name to ask it for; "" means the default. Raises ModelError."""
        if not model:
            await self.warm_up()
        return await self.endpoint(), model or self.default

    async def close(self) -> None:
        await self._source.close()
