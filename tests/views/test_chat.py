"""The chat's pages: each does it, refuses what it must, and lets no stranger in; with htmx and without."""

import re
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from chat.models import Conversation, Ending, Generation, Message, Turn, User
from chat.models.chunk import Row
from chat.models.generation import State
from tests.conftest import begin, signed_in

HTMX = {"HX-Request": "true"}
NEW = reverse("chat:new")

pytestmark = pytest.mark.django_db


def send(
    client: Client, url: str, text: str = "Hello", key: uuid.UUID | None = None, htmx: bool = True
) -> HttpResponse:
    return client.post(url, {"text": text, "key": key or uuid.uuid4()}, headers=HTMX if htmx else {})  # type: ignore[return-value]


def url_of(name: str, turn: Turn) -> str:
    return reverse(f"chat:{name}", args=[turn.answer.pk])


def page_of(turn: Turn) -> str:
    return turn.question.conversation.get_absolute_url()


def send_url(turn: Turn) -> str:
    return reverse("chat:send", args=[turn.question.conversation_id])


def end(turn: Turn, text: str = "Because of *Rayleigh*.", state: State = State.COMPLETE, **values: Any) -> None:
    claim = turn.generation.claim_for("a test")
    assert claim is not None
    rows = [Row(turn.answer.pk, claim, "text", 0, text, 1)] if text else []
    assert Generation.objects.finish(claim, rows, Ending(state, **values))


# A new conversation


def test_home_leads_to_the_chat(client: Client) -> None:
    assert client.get("/").headers["Location"] == NEW


def test_the_first_message_makes_a_conversation_and_its_turn(owner_client: Client, owner: User) -> None:
    response = send(owner_client, NEW, "Why is the sky blue?")
    conversation = Conversation.objects.get()
    assert (conversation.user, conversation.title) == (owner, "Why is the sky blue?")
    assert response.headers["HX-Push-Url"] == conversation.get_absolute_url()
    question, answer = conversation.thread()
    html = response.content.decode()
    assert html.index(f'id="message-{question.pk}"') < html.index(f'id="message-{answer.pk}"')
    assert f'sse-connect="/messages/{answer.pk}/stream/?after=0.0"' in html
    assert reverse("chat:send", args=[conversation.pk]) in html  # the composer goes on in this conversation


def test_without_script_the_first_message_leads_to_its_page(owner_client: Client) -> None:
    response = send(owner_client, NEW, htmx=False)
    assert (response.status_code, response.headers["Location"]) == (303, Conversation.objects.get().get_absolute_url())


@pytest.mark.parametrize("htmx", [True, False])
def test_the_same_message_twice_is_one_turn_and_is_shown(owner_client: Client, htmx: bool) -> None:
    key = uuid.uuid4()
    send(owner_client, NEW, key=key)
    response = send(owner_client, NEW, key=key, htmx=htmx)
    conversation = Conversation.objects.get()
    assert Message.objects.count() == 2
    header = "HX-Redirect" if htmx else "Location"
    assert response.headers[header] == conversation.get_absolute_url()


@pytest.mark.parametrize("htmx", [True, False])
def test_a_message_that_is_refused_is_kept_and_explained(owner_client: Client, settings: object, htmx: bool) -> None:
    settings.CHAT_MAX_MESSAGE_CHARACTERS = 5  # type: ignore[attr-defined]
    response = send(owner_client, NEW, "far too long <b>", htmx=htmx)
    html = response.content.decode()
    assert response.status_code == 400
    assert "at most 5 fit" in html
    assert htmx or "far too long &lt;b&gt;</textarea>" in html
    assert not Conversation.objects.exists()


# Going on


def test_the_next_message_adds_a_turn(owner_client: Client, turn: Turn) -> None:
    end(turn)
    response = send(owner_client, send_url(turn), "And grass?")
    assert response.status_code == 200
    assert [message.text for message in turn.question.conversation.thread()][2] == "And grass?"


@pytest.mark.parametrize("htmx", [True, False])
def test_sending_while_an_answer_runs_is_409_and_keeps_the_draft(owner_client: Client, turn: Turn, htmx: bool) -> None:
    response = send(owner_client, send_url(turn), "Impatient", htmx=htmx)
    html = response.content.decode()
    assert response.status_code == 409
    assert "An answer is still being written." in html
    assert htmx or "Impatient</textarea>" in html
    assert Message.objects.count() == 2


