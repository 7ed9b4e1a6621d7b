"""A page asks for the title that a model finds, a few times, and shows it wherever it stands."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from chat.models import Conversation, Turn
from tests.views.test_chat import HTMX

pytestmark = pytest.mark.django_db


def url(turn: Turn, left: object = 3) -> str:
    return f"{reverse('chat:title', args=[turn.question.conversation_id])}?left={left}"


def asks_again(html: str) -> list[str]:
    return re.findall(r'hx-get="[^"]+/title/\?left=(\d+)"', html)


def test_it_asks_again_while_the_first_words_are_all_there_is(owner_client: Client, turn: Turn) -> None:
    html = owner_client.get(url(turn), headers=HTMX).content.decode()
    assert asks_again(html) == ["2"]
    assert "heading" not in html


@pytest.mark.parametrize("left", [1, 0, "", "nonsense", "-5", "9" * 99])
def test_it_gives_up_in_the_end(owner_client: Client, turn: Turn, left: object) -> None:
    html = owner_client.get(url(turn, left), headers=HTMX).content.decode()
    assert asks_again(html) == []
    assert '<div id="naming" hidden></div>' in html


def test_nobody_makes_it_ask_for_ever(owner_client: Client, turn: Turn) -> None:
    [left] = asks_again(owner_client.get(url(turn, 99), headers=HTMX).content.decode())
    assert int(left) < 10


def test_a_title_goes_to_the_head_the_heading_and_the_list(owner_client: Client, turn: Turn) -> None:
    Conversation.objects.update(title="Blue <skies>")
    html = owner_client.get(url(turn), headers=HTMX).content.decode()
    assert asks_again(html) == []
    assert "<title>Blue &lt;skies&gt; · ChatStream</title>" in html
    assert "<h1>Blue &lt;skies&gt;</h1>" in html
    assert '<nav id="chats"' in html
    assert html.count('hx-swap-oob="true"') == 2


def test_a_title_given_by_a_person_is_shown_too_though_it_be_the_first_words(owner_client: Client, turn: Turn) -> None:
    Conversation.objects.update(is_title_given=True)
    assert asks_again(owner_client.get(url(turn), headers=HTMX).content.decode()) == []


def test_without_htmx_it_is_the_conversation(owner_client: Client, turn: Turn) -> None:
    response = owner_client.get(url(turn))
    assert (response.status_code, response.headers["Location"]) == (302, turn.question.conversation.get_absolute_url())


def test_it_is_the_owners_alone_and_only_read(owner_client: Client, other_client: Client, turn: Turn) -> None:
    assert other_client.get(url(turn), headers=HTMX).status_code == 404
    assert Client().get(url(turn), headers=HTMX).status_code == 403
    assert owner_client.post(url(turn), headers=HTMX).status_code == 405


def test_rename_is_only_once_and_never_over_a_persons(turn: Turn) -> None:
    conversation = turn.question.conversation
    assert conversation.accept_title("Blue skies")
    assert not conversation.accept_title("Something else")  # it is not what it was read as
    mine = Conversation.objects.get()
    Conversation.objects.update(is_title_given=True)
    assert not mine.accept_title("Something else")
    assert Conversation.objects.get().title == "Blue skies"
