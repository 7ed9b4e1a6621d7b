"""The models on offer, and the endpoint that serves each."""

from collections.abc import Sequence

from chat.llm.embedded import EmbeddedModel
from chat.llm.endpoint import Endpoint
from chat.llm.errors import ModelError


class Catalog:
    """Either the embedded model or the models of one endpoint."""

    def __init__(self, source: EmbeddedModel | Endpoint, models: Sequence[str] = ()) -> None:
        """`models` are the names on offer, the default first; without any, the endpoint is asked once."""
        self._source = source
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
            self._models = await endpoint.models()

    async def health(self) -> str:
        """Return "ok", or why the models can't be reached."""
        try:
            await (await self.endpoint()).models()
        except ModelError as error:
            return error.sentence
        return "ok"

    async def resolve(self, model: str) -> tuple[Endpoint, str]:
        """Return the endpoint for `model` and the name to ask it for; "" means the default. Raises ModelError."""
        if not model:
            await self.warm_up()
        return await self.endpoint(), model or self.default

    async def close(self) -> None:
        await self._source.close()
