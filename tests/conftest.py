"""What every test may use: three people and a reviewer, and a scripted model behind the running engine."""

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from django.core.cache import cache
from django.core.management import call_command
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from chat.models import Conversation, Turn, User
from chat.models.generation import GenerationQuerySet, State
from chat.streaming import upstream as models_on_offer
from chat.streaming.runner import Runner, runner
from tests.upstream import Upstream

MODEL = "scripted"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's synchronous API leaves a loop running that asynchronous tests can't share."""
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Pages name their files as collectstatic left them."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """A hash that is slow on purpose has no purpose here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def uncounted() -> None:
    """Nobody has tried anything yet: all tests come from one address."""
    cache.clear()


# People


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner", password="owner's secret")


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create_user("other", password="other's secret")


@pytest.fixture
def reviewer(db: None) -> User:
    return User.objects.create_superuser("reviewer", password="reviewer's secret")


@pytest.fixture
def owner_client(owner: User) -> Client:
    return signed_in(owner)


@pytest.fixture
def other_client(other: User) -> Client:
    return signed_in(other)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# Conversations


def begin(user: User, text: str = "Why is the sky blue?") -> Turn:
    return Conversation.objects.begin(user, text, uuid.uuid4(), MODEL)


@pytest.fixture
def turn(owner: User) -> Turn:
    """A question of the owner's whose answer is queued."""
    return begin(owner)


def stop_all(generations: GenerationQuerySet) -> None:
    """Have these end, where active, with what they have, as if nobody wrote them."""
    generations.filter(state__in=State.active()).update(state=State.STOPPED, claim=None, finished=Now())


# The model and the engine


@pytest.fixture
def model() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def model_settings(settings: Settings, model: Upstream) -> Iterator[Settings]:
    """The site's settings, with the scripted model for its endpoint."""
    settings.CHAT_EMBEDDED = False
    settings.OPENAI_BASE_URL = model.base_url
    settings.CHAT_MODELS = [MODEL]
    settings.CHAT_CONTINUE = "ask"
    settings.CHAT_RETRIES = 0
    models_on_offer.catalog.cache_clear()
    yield settings
    models_on_offer.catalog.cache_clear()


@pytest_asyncio.fixture
async def running(transactional_db: None, model_settings: Settings) -> AsyncIterator[Runner]:
    """The runner, open: writer, engine and reaper at work in this test's loop."""
    await runner.open()
    yield runner
    await runner.close(grace=0)
