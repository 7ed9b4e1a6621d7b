"""The line in the thread above which the model sees nothing any more."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from chat.models import Conversation, Generation, Message, User
from chat.models.generation import State
from chat.parts import SIZE
from tests.long import conversation_of
from tests.views.test_chat import HTMX

pytestmark = pytest.mark.django_db

LINE = '<div class="horizon" role="separator" aria-label="The model no longer sees what is above this line.">'


@pytest.fixture
def chat(owner: User) -> Conversation:
    return conversation_of(owner, 10)


def unseen(message: Message, count: int) -> None:
    Generation.objects.filter(message=message).update(unseen=count)


def shown(client: Client, chat: Conversation, query: str = "", headers: dict[str, str] | None = None) -> str:
    return client.get(f"{chat.get_absolute_url()}{query}", headers=headers or {}).content.decode()


def line_is_before(html: str) -> list[str]:
    """Return the messages that a line is drawn before."""
    return re.findall(rf'{re.escape(LINE)}.*?</div>\s*<article id="message-([^"]+)"', html)


def test_there_is_none_where_the_model_saw_everything(owner_client: Client, chat: Conversation) -> None:
    html = shown(owner_client, chat)
    assert line_is_before(html) == []
    assert '<template id="horizon" data-before="">' in html


def test_it_is_drawn_before_the_first_message_the_latest_answer_was_written_with(
    owner_client: Client, chat: Conversation
) -> None:
    thread = chat.thread()
    unseen(thread[-3], 2)
    unseen(thread[-1], 4)
    assert line_is_before(shown(owner_client, chat)) == [str(thread[4].pk)]
    unseen(thread[-1], 0)
    assert line_is_before(shown(owner_client, chat)) == []


def test_while_an_answer_is_being_written_the_one_before_decides(owner_client: Client, chat: Conversation) -> None:
    thread = chat.thread()
    unseen(thread[-3], 2)
    Generation.objects.filter(message=thread[-1]).update(unseen=4, state=State.QUEUED)
    assert line_is_before(shown(owner_client, chat)) == [str(thread[2].pk)]


def test_an_answer_that_goes_on_keeps_what_its_first_part_saw(owner_client: Client, chat: Conversation) -> None:
    thread = chat.thread()
    Generation.objects.filter(message=thread[-1]).update(unseen=4, state=State.STOPPED)
    chat.proceed(thread[-1], "scripted")
    assert line_is_before(shown(owner_client, chat)) == [str(thread[4].pk)]


def test_nonsense_draws_none(owner_client: Client, chat: Conversation) -> None:
    unseen(chat.thread()[-1], 10)
    assert line_is_before(shown(owner_client, chat)) == []


def test_it_is_on_the_part_where_it_belongs_and_on_no_other(owner_client: Client, owner: User) -> None:
    chat = conversation_of(owner, 2 * SIZE)
    thread = chat.thread()
    unseen(thread[-1], 10)
    assert line_is_before(shown(owner_client, chat)) == []
    for headers in ({}, HTMX):
        assert line_is_before(shown(owner_client, chat, f"?before={thread[SIZE].pk}", headers)) == [str(thread[10].pk)]


def test_a_thread_drawn_anew_has_it_and_tells_where_it_is(owner_client: Client, chat: Conversation) -> None:
    thread = chat.thread()
    unseen(thread[-1], 4)
    news = reverse("chat:news", args=[chat.pk])
    html = owner_client.get(f"{news}?last={thread[-3].pk}&state=complete", headers=HTMX).content.decode()
    assert line_is_before(html) == []  # it stands on the page already
    assert f'<template id="horizon" data-before="message-{thread[4].pk}" hx-swap-oob="true">' in html


def test_an_answer_no_model_was_asked_for_moves_no_line(owner_client: Client, chat: Conversation) -> None:
    """Stopped while it waited, for example."""
    thread = chat.thread()
    unseen(thread[-3], 2)
    Generation.objects.filter(message=thread[-1]).update(unseen=None, state=State.STOPPED)
    assert line_is_before(shown(owner_client, chat)) == [str(thread[2].pk)]