def test_a_conversation_is_shown_with_its_thread_and_its_place_in_the_list(owner_client: Client, turn: Turn) -> None:
    end(turn)
    html = owner_client.get(page_of(turn)).content.decode()
    assert "<em>Rayleigh</em>" in html
    assert re.search(rf'<a href="{page_of(turn)}"[^>]* aria-current="page">Why is the sky blue\?</a>', html)
    assert 'data-role="assistant" data-state="complete" aria-busy="false"' in html
    assert "sse-connect" not in html


def test_a_page_in_mid_answer_holds_what_is_there_and_goes_on_from_it(owner_client: Client, turn: Turn) -> None:
    claim = turn.generation.claim_for("a test")
    assert claim is not None
    Generation.objects.append([claim], [Row(turn.answer.pk, claim, "text", 0, "The *sky*", 1)], again=False)
    html = owner_client.get(page_of(turn)).content.decode()
    assert "<em>sky</em>" in html
    assert f'sse-connect="/messages/{turn.answer.pk}/stream/?after=9.0"' in html
    assert 'aria-busy="true"' in html
    assert "Stop generating" in html


def test_text_is_escaped_wherever_it_is_shown(owner_client: Client, owner: User) -> None:
    hostile = "<script>alert(1)</script>"
    turn = begin(owner, hostile)
    end(turn, hostile)
    html = owner_client.get(page_of(turn)).content.decode()
    assert hostile not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4  # title, list, question, answer


def test_the_source_of_a_message_is_its_markdown(owner_client: Client, turn: Turn) -> None:
    end(turn)
    response = owner_client.get(url_of("source", turn))
    assert response.content.decode() == "Because of *Rayleigh*."
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_message_may_be_had_without_its_marks(owner_client: Client, turn: Turn) -> None:
    end(turn)
    response = owner_client.get(url_of("source", turn), {"as": "text"})
    assert response.content.decode() == "Because of Rayleigh.\n"


# Stop, Continue, Try again


@pytest.mark.parametrize("htmx", [True, False])
def test_stop_stops(owner_client: Client, turn: Turn, htmx: bool) -> None:
    response = owner_client.post(url_of("stop", turn), headers=HTMX if htmx else {})
    assert response.status_code == (204 if htmx else 303)
    assert Generation.objects.get().state == "stopped"


def test_stopping_what_has_ended_changes_nothing(owner_client: Client, turn: Turn) -> None:
    end(turn)
    assert owner_client.post(url_of("stop", turn), headers=HTMX).status_code == 204
    assert Generation.objects.get().state == "complete"


@pytest.mark.parametrize(
    ("text", "state", "values", "offered"),
    [
        ("so far", State.STOPPED, {}, "Continue"),
        ("so far", State.INTERRUPTED, {}, "Continue"),
        ("so far", State.COMPLETE, {"finish_reason": "length"}, "Continue"),
        ("", State.FAILED, {"error_code": "upstream", "error": "It broke."}, "Try again"),
    ],
)
def test_what_ended_early_offers_to_go_on_and_does(
    owner_client: Client, turn: Turn, text: str, state: State, values: dict[str, str], offered: str
) -> None:
    end(turn, text, state, **values)
    html = owner_client.get(page_of(turn)).content.decode()
    assert f"<button>{offered}</button>" in html
    response = owner_client.post(url_of("continue", turn), headers=HTMX)
    assert f'id="message-{turn.answer.pk}"' in response.content.decode()
    assert f"?after={len(text)}.0" in response.content.decode()
    generation = turn.answer.generations.get(ordinal=2)
    assert (generation.state, generation.start_offset) == ("queued", len(text))


@pytest.mark.parametrize("htmx", [True, False])
def test_a_complete_answer_is_not_continued(owner_client: Client, turn: Turn, htmx: bool) -> None:
    end(turn)
    response = owner_client.post(url_of("continue", turn), headers=HTMX if htmx else {})
    assert response.status_code == 409
    assert "already complete" in response.content.decode()


def test_continue_without_script_leads_back_to_the_page(owner_client: Client, turn: Turn) -> None:
    end(turn, state=State.STOPPED)
    assert owner_client.post(url_of("continue", turn)).headers["Location"] == page_of(turn)


