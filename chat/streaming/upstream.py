"""The models this site offers: made once from the settings, and all that pages may know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from chat.llm import Catalog, EmbeddedModel, Endpoint

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
    return catalog().default


def models() -> Sequence[str]:
    """The names on offer, the default first; none as long as the endpoint has not told them."""
    return catalog().models


@dataclass(frozen=True)
class Source:
    """Where answers come from, in words for a page or a terminal."""

    name: str
    place: str
    is_bundled: bool = False  # the small model that comes with the site

    def __str__(self) -> str:
        return f"{self.name} {self.place}"


def source() -> Source:
    embedded = catalog().embedded
    if embedded is None:
        return Source(default_model() or "the first model offered", f"at {settings.OPENAI_BASE_URL or 'OpenAI'}")
    if embedded.is_bundled:
        return Source(embedded.name, "inside this server: small, offline and often wrong", is_bundled=True)
    return Source(embedded.name, "inside this server")
