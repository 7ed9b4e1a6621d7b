"""`make bench`: CPU seconds and bytes; wall time of searches, which wait for the database. Compare within one run."""

import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial

from tests import postgres
from tests.corpus import KINDS, TOKEN, answer, frames

TOKENS_A_SECOND = 50
FRAMES_A_SECOND = 20


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds this process spends on `work`."""
    began = time.process_time()
    work()
    return time.process_time() - began


def bench_rendering() -> None:
    from chat.rendering import render

    print(f"\nRendering: an answer at {TOKENS_A_SECOND} tokens a second, {FRAMES_A_SECOND} frames a second")
    print(f"{'':16}{'CPU ms / 1,000 tokens':>28}{'':>8}{'bytes':>8}{'(bytes - 120 an event)':>24}{'longest':>10}")
    print(f"{'':16}{'2,000':>20}{'20,000':>8}{'ratio':>8}{'/ token':>8}{'/ final HTML':>24}{'event':>10}")
    for kind in KINDS:
        short, long = answer(kind, 2_000), answer(kind, 20_000)
        seconds, _ = streamed(short)
        more_seconds, sizes = streamed(long)
        few, many = seconds / len(short), more_seconds / len(long)
        final = len(render(long).encode())
        print(
            f"{kind:16}{few * TOKEN * 1e6:>20.0f}{many * TOKEN * 1e6:>8.0f}{many / few:>8.2f}"
            f"{sum(sizes) / len(long) * TOKEN:>8.1f}{(sum(sizes) - 120 * len(sizes)) / final:>24.2f}{max(sizes):>10,}"
        )


def streamed(text: str) -> tuple[float, list[int]]:
    """Return the CPU seconds it takes to stream a text, and the bytes of each event."""
    from chat.rendering import Patch, Renderer, to_htmx
    from chat.streaming import sse

    renderer = Renderer()
    sizes: list[int] = []

    def send(patches: Sequence[Patch], end: int) -> None:
        if patches:
            sizes.append(len(sse.encode("patch", to_htmx(patches), f"{end}.0").encode()))

    def stream() -> None:
        end = 0
        for piece in frames(text, TOKENS_A_SECOND, FRAMES_A_SECOND):
            end += len(piece)
            send(renderer.feed(piece), end)
        send(renderer.finish(), end)

    return cpu(stream), sizes


def bench_writing() -> None:
    from chat.models import Conversation, Generation, User
    from chat.models.chunk import Row

    print("\nWriting: one frame, one chunk for each generation")
    print(f"{'generations':28}{'CPU µs / chunk':>24}")
    for count in (1, 20, 200):
        people = [User.objects.create(username=uuid.uuid4().hex) for _ in range(count)]
        turns = [Conversation.objects.begin(person, "Hello", uuid.uuid4(), "bench") for person in people]
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


def bench_rows(module: str) -> None:
    """Many rows, on both databases, each in a process of its own; this one measures time on the clock."""
    command = [sys.executable, "-m", module]
    subprocess.run(command, check=True)
    if postgres.programs():
        with postgres.cluster() as url:
            subprocess.run(command, check=True, env={**os.environ, "DATABASE_URL": url})


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
    bench_rows("tests.searching")
    bench_rows("tests.figures")


if __name__ == "__main__":
    main()