# Who may


PRIVATE_GETS = ["source", "stream", "live"]
PRIVATE_POSTS = ["stop", "continue"]


def test_a_stranger_finds_nothing(other_client: Client, turn: Turn) -> None:
    assert other_client.get(page_of(turn)).status_code == 404
    assert send(other_client, send_url(turn)).status_code == 404
    assert [other_client.get(url_of(name, turn)).status_code for name in PRIVATE_GETS] == [404] * 3
    assert [other_client.post(url_of(name, turn)).status_code for name in PRIVATE_POSTS] == [404] * 2
    assert Generation.objects.get().state == "queued"


def test_an_anonymous_visitor_is_asked_to_sign_in(client: Client, turn: Turn) -> None:
    sign_in = reverse("account_login")
    assert client.get(page_of(turn)).headers["Location"] == f"{sign_in}?next={page_of(turn)}"
    assert client.get(url_of("stream", turn)).status_code == 404  # never a redirect
    assert client.post(url_of("stop", turn)).headers["Location"].startswith(sign_in)
    response = client.post(url_of("stop", turn), headers=HTMX)
    assert (response.status_code, "You are signed out" in response.content.decode()) == (403, True)


def test_a_conversation_that_never_was_is_404(owner_client: Client) -> None:
    assert owner_client.get(f"/chat/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize("name", PRIVATE_GETS)
def test_reading_is_get_only(owner_client: Client, turn: Turn, name: str) -> None:
    assert owner_client.post(url_of(name, turn)).status_code == 405


@pytest.mark.parametrize("name", PRIVATE_POSTS)
def test_doing_is_post_only(owner_client: Client, turn: Turn, name: str) -> None:
    assert owner_client.get(url_of(name, turn)).status_code == 405
    assert Generation.objects.get().state == "queued"


def test_head_is_answered_where_get_is(owner_client: Client, turn: Turn) -> None:
    end(turn)
    for path in (NEW, page_of(turn), url_of("source", turn)):
        assert owner_client.head(path).status_code == 200


def test_only_a_new_conversation_changes_the_address(owner_client: Client, turn: Turn) -> None:
    end(turn)
    assert "HX-Push-Url" not in send(owner_client, send_url(turn)).headers


def test_sending_is_post_only(owner_client: Client, turn: Turn) -> None:
    assert owner_client.get(send_url(turn)).status_code == 405


@pytest.mark.parametrize("htmx", [True, False])
def test_a_form_from_elsewhere_is_refused_with_a_way_on(owner: User, htmx: bool) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    response = send(client, NEW, htmx=htmx)
    html = response.content.decode()
    assert (response.status_code, "This page is out of date." in html) == (403, True)
    assert ("<html" in html) is not htmx
    assert not Conversation.objects.exists()


def test_htmx_errors_are_sentences_and_page_errors_are_pages(owner_client: Client) -> None:
    path = f"/chat/{uuid.uuid4()}/"
    assert "<html" in owner_client.get(path).content.decode()
    assert owner_client.get(path, headers=HTMX).content.decode().strip().startswith('<p class="notice">')


# Every page


def pages(turn: Turn) -> list[str]:
    return [NEW, page_of(turn), reverse("account_login"), reverse("account_signup"), "/admin/login/", "/nowhere/"]


def test_every_page_has_the_strict_policy(client: Client, owner: User, turn: Turn) -> None:
    for visitor in (client, signed_in(owner)):
        for path in pages(turn):
            policy = visitor.get(path).headers["Content-Security-Policy"]
            directives = dict(part.split(" ", 1) for part in policy.split("; "))
            assert directives["default-src"] == directives["script-src"] == directives["style-src"] == "'self'"
            assert directives["object-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"
            assert directives["form-action"] == "'self'"
            assert "unsafe" not in policy


def test_no_page_holds_inline_code(client: Client, owner: User, turn: Turn) -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:")
    for path in pages(turn):
        assert not inline.search(signed_in(owner).get(path).content.decode()), path


def test_health_is_told_to_whoever_asks(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"
    report = client.get("/readyz")
    assert report.status_code == 200
    assert report.json()["database"] == "ok"
