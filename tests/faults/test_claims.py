"""Two processes reach for the same generations in the same instant: each generation has one winner."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone

from chat.models import Conversation, Generation, Message, User
from tests.server import ROOT

ROUNDS = 1_000


def test_two_processes_claim_a_thousand_generations_and_each_has_one_winner(
    transactional_db: None, owner: User
) -> None:
    ids = queue(owner, ROUNDS)
    wins = Counter[int]()
    with claimer() as one, claimer() as other:
        for generation_id in ids:
            said = race(generation_id, one, other)
            assert sorted(said) == ["lost", "won"], generation_id
            wins[said.index("won")] += 1
    assert min(wins[0], wins[1]) > ROUNDS / 50, f"it was no race: {wins}"
    assert Generation.objects.filter(state="running", attempt=1).count() == ROUNDS


def queue(owner: User, count: int) -> list[int]:
    """Store queued generations, each of a conversation of its own; return their ids."""
    conversations = Conversation.objects.bulk_create(Conversation(user=owner, title="race") for _ in range(count))
    answers = Message.objects.bulk_create(
        Message(conversation=conversation, role=Message.Role.ASSISTANT) for conversation in conversations
    )
    generations = Generation.objects.bulk_create(
        Generation(message=answer, conversation=answer.conversation, ordinal=1, model="m", lease=timezone.now())
        for answer in answers
    )
    return [generation.pk for generation in generations]


Claimer = subprocess.Popen[str]


@contextmanager
def claimer() -> Iterator[Claimer]:
    command = [sys.executable, "-m", "tests.claimer"]
    environment = {**os.environ, "DATABASE_URL": url_of_test_database()}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process  # closing its input ends it


def url_of_test_database() -> str:
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return f"postgres://{values['USER']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def race(generation_id: int, *claimers: Claimer) -> list[str]:
    """Let them all claim it at once; return what each says."""
    for each in claimers:
        assert each.stdin
        each.stdin.write(f"{generation_id}\n")
        each.stdin.flush()
    return [each.stdout.readline().strip() for each in claimers if each.stdout]
