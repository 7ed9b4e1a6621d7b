"""A link shows others what a chat held at one moment; its owner sees what that is and takes it back."""

import re
import threading
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.models import Conversation, Generation, Message, Share, Turn, User
from chat.models import share as shares
from chat.models.chunk import Row
from chat.models.generation import State
from chat.models.sessions import end_sessions
from chat.models.share import content_of
from tests.conftest import begin, signed_in
from tests.long import conversation_of
from tests.races import at_once
from tests.views.test_chat import HTMX, end

pytestmark = pytest.mark.django_db

SHARES = reverse("chat:shares")
PROMPT = "Speak like a secret pirate."


@pytest.fixture
def answered(turn: Turn) -> Turn:
    Message.objects.filter(pk=turn.answer.pk).update(reasoning="A secret thought.")
    Conversation.objects.update(system_prompt=PROMPT)
    end(turn, "Because of *Rayleigh*.")
    return turn


@pytest.fixture
def share(answered: Turn) -> Share:
    return Share.objects.make(answered.question.conversation)


def panel_of(turn: Turn) -> str:
    return reverse("chat:share", args=[turn.question.conversation_id])


def take_back_of(turn: Turn) -> str:
    return reverse("chat:take_back", args=[turn.question.conversation_id])


def continue_of(share: Share) -> str:
    return reverse("chat:continue_shared", args=[share.token])


def text_of(response: Any) -> str:
    """What the page says, without its marks."""
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def said(conversation: Conversation) -> list[tuple[str, str]]:
    thread = conversation.thread()
    texts = conversation.messages.in_bulk()
    return [(message.role, texts[message.pk].text) for message in thread]


# Making a link


@pytest.mark.parametrize("htmx", [True, False])
def test_make_a_link_gives_one_that_shows_the_chat(owner_client: Client, answered: Turn, htmx: bool) -> None:
    assert "Make a link" in owner_client.get(panel_of(answered)).content.decode()
    assert not Share.objects.exists()  # looking makes none
    response = owner_client.post(panel_of(answered), headers=HTMX if htmx else {})
    where = response.headers["HX-Redirect" if htmx else "Location"]
    assert (response.status_code, where) == (200 if htmx else 303, panel_of(answered))
    share = Share.objects.get()
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", share.token)
    html = owner_client.get(panel_of(answered)).content.decode()
    assert f'value="http://testserver{share.get_absolute_url()}"' in html
    assert "Make a link" not in html
    assert "Take the link back" in html
    assert Client().get(share.get_absolute_url()).status_code == 200


def test_the_page_says_before_what_others_will_see(owner_client: Client, answered: Turn) -> None:
    text = text_of(owner_client.get(panel_of(answered)))
    assert "the 2 messages this chat shows now" in text
    assert "the system prompt" in text


def test_two_clicks_make_one_link(owner_client: Client, answered: Turn) -> None:
    for _ in range(2):
        owner_client.post(panel_of(answered))
    assert Share.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_link_too(answered: Turn, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2)

    def read_together(conversation: Conversation) -> list[dict[str, Any]]:
        with suppress(threading.BrokenBarrierError):  # nobody comes: the other has to wait, as it should
            together.wait(timeout=0.5)
        return content_of(conversation)

    monkeypatch.setattr(shares, "content_of", read_together)
    links = at_once(2, lambda: Share.objects.make(answered.question.conversation))
    assert links[0].token == links[1].token
    assert Share.objects.count() == 1


def test_what_is_said_later_is_not_shown_until_the_link_is_updated(
    owner_client: Client, answered: Turn, share: Share
) -> None:
    assert "That is all this chat holds now." in text_of(owner_client.get(panel_of(answered)))
    later = answered.question.conversation.post("And in the evening?", uuid.uuid4(), "scripted")
    end(later, "Red.")
    assert "And in the evening?" not in text_of(Client().get(share.get_absolute_url()))
    assert "The chat has changed since." in text_of(owner_client.get(panel_of(answered)))
    owner_client.post(panel_of(answered))
    text = text_of(Client().get(share.get_absolute_url()))  # the link is the same
    assert "And in the evening?" in text
    assert "Red." in text
    assert "Update to" not in text_of(owner_client.get(panel_of(answered)))


