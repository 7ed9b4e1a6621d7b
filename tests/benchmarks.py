"""`make bench`: CPU seconds and bytes, never wall time. Figures of one run may be compared with each other."""

import os
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "*home*", "and", "through", "`the`", "rain")
TOKENS_A_FRAME = 3


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds this process spends on `work`."""
    began = time.process_time()
    work()
    return time.process_time() - began


def prose(tokens: int) -> list[str]:
    """Return tokens of paragraphs of about 500 characters."""
    return [WORDS[number % len(WORDS)] + ("\n\n" if number % 100 == 99 else " ") for number in range(tokens)]


def listing(tokens: int) -> list[str]:
    return ["- word " if number % 10 == 0 else "end\n" if number % 10 == 9 else "word " for number in range(tokens)]


def code(tokens: int) -> list[str]:
    return ["```python\n", *(f"name_{number} = 1\n" if number % 4 == 3 else "value + " for number in range(tokens))]


def frames(tokens: Sequence[str]) -> list[str]:
    return ["".join(tokens[start : start + TOKENS_A_FRAME]) for start in range(0, len(tokens), TOKENS_A_FRAME)]


def bench_rendering() -> None:
    from chat.rendering import Renderer, render, to_htmx
    from chat.streaming import sse

    print("\nRendering: a message fed three tokens a frame")
    print(f"{'':28}{'CPU ms / 1,000 tokens':>24}{'bytes / token':>16}{'bytes / final HTML':>20}")
    for name, make in (("prose", prose), ("list", listing), ("code", code)):
        for count in (500, 2_000):
            tokens = make(count)
            sent = 0

            def stream(tokens: list[str] = tokens) -> None:
                nonlocal sent
                renderer = Renderer()
                for number, text in enumerate(frames(tokens)):
                    patches = renderer.feed(text)
                    if patches:
                        sent += len(sse.encode("patch", to_htmx(patches, f"text-{uuid.UUID(int=1)}"), f"{number}.0"))

            seconds = cpu(stream)
            final = len(render("".join(tokens)))
            per_thousand = seconds * 1_000_000 / count
            print(f"{name + f', {count:,} tokens':28}{per_thousand:>24.1f}{sent / count:>16.1f}{sent / final:>20.2f}")


def bench_writing() -> None:
    from chat.models import Conversation, Generation, User
    from chat.models.chunk import Row

    print("\nWriting: one frame, one chunk for each generation")
    print(f"{'generations':28}{'CPU µs / chunk':>24}")
    for count in (1, 20, 200):
        user = User.objects.create(username=uuid.uuid4().hex)
        turns = [Conversation.objects.begin(user, "Hello", uuid.uuid4(), "bench") for _ in range(count)]
        claims = [turn.generation.claim_for("bench") or uuid.UUID(int=0) for turn in turns]
        rounds = max(2_000 // count, 20)

        def write(turns: Sequence[object] = turns, claims: list[uuid.UUID] = claims, rounds: int = rounds) -> None:
            for number in range(rounds):
                rows = [
                    Row(turn.answer.pk, claim, "text", number * 4, "word", number)  # type: ignore[attr-defined]
                    for turn, claim in zip(turns, claims, strict=True)
                ]
                Generation.objects.append(claims, rows, again=False)

        print(f"{count:<28}{cpu(write) * 1_000_000 / (rounds * count):>24.1f}")


def bench_pages() -> None:
    from django.core.cache import caches
    from django.core.management import call_command
    from django.test import Client

    from chat.models import User
    from tests.long import conversation_of

    user = User.objects.create(username=uuid.uuid4().hex)
    conversation = conversation_of(user, 200, 100_000)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    url = conversation.get_absolute_url()
    middle = conversation.thread()[100].pk
    call_command("collectstatic", interactive=False, verbosity=0)  # a page names files by their hashes
    client.get("/chat/")  # imports and templates
    repeats = 10

    def get(query: str, times: int = 1) -> None:
        for _ in range(times):
            assert client.get(f"{url}{query}").status_code == 200

    print("\nPages: a conversation of 200 messages and 100 kB, asked for by Django's test client")
    print(f"{'':28}{'CPU ms, first':>24}{'CPU ms, cached':>20}")
    for name, query in (("newest messages", ""), ("around the middle", f"?at={middle}")):
        caches["rendering"].clear()
        first = cpu(partial(get, query))
        again = cpu(partial(get, query, repeats)) / repeats
        print(f"{name:28}{first * 1000:>24.0f}{again * 1000:>20.0f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CHAT_VAR_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        bench_rendering()
        bench_writing()
        bench_pages()


if __name__ == "__main__":
    main()
