"""How long a search takes among 100,000 messages: `make bench` runs it on both databases."""

import os
import random
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import accumulate
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from chat.models import User

MESSAGES = 100_000
EACH = 50  # messages of a conversation
VOCABULARY = 30_000
SYLLABLES = re.findall("..", "kalominerutasipovedaenoralisuncotamuleshi")
HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 2_500)]
ROUNDS = 30  # queries of a kind


class Language:
    """Made-up words, used as often as those of a language are: the second half as often as the first, and so on."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        made: dict[str, None] = {}
        while len(made) < VOCABULARY:
            made["".join(self.random.choices(SYLLABLES, k=self.random.choice((1, 2, 2, 3, 3, 4))))] = None
        self.words = list(made)
        self._weights = list(accumulate(1 / place for place in range(1, VOCABULARY + 1)))
        self._han_weights = list(accumulate(1 / place for place in range(1, len(HAN) + 1)))

    def text(self, count: int) -> str:
        return " ".join(self.random.choices(self.words, cum_weights=self._weights, k=count))

    def han(self, count: int) -> str:
        return "".join(self.random.choices(HAN, cum_weights=self._han_weights, k=count))


def fill(owner: "User", count: int, language: Language) -> None:
    """Write conversations in bulk, as an import does; every tenth message is Chinese."""
    from chat.models import Conversation, Message, SearchEntry

    pick = language.random
    for number in range(count // EACH):
        conversation = Conversation(user=owner, title=language.text(6)[:200])
        messages: list[Message] = []
        for place in range(EACH):
            is_question = place % 2 == 0
            words = pick.randint(5, 30) if is_question else pick.randint(50, 300)
            text = language.han(words) if place % 10 == number % 10 else language.text(words)
            role = Message.Role.USER if is_question else Message.Role.ASSISTANT
            parent = messages[-1] if messages else None
            messages.append(Message(conversation=conversation, parent=parent, role=role, text=text))
        Conversation.objects.bulk_create([conversation])
        Message.objects.bulk_create(messages)
        SearchEntry.objects.index(conversation)


def queries(language: Language) -> Iterator[tuple[str, list[str]]]:
    words, pick = language.words, language.random

    def some(first: int, last: int) -> str:
        return words[pick.randrange(first, last)]

    kinds: dict[str, Callable[[], str]] = {
        "the commonest words": lambda: words[pick.randrange(5)],
        "common": lambda: some(5, 200),
        "rare": lambda: some(5_000, VOCABULARY),
        "nowhere": lambda: uuid.uuid4().hex,
        "two words": lambda: f"{some(0, 1_000)} {some(0, 1_000)}",
        "five common words": lambda: " ".join(some(0, 20) for _ in range(5)),
        "beginning of two letters": lambda: some(0, 3_000)[:2],
        "beginning of three": lambda: some(0, 3_000)[:3],
        "phrase of two": lambda: f'"{language.text(2)}"',
        "phrase of three": lambda: f'"{language.text(3)}"',
        "one Chinese character": lambda: language.han(1),
        "two": lambda: language.han(2),
        "four": lambda: language.han(4),
    }
    for kind, make in kinds.items():
        yield kind, [make() for _ in range(ROUNDS)]


def measure(owner: "User", language: Language) -> None:
    from django.test import Client
    from django.urls import reverse

    client = Client(SERVER_NAME="localhost")
    client.force_login(owner)
    url = reverse("chat:search")

    def took(query: str) -> float:
        began = time.perf_counter()
        response = client.get(url, {"q": query}, HTTP_HX_REQUEST="true")
        taken = time.perf_counter() - began
        assert response.status_code == 200
        return taken * 1_000

    took("imports and templates")
    everything: list[float] = []
    for kind, texts in queries(language):
        times = [took(text) for text in texts]
        everything += times
        line(kind, times)
    line("all of these", everything)


def line(kind: str, times: list[float]) -> None:
    print(f"{kind:28}{median(times):>10.1f}{quantiles(times, n=20)[-1]:>10.1f}{max(times):>10.1f}", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CHAT_VAR_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        run(connection)


def run(connection: "BaseDatabaseWrapper") -> None:
    from chat.models import User

    language = Language(seed=1)
    much, little = (User.objects.create(username=uuid.uuid4().hex) for _ in range(2))
    print(f"\nSearch on {connection.vendor}: ms from request to answer")
    fill(much, MESSAGES, language)
    fill(little, MESSAGES // 100, language)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as its autovacuum does in time
    for whose, count, owner in (
        ("a person's {:,} messages", MESSAGES, much),
        ("{:,} beside them", MESSAGES // 100, little),
    ):
        print(f"{whose.format(count):28}{'p50':>10}{'p95':>10}{'longest':>10}")
        measure(owner, language)


if __name__ == "__main__":
    main()