def test_only_the_version_that_is_shown_is_shared(answered: Turn) -> None:
    conversation = answered.question.conversation
    edited = conversation.edit(answered.question, "In other words?", uuid.uuid4(), "scripted")
    end(edited, "The second answer.")
    text = text_of(Client().get(Share.objects.make(conversation).get_absolute_url()))
    assert "In other words?" in text
    assert "Rayleigh" not in text
    answered.question.choose()
    text = text_of(Client().get(Share.objects.make(conversation).get_absolute_url()))
    assert "Rayleigh" in text
    assert "In other words?" not in text


def test_no_thought_no_prompt_and_no_name_is_in_it(owner: User, share: Share) -> None:
    html = Client().get(share.get_absolute_url()).content.decode()
    assert owner.username == "owner"
    assert not re.search(r"secret|pirate|\bowner\b", html)
    assert not re.search(r"secret|pirate|\bowner\b", str(share.content))


def test_an_answer_that_is_being_written_and_its_question_are_not_in_it(share: Share, answered: Turn) -> None:
    conversation = answered.question.conversation
    later = conversation.post("And in the evening?", uuid.uuid4(), "scripted")
    claim = later.generation.claim_for("a test")
    assert claim
    Generation.objects.append([claim], [Row(later.answer.pk, claim, "text", 0, "so far", 1)], again=False)
    assert [message.text for message in Share.objects.make(conversation).messages] == [
        "Why is the sky blue?",
        "Because of *Rayleigh*.",
    ]


def test_of_an_answer_that_is_being_continued_what_was_there_before_is_shared(turn: Turn) -> None:
    end(turn, "The first half", State.STOPPED)
    conversation = turn.question.conversation
    generation = conversation.proceed(turn.answer, "scripted")
    claim = generation.claim_for("a test")
    assert claim
    Generation.objects.append([claim], [Row(turn.answer.pk, claim, "text", 14, " and more", 1)], again=False)
    text = text_of(Client().get(Share.objects.make(conversation).get_absolute_url()))
    assert "The first half" in text
    assert "and more" not in text
    assert "The answer was interrupted." in text


def test_how_an_answer_ended_is_told_but_not_what_went_wrong(turn: Turn) -> None:
    end(turn, "", State.FAILED, error_code="upstream", error="The key sk-123 is wrong.")
    share = Share.objects.make(turn.question.conversation)
    text = text_of(Client().get(share.get_absolute_url()))
    assert "No answer came." in text
    assert "sk-123" not in text + str(share.content)


@pytest.mark.parametrize("htmx", [True, False])
def test_nothing_is_shared_before_the_first_answer(owner_client: Client, turn: Turn, htmx: bool) -> None:
    assert "Make a link" not in owner_client.get(panel_of(turn)).content.decode()
    response = owner_client.post(panel_of(turn), headers=HTMX if htmx else {})
    assert response.status_code == 409
    assert "nothing to share yet" in text_of(response)
    assert not Share.objects.exists()


@pytest.mark.parametrize("bound", ["MOST_MESSAGES", "MOST_CHARACTERS"])
def test_what_is_too_long_for_a_page_is_refused_kindly_and_an_earlier_link_stays(
    owner_client: Client, answered: Turn, share: Share, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, bound, 1)
    response = owner_client.post(panel_of(answered))
    assert response.status_code == 409
    assert "too long for a link" in text_of(response)
    assert "Take the link back" in text_of(response)
    assert Client().get(share.get_absolute_url()).status_code == 200


def test_a_temporary_chat_is_not_shared_and_the_page_says_why(owner_client: Client, answered: Turn) -> None:
    Conversation.objects.update(is_temporary=True)
    html = owner_client.get(panel_of(answered)).content.decode()
    assert "A temporary chat cannot be shared" in html
    assert "Keep this chat" in html
    assert "Make a link" not in html
    assert owner_client.post(panel_of(answered)).status_code == 409
    assert not Share.objects.exists()


def test_a_stranger_neither_sees_nor_makes_nor_takes_back(other_client: Client, answered: Turn, share: Share) -> None:
    assert other_client.get(panel_of(answered)).status_code == 404
    assert other_client.post(panel_of(answered)).status_code == 404
    assert other_client.post(take_back_of(answered)).status_code == 404
    assert Client().get(share.get_absolute_url()).status_code == 200


