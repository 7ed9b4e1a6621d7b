"""The models this site offers: made once from the settings, and all that pages may know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from chat.errors import AllSwitchedOff
from chat.llm import Catalog, EmbeddedModel, Endpoint
from chat.models import WithdrawnModel

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_DEFAULT_MODEL = "gpt-4.1-mini"


@cache
def catalog() -> Catalog:
    if settings.CHAT_EMBEDDED:
        return Catalog(EmbeddedModel(settings.CHAT_LOCAL_MODEL), window=settings.CHAT_CONTEXT_TOKENS)
    endpoint = Endpoint(
        settings.OPENAI_BASE_URL or OPENAI_URL,
        settings.OPENAI_API_KEY or "none",  # the client insists on one; a keyless endpoint ignores it
        continuation="prefill" if settings.CHAT_CONTINUE == "prefill" else "ask",
        connect_seconds=settings.CHAT_CONNECT_SECONDS,
        retries=settings.CHAT_RETRIES,
        parameters=_parameters(),
    )
    models = settings.CHAT_MODELS or ([] if settings.OPENAI_BASE_URL else [OPENAI_DEFAULT_MODEL])
    return Catalog(endpoint, models, settings.CHAT_CONTEXT_TOKENS)


async def close() -> None:
    """Close the endpoint; the next catalog() makes a new one."""
    await catalog().close()
    catalog.cache_clear()


def _parameters() -> dict[str, int]:
    tokens = settings.CHAT_MAX_ANSWER_TOKENS
    return {"max_tokens": tokens} if tokens else {}


def default_model() -> str:
    """The first of those on offer; "" as long as the endpoint has not told them. Raises AllSwitchedOff."""
    names = models()
    if are_off(names):
        raise AllSwitchedOff
    return names[0] if names else ""


def are_off(names: Sequence[str]) -> bool:
    """Return whether it is because all are switched off that none of these is on offer."""
    return not names and bool(catalog().models)


def models() -> Sequence[str]:
    """The names on offer, the default first; none as long as the endpoint has not told them, or all are switched off.

    What the operator switches off is asked no more from here on; what is being written goes on.
    """
    withdrawn = WithdrawnModel.objects.names()
    return tuple(name for name in catalog().models if name not in withdrawn)


@dataclass(frozen=True)
class Source:
    """Where answers come from, in words for a page or a terminal."""

    name: str
    place: str
    is_bundled: bool = False  # the small model that comes with the site

    def __str__(self) -> str:
        return f"{self.name} {self.place}"


def source(names: Sequence[str] = ()) -> Source:
    """Return where they come from; `names` are those on offer, where the operator's choice among them counts too."""
    embedded, default = catalog().embedded, catalog().default
    if embedded is None:
        return Source(
            next(iter(names), "") or default or "the first model offered", f"at {settings.OPENAI_BASE_URL or 'OpenAI'}"
        )
    if embedded.is_bundled:
        return Source(embedded.name, "inside this server: small, offline and often wrong", is_bundled=True)
    return Source(embedded.name, "inside this server")
