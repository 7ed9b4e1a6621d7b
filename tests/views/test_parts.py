"""A long conversation is shown in parts; the rest of it is a link away, and nothing of it is rendered twice."""

import re
import uuid

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chat.models import Conversation, Generation, Message, User
from chat.models.generation import State
from chat.parts import SIZE
from chat.templatetags.chat import LONGEST_KEPT
from tests.conftest import begin
from tests.long import conversation_of
from tests.views.test_chat import HTMX

pytestmark = pytest.mark.django_db

MESSAGES = 2 * SIZE + 20


@pytest.fixture
def long(owner: User) -> Conversation:
    return conversation_of(owner, MESSAGES)


@pytest.fixture
def thread(long: Conversation) -> list[Message]:
    return long.thread()


def ids_in(html: str) -> list[str]:
    return re.findall(r'<article id="message-([^"]+)"', html)


def ids_of(messages: list[Message]) -> list[str]:
    return [str(message.pk) for message in messages]


def page(client: Client, conversation: Conversation, query: str = "", htmx: bool = False) -> str:
    response = client.get(f"{conversation.get_absolute_url()}?{query}", headers=HTMX if htmx else {})
    assert response.status_code == 200
    return response.content.decode()


def link(html: str, name: str) -> str:
    """Return where a link leads, "" where there is none."""
    found = re.search(rf'<a id="{name}" href="([^"]+)"', html)
    return found[1] if found else ""


def follow(client: Client, url: str) -> str:
    return client.get(url).content.decode()


# By links alone


def test_a_page_shows_the_newest_messages(owner_client: Client, long: Conversation, thread: list[Message]) -> None:
    html = page(owner_client, long)
    assert ids_in(html) == ids_of(thread[-SIZE:])
    assert link(html, "earlier")
    assert not link(html, "later")


def test_a_short_conversation_has_no_parts(owner_client: Client, owner: User) -> None:
    html = page(owner_client, conversation_of(owner, SIZE))
    assert len(ids_in(html)) == SIZE
    assert 'class="more"' not in html


def test_links_lead_to_the_beginning_and_back_to_the_end(
    owner_client: Client, long: Conversation, thread: list[Message]
) -> None:
    html = page(owner_client, long)
    shown = ids_in(html)
    while earlier := link(html, "earlier"):
        html = follow(owner_client, earlier)
        assert earlier.endswith(f"#message-{ids_in(html)[-1]}")  # where one was reading
        shown = ids_in(html) + shown
    assert shown == ids_of(thread)
    shown = ids_in(html)
    while later := link(html, "later"):
        html = follow(owner_client, later)
        assert later.endswith(f"#message-{ids_in(html)[0]}")
        shown += ids_in(html)
    assert shown == ids_of(thread)