def test_who_is_signed_out_is_asked_to_sign_in(answered: Turn) -> None:
    for response in (Client().get(panel_of(answered)), Client().get(SHARES), Client().post(take_back_of(answered))):
        assert response.headers["Location"].startswith(reverse("account_login"))


def test_a_guest_shares_too(db: None) -> None:
    guest = User.objects.for_guest("a key")
    turn = begin(guest)
    end(turn)
    assert signed_in(guest).post(panel_of(turn)).status_code == 303
    assert Client().get(Share.objects.get().get_absolute_url()).status_code == 200


# Taking it back


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("times", [1, 2])
def test_taken_back_the_link_leads_nowhere(
    owner_client: Client, answered: Turn, share: Share, htmx: bool, times: int
) -> None:
    for _ in range(times):
        response = owner_client.post(take_back_of(answered), headers=HTMX if htmx else {})
    assert response.headers["HX-Redirect" if htmx else "Location"] == panel_of(answered)
    assert Client().get(share.get_absolute_url()).status_code == 404
    assert Client().get(continue_of(share)).status_code == 404
    assert "Make a link" in owner_client.get(panel_of(answered)).content.decode()
    assert Share.objects.make(answered.question.conversation).token != share.token


def test_taking_back_is_post_only(owner_client: Client, answered: Turn, share: Share) -> None:
    assert owner_client.get(take_back_of(answered)).status_code == 405
    assert Share.objects.exists()


def test_a_deleted_chats_link_is_dead_at_once(answered: Turn, share: Share) -> None:
    Conversation.objects.update(deleted=timezone.now())
    assert Client().get(share.get_absolute_url()).status_code == 404
    Conversation.objects.update(deleted=None)
    assert Client().get(share.get_absolute_url()).status_code == 200
    answered.question.conversation.delete()
    assert Client().get(share.get_absolute_url()).status_code == 404


def test_so_is_that_of_an_account_that_is_shut(owner: User, share: Share) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert Client().get(share.get_absolute_url()).status_code == 404


# One's links


def test_the_list_has_ones_own_links_with_a_way_to_open_and_take_back_each(
    owner_client: Client, other_client: Client, answered: Turn, share: Share
) -> None:
    html = owner_client.get(SHARES).content.decode()
    assert share.get_absolute_url() in html
    assert 'aria-current="page">Shared links' in html
    assert share.token not in other_client.get(SHARES).content.decode()
    response = owner_client.post(take_back_of(answered), {"from": "list"})
    assert (response.status_code, response.headers["Location"]) == (303, SHARES)
    html = owner_client.get(SHARES).content.decode()
    assert share.token not in html
    assert "You have shared nothing." in html


