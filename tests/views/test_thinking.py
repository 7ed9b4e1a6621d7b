"""What a model thought, on a page: folded above the answer, told how long it took, and nowhere else."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat.models import Chunk, Ending, Generation, Message, Turn, User
from chat.models.chunk import Row
from chat.models.generation import State
from chat.templatetags.chat import thought
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

REASONING = "They ask of the *sky* <b>."


def write(turn: Turn, *, reasoning: str = REASONING, text: str = "Because.", state: State | None = None) -> None:
    """Write an answer that was thought about for twelve seconds."""
    claim = turn.generation.claim_for("a test")
    assert claim is not None
    rows = [
        Row(turn.answer.pk, claim, "reasoning", 0, reasoning, 400),
        Row(turn.answer.pk, claim, "text", 0, text, 12_400),
    ]
    Chunk.objects.append([row for row in rows if row.text])
    if state:
        assert Generation.objects.finish(claim, [], Ending(state))


def page(client: Client, turn: Turn) -> str:
    return client.get(turn.question.conversation.get_absolute_url()).content.decode()


def fold(html: str) -> tuple[str, str] | None:
    """Return what the fold says of itself, and what is in it."""
    found = re.search(
        r'<details class="thinking"><summary><span id="thought-[0-9a-f-]{36}">([^<]*)</span></summary>'
        r'<div class="prose" data-part="reasoning" dir="auto">(.*?)</div></details>\s*<div id="text-',
        html,
    )
    return (found[1], found[2]) if found else None


def test_a_page_has_it_folded_before_the_text(owner_client: Client, turn: Turn) -> None:
    write(turn, state=State.COMPLETE)
    html = page(owner_client, turn)
    assert fold(html) == ("Thought for 12 seconds", "<div><p>They ask of the <em>sky</em> &lt;b&gt;.</p></div>")
    assert "<div><p>Because.</p></div>" in html


def test_an_answer_without_has_none(owner_client: Client, turn: Turn) -> None:
    write(turn, reasoning="", state=State.COMPLETE)
    assert 'class="thinking"' not in page(owner_client, turn)


def test_a_page_in_the_middle_goes_on_from_both_parts(owner_client: Client, turn: Turn) -> None:
    write(turn, text="")
    html = page(owner_client, turn)
    said = fold(html)
    assert said and said[0] == "Thinking…"
    assert f"?after=0.{len(REASONING)}" in html


def test_once_there_is_text_it_has_thought(owner_client: Client, turn: Turn) -> None:
    write(turn)
    html = page(owner_client, turn)
    said = fold(html)
    assert said and said[0] == "Thought for 12 seconds"
    assert f"?after={len('Because.')}.{len(REASONING)}" in html


def test_an_answer_that_never_came_keeps_its_thoughts(owner_client: Client, turn: Turn) -> None:
    write(turn, text="", state=State.FAILED)
    said = fold(page(owner_client, turn))
    assert said and said[0] == "Thought for a moment"


def test_where_nobody_measured_it_says_no_time(owner_client: Client, turn: Turn) -> None:
    write(turn, state=State.COMPLETE)
    Generation.objects.update(thought_ms=None)
    said = fold(page(owner_client, turn))
    assert said and said[0] == "Thoughts"


@pytest.mark.parametrize("how", ["", "?as=text"])
def test_a_message_copied_is_its_text_alone(owner_client: Client, turn: Turn, how: str) -> None:
    write(turn, state=State.COMPLETE)
    source = owner_client.get(reverse("chat:source", args=[turn.answer.pk]) + how).content.decode()
    assert source.strip() == "Because."


def test_it_costs_a_finished_thread_no_query(owner_client: Client, turn: Turn) -> None:
    write(turn, state=State.COMPLETE)
    with CaptureQueriesContext(connection) as thinking:
        page(owner_client, turn)
    Message.objects.update(reasoning="")
    with CaptureQueriesContext(connection) as without:
        page(owner_client, turn)
    assert len(thinking) == len(without)


def test_reviewers_see_it_in_the_transcript(reviewer: User, turn: Turn) -> None:
    write(turn, state=State.COMPLETE)
    path = reverse("admin:chat_conversation_change", args=[turn.question.conversation_id])
    html = signed_in(reviewer).get(path).content.decode()
    assert ">Thought for 12 seconds</span></summary>" in html
    assert "They ask of the <em>sky</em> &lt;b&gt;." in html


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (None, "Thoughts"),
        (0, "Thought for a moment"),
        (499, "Thought for a moment"),
        (800, "Thought for 1 second"),
        (12_400, "Thought for 12 seconds"),
        (59_700, "Thought for 1 minute"),
        (61_000, "Thought for 1 minute 1 second"),
        (725_000, "Thought for 12 minutes 5 seconds"),
    ],
)
def test_it_says_how_long_in_words(ms: int | None, said: str) -> None:
    assert thought(ms) == said