def test_any_message_is_found_by_its_id(owner_client: Client, long: Conversation, thread: list[Message]) -> None:
    for place in (0, 1, MESSAGES // 2, MESSAGES - SIZE - 1, MESSAGES - SIZE, MESSAGES - 1):
        shown = ids_in(page(owner_client, long, f"at={thread[place].pk}"))
        assert str(thread[place].pk) in shown
        assert len(shown) <= SIZE
    assert shown == ids_of(thread[-SIZE:])


@pytest.mark.parametrize("word", ["before", "after", "at"])
def test_a_message_that_is_not_there_counts_for_nothing(
    owner_client: Client, long: Conversation, thread: list[Message], other: User, word: str
) -> None:
    foreign = begin(other).question.pk
    early = thread[0].created
    beside = Message.objects.create(conversation=long, role="assistant", parent=thread[0], created=early).pk
    for unknown in (uuid.uuid4(), foreign, beside, "nonsense", ""):
        assert ids_in(page(owner_client, long, f"{word}={unknown}")) == ids_of(thread[-SIZE:])
        response = owner_client.get(f"{long.get_absolute_url()}?{word}={unknown}", headers=HTMX)
        assert response.headers["HX-Refresh"] == "true"


def test_nothing_is_before_the_first_nor_after_the_last(
    owner_client: Client, long: Conversation, thread: list[Message]
) -> None:
    for query in (f"before={thread[0].pk}", f"after={thread[-1].pk}"):
        assert ids_in(page(owner_client, long, query)) == ids_of(thread[-SIZE:])


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_stranger_gets_no_part(
    other_client: Client, long: Conversation, thread: list[Message], headers: dict[str, str]
) -> None:
    for word in ("before", "after", "at"):
        response = other_client.get(f"{long.get_absolute_url()}?{word}={thread[50].pk}", headers=headers)
        assert response.status_code == 404


# With htmx


def test_htmx_gets_the_part_before_alone(owner_client: Client, long: Conversation, thread: list[Message]) -> None:
    html = page(owner_client, long, f"before={thread[-SIZE].pk}", htmx=True)
    assert ids_in(html) == ids_of(thread[-2 * SIZE : -SIZE])
    assert link(html, "earlier")
    assert not link(html, "later")
    assert "<noscript" not in html
    assert "composer" not in html
    first = page(owner_client, long, f"before={thread[20].pk}", htmx=True)
    assert ids_in(first) == ids_of(thread[:20])
    assert not link(first, "earlier")


def test_htmx_gets_the_part_after_alone(owner_client: Client, long: Conversation, thread: list[Message]) -> None:
    html = page(owner_client, long, f"after={thread[0].pk}", htmx=True)
    assert ids_in(html) == ids_of(thread[1 : 1 + SIZE])
    assert link(html, "later")
    assert not link(html, "earlier")


def test_caches_are_told_that_a_part_is_not_the_page(owner_client: Client, long: Conversation) -> None:
    assert "HX-Request" in owner_client.get(long.get_absolute_url()).headers["Vary"]


def test_an_answer_that_goes_on_further_up_can_be_stopped_from_there(
    owner_client: Client, long: Conversation, thread: list[Message]
) -> None:
    answer = thread[1]
    Generation.objects.filter(message=answer).update(state=State.STOPPED)
    long.proceed(answer, "scripted")
    stop = reverse("chat:stop", args=[answer.pk])
    assert stop not in page(owner_client, long)
    assert stop in page(owner_client, long, f"at={answer.pk}")
    assert stop in page(owner_client, long, f"before={thread[20].pk}", htmx=True)


# What else leads to a page


def test_a_version_that_was_chosen_is_shown_where_it_stands(
    owner_client: Client, long: Conversation, thread: list[Message]
) -> None:
    url = long.get_absolute_url()
    for message, query in ((thread[1], f"?at={thread[1].pk}"), (thread[-1], "")):
        response = owner_client.post(reverse("chat:choose", args=[message.pk]))
        assert response.headers["Location"] == f"{url}{query}#message-{message.pk}"


def test_the_editor_of_an_old_question_comes_with_the_part_it_is_in(
    owner_client: Client, thread: list[Message]
) -> None:
    html = follow(owner_client, reverse("chat:edit", args=[thread[10].pk]))
    assert "Edited text" in html
    assert str(thread[10].pk) in ids_in(html)
    assert len(ids_in(html)) == SIZE


def test_a_question_asked_in_other_words_leaves_what_came_before_it_a_link_away(
    owner_client: Client, thread: list[Message], long: Conversation
) -> None:
    form = {"text": "In other words", "key": uuid.uuid4()}
    html = owner_client.post(reverse("chat:edit", args=[thread[60].pk]), form, headers=HTMX).content.decode()
    assert ids_in(html) == ids_of(long.thread()[-SIZE:])
    assert len(long.thread()) == 62
    assert link(html, "earlier")


@pytest.mark.parametrize(("shown", "header"), [("?at=x", "HX-Redirect"), ("", "HX-Refresh")])
def test_an_answer_written_anew_further_up_is_shown_at_the_end_of_the_conversation(
    owner_client: Client, thread: list[Message], long: Conversation, shown: str, header: str
) -> None:
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{long.get_absolute_url()}{shown}"}
    response = owner_client.post(reverse("chat:regenerate", args=[thread[61].pk]), headers=headers)
    assert header in response.headers


def test_a_tab_that_is_far_behind_loads_its_page_anew(
    owner_client: Client, thread: list[Message], long: Conversation
) -> None:
    news = reverse("chat:news", args=[long.pk])
    response = owner_client.get(f"{news}?last={thread[-3].pk}&state=complete", headers=HTMX)
    assert ids_in(response.content.decode()) == ids_of(thread[-2:])
    response = owner_client.get(f"{news}?last={thread[5].pk}&state=complete", headers=HTMX)
    assert response.headers["HX-Refresh"] == "true"


# What it costs


def test_the_queries_of_a_page_do_not_grow_with_the_conversation(owner_client: Client, owner: User) -> None:
    def queries_of(conversation: Conversation, query: str = "", htmx: bool = False) -> int:
        with CaptureQueriesContext(connection) as queries:
            page(owner_client, conversation, query, htmx)
        return len(queries)

    short, long = conversation_of(owner, 10), conversation_of(owner, 200)
    middle = long.thread()[100].pk
    few = queries_of(short)
    assert queries_of(long) == few
    assert queries_of(long, f"at={middle}") == few
    assert queries_of(long, f"before={middle}", htmx=True) < few


def test_a_finished_answer_is_rendered_once(owner_client: Client, owner: User) -> None:
    """Shown by what the cache holds, which the page believes."""
    conversation = conversation_of(owner, 2)
    answer = conversation.thread()[-1]
    cache = caches["rendering"]
    cache.clear()
    before = page(owner_client, conversation)
    [key] = cache._cache  # type: ignore[attr-defined]
    key = key.removeprefix(":1:")
    assert cache.get(key) in before
    cache.set(key, "<p>as it was kept</p>")
    assert "<p>as it was kept</p>" in page(owner_client, conversation)
    Message.objects.filter(pk=answer.pk).update(text="Other words.")
    assert "Other words." in page(owner_client, conversation)
    cache.clear()


def test_a_very_long_answer_is_not_kept(owner_client: Client, owner: User) -> None:
    conversation = conversation_of(owner, 2)
    caches["rendering"].clear()
    for text in ("word " * (LONGEST_KEPT // 5 + 1), "**a** " * (LONGEST_KEPT // 10)):  # long itself, and by its HTML
        Message.objects.filter(pk=conversation.thread()[-1].pk).update(text=text)
        page(owner_client, conversation)
    assert not caches["rendering"]._cache  # type: ignore[attr-defined]