def test_a_long_list_is_cut_into_pages(owner_client: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.views.sharing.LISTED", 2)
    now = timezone.now()
    for number in range(3):
        conversation = Conversation.objects.create(user=owner, title=f"Chat {number}")
        created = now + timedelta(seconds=number)
        Share.objects.create(conversation=conversation, title=conversation.title, content=[], created=created)
    assert re.findall(r"Chat \d", text_of(owner_client.get(SHARES))) == ["Chat 2", "Chat 1"]
    assert re.findall(r"Chat \d", text_of(owner_client.get(f"{SHARES}?page=2"))) == ["Chat 0"]
    assert owner_client.get(f"{SHARES}?page=nonsense").status_code == 200


def test_the_chat_itself_says_that_it_is_shared(owner_client: Client, answered: Turn) -> None:
    page = answered.question.conversation.get_absolute_url()
    mark = f'class="beside" href="{panel_of(answered)}"'
    assert mark not in owner_client.get(page).content.decode()
    Share.objects.make(answered.question.conversation)
    assert mark in owner_client.get(page).content.decode()


# What others see


def test_the_page_shows_the_messages_to_whoever_has_the_link(share: Share, client: Client) -> None:
    html = client.get(share.get_absolute_url()).content.decode()
    assert "<h1>Why is the sky blue?</h1>" in html
    assert "Because of <em>Rayleigh</em>." in html
    assert "A chat with scripted, as of" in html
    assert "answers can be wrong" in html
    assert '<meta name="robots" content="noindex">' in html
    assert "<form" not in html


def test_a_reader_leaves_no_trace_and_gets_no_cookie(share: Share, client: Client, settings: Settings) -> None:
    settings.CHAT_GUESTS = True
    people = User.objects.count()
    response = client.get(share.get_absolute_url())
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")  # it has not even looked
    assert "zone." not in response.content.decode()  # the script that keeps the time zone in a cookie
    assert (Session.objects.count(), User.objects.count()) == (0, people)


def test_it_is_kept_out_of_search_engines_and_caches_and_its_address_to_itself(share: Share, client: Client) -> None:
    response = client.get(share.get_absolute_url())
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY"


def test_head_works_and_nothing_else_does(share: Share, client: Client) -> None:
    assert client.head(share.get_absolute_url()).status_code == 200
    assert client.post(share.get_absolute_url()).status_code == 405


@pytest.mark.parametrize("token", ["x" * 32, "short", "x" * 31 + "%00", "x" * 200, "x" * 31 + "é"])
def test_another_token_is_404(share: Share, client: Client, token: str) -> None:
    assert client.get(f"/shared/{token}/").status_code == 404
    assert client.get(f"/shared/{token}/continue/").status_code == 404


def test_what_was_said_is_as_harmless_here_as_in_a_chat(turn: Turn, client: Client, settings: Settings) -> None:
    Message.objects.filter(pk=turn.question.pk).update(text="<script>alert(1)</script>")
    Conversation.objects.update(title="<b>Title</b>")
    end(turn, "<img src=x onerror=alert(1)> ![seen](https://elsewhere.example/a.png)")
    html = client.get(Share.objects.make(turn.question.conversation).get_absolute_url()).content.decode()
    assert "<script>alert" not in html
    assert "<b>Title" not in html
    assert "<img src=x" not in html
    assert 'src="https://elsewhere' not in html


def test_a_long_one_costs_no_more_queries(owner: User, client: Client, django_assert_num_queries: object) -> None:
    share = Share.objects.make(conversation_of(owner, 1_000))
    with django_assert_num_queries(1):  # type: ignore[operator]
        html = client.get(share.get_absolute_url()).content.decode()
    assert html.count("<article") == 1_000


# Going on with a copy


@pytest.mark.parametrize("htmx", [True, False])
def test_continue_makes_a_copy_of_ones_own_and_leads_there(
    other_client: Client, other: User, answered: Turn, share: Share, htmx: bool
) -> None:
    html = other_client.get(continue_of(share)).content.decode()
    assert "a copy of its 2 messages" in html
    assert not other.conversations.exists()
    response = other_client.post(continue_of(share), headers=HTMX if htmx else {})
    copy = other.conversations.get()
    assert (response.status_code, response.headers["Location"]) == (303, copy.get_absolute_url())
    assert copy.title == "Why is the sky blue?"
    assert said(copy) == [("user", "Why is the sky blue?"), ("assistant", "Because of *Rayleigh*.")]
    assert (copy.system_prompt, copy.model, copy.persona) == ("", "", None)  # the copier's defaults
    assert not set(copy.messages.values_list("pk", flat=True)) & set(answered.question.conversation.messages.in_bulk())
    page = other_client.get(copy.get_absolute_url()).content.decode()
    assert "Rayleigh" in page
    assert "Regenerate" in page
    goes_on = copy.post("And in the evening?", uuid.uuid4(), "scripted")
    assert [message.text for message in goes_on.answer.before()] == [
        "Why is the sky blue?",
        "Because of *Rayleigh*.",
        "And in the evening?",
    ]
    assert answered.question.conversation.messages.count() == 2


def test_two_clicks_make_one_copy(other_client: Client, other: User, share: Share) -> None:
    first, second = (other_client.post(continue_of(share)).headers["Location"] for _ in range(2))
    assert first == second
    assert other.conversations.count() == 1


@pytest.mark.parametrize("for_good", [True, False])
def test_who_has_deleted_the_copy_may_copy_again(other: User, share: Share, for_good: bool) -> None:
    copy = share.copy_for(other)
    if for_good:
        copy.delete()
    else:
        Conversation.objects.filter(pk=copy.pk).update(deleted=timezone.now())
    again = share.copy_for(other)
    assert again.pk != copy.pk
    assert share.copy_for(other).pk == again.pk
    assert Conversation.objects.of(other).count() == 1


def test_an_updated_link_may_be_copied_again(other: User, answered: Turn, share: Share) -> None:
    first = share.copy_for(other)
    later = answered.question.conversation.post("And in the evening?", uuid.uuid4(), "scripted")
    end(later, "Red.")
    second = Share.objects.make(answered.question.conversation).copy_for(other)
    assert (first.messages.count(), second.messages.count()) == (2, 4)


def test_an_answer_cut_short_may_be_continued_in_the_copy(other: User, turn: Turn) -> None:
    end(turn, "The first half", State.STOPPED)
    copy = Share.objects.make(turn.question.conversation).copy_for(other)
    answer = copy.thread()[-1]
    assert (answer.state, answer.generation and answer.generation.offers_more) == (State.STOPPED, True)
    assert copy.proceed(answer, "scripted").start_offset == len("The first half")


def test_the_copy_stays_when_the_link_is_taken_back(
    owner_client: Client, other_client: Client, other: User, answered: Turn, share: Share
) -> None:
    other_client.post(continue_of(share))
    owner_client.post(take_back_of(answered))
    assert other_client.get(other.conversations.get().get_absolute_url()).status_code == 200


def test_a_visitor_continues_as_a_guest_where_guests_may_chat(client: Client, share: Share, settings: Settings) -> None:
    settings.CHAT_GUESTS = True
    people = User.objects.count()
    html = client.get(continue_of(share)).content.decode()
    assert "Continue as a guest" in html
    assert User.objects.count() == people  # looking makes none
    response = client.post(continue_of(share))
    copy = Conversation.objects.get(user__guest_key__isnull=False)
    assert response.headers["Location"] == copy.get_absolute_url()
    assert client.get(copy.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(("shut", "status"), [("crowded", 429), ("suspended", 403)])
def test_a_guest_who_may_not_come_reads_why(
    client: Client, share: Share, settings: Settings, reviewer: User, shut: str, status: int
) -> None:
    settings.CHAT_GUESTS = True
    settings.ACCOUNT_RATE_LIMITS = {"new_guest": "1/h/ip"}
    first = client if shut == "suspended" else Client()
    first.get(continue_of(share))
    first.post(continue_of(share))
    if shut == "suspended":
        guest = User.objects.get(guest_key__isnull=False)
        guest.suspend("Spam.", reviewer)
        end_sessions([guest.pk])
    client.get(continue_of(share))
    refused = client.post(continue_of(share))
    assert refused.status_code == status
    assert ("Spam." if shut == "suspended" else "Wait a minute") in refused.content.decode()
    assert Conversation.objects.filter(user__guest_key__isnull=False).count() == 1


def test_a_visitor_who_refuses_cookies_is_asked_to_sign_in(client: Client, share: Share, settings: Settings) -> None:
    settings.CHAT_GUESTS = True
    response = client.post(continue_of(share))
    assert response.headers["Location"] == f"{reverse('account_login')}?next={continue_of(share)}"


@pytest.mark.parametrize("method", ["get", "post"])
def test_elsewhere_a_visitor_signs_in_first_and_comes_back(
    client: Client, other: User, share: Share, settings: Settings, method: str
) -> None:
    settings.CHAT_GUESTS = False
    response = getattr(client, method)(continue_of(share))
    assert response.headers["Location"] == f"{reverse('account_login')}?next={continue_of(share)}"
    form = {"login": "other", "password": "other's secret", "next": continue_of(share)}
    response = client.post(response.headers["Location"], form)
    assert response.headers["Location"] == continue_of(share)
    assert "You are signed in as" in client.get(continue_of(share)).content.decode()


def test_it_takes_a_form_of_ones_own_to_continue(other: User, share: Share) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(other)
    assert client.post(continue_of(share)).status_code == 403
    page = client.get(continue_of(share))
    assert page.headers["Referrer-Policy"] == "same-origin"  # else a browser would name no origin, and be refused
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_a_copy_does_not_give_the_link_away(other: User, share: Share) -> None:
    """What it was made from goes with its export."""
    assert share.token not in share.copy_for(other).origin
