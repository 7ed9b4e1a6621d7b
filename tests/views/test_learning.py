"""Leads export conversations for learning: those that are selected in the admin's list, or all that it shows."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Generation, Message, Opening, Turn, User
from chat.views import seats
from tests.conftest import begin, signed_in
from tests.roles import staff

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/chat/conversation/"
PAGE = f"{LIST}export/"
WISHES = {"kinds": ["chat.jsonl", "verdicts.csv"], "answers": "all", "with_corrections": "on", "reason": "To try"}


@pytest.fixture
def lead(db: None) -> User:
    return staff("lead", "Lead")


@pytest.fixture
def leading(lead: User) -> Client:
    return signed_in(lead)


def ended(turn: Turn, text: str = "Because.") -> Turn:
    Message.objects.filter(pk=turn.answer.pk).update(text=text)
    Generation.objects.filter(pk=turn.generation.pk).update(state="complete")
    return turn


async def posted(user: User, query: str = "", **wishes: Any) -> Any:
    client = AsyncClient()
    await client.aforce_login(user)
    return await client.post(f"{PAGE}{query}", {**WISHES, **wishes})


async def unpacked(response: Any) -> dict[str, bytes]:
    assert isinstance(response, StreamingHttpResponse), response.content.decode()
    pieces = cast(AsyncIterator[bytes], cast(Any, response).streaming_content)
    packed = b"".join([piece async for piece in pieces])
    response.close()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@sync_to_async
def asked(user: User, text: str = "Why?") -> Turn:
    return ended(begin(user, text))


# Who may


@pytest.mark.parametrize(("role", "status"), [("Reviewer", 403), ("Lead", 200), ("Operator", 403)])
def test_leads_may_and_others_may_not(role: str, status: int, turn: Turn) -> None:
    ended(turn)
    client = signed_in(staff(role.lower(), role))
    assert client.get(PAGE).status_code == status
    if status == 403:
        assert client.post(PAGE, WISHES).status_code == 403
        assert not Opening.objects.exists()


def test_the_list_offers_it_to_those_who_may(turn: Turn) -> None:
    ended(turn)
    for role, is_offered in (("Reviewer", False), ("Lead", True)):
        page = signed_in(staff(role.lower(), role)).get(LIST).content.decode()
        assert ("Export all that this list shows" in page) is is_offered
        assert ("Export selected conversations" in page) is is_offered


def test_others_sign_in_first(owner_client: Client, client: Client) -> None:
    for visitor in (owner_client, client):
        assert visitor.get(PAGE).headers["Location"].startswith("/admin/login/")
        assert visitor.post(PAGE, WISHES).headers["Location"].startswith("/admin/login/")


def test_a_form_from_elsewhere_is_refused(lead: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(lead)
    assert strict.post(PAGE, WISHES).status_code == 403


def test_it_is_asked_for_by_get_or_sent_by_post(leading: Client) -> None:
    assert leading.delete(PAGE).status_code == 405


# What


async def test_what_the_list_shows_is_what_is_sent(lead: User, owner: User, other: User) -> None:
    for user, text in ((owner, "Blue"), (other, "Red"), (owner, "Green")):
        await asked(user, text)
    files = await unpacked(await posted(lead, "?q=owner"))
    questions = [json.loads(line)["messages"][0]["content"] for line in files["chat.jsonl"].decode().splitlines()]
    assert questions == ["Blue", "Green"]
    manifest = json.loads(files["manifest.json"])
    assert manifest["filters"] == {"q": "owner"}
    assert manifest["by"] == "lead"
    assert set(files) == {"chat.jsonl", "verdicts.csv", "manifest.json"}
    seen = await sync_to_async(lambda: sorted(Opening.objects.values_list("owner_name", "kind", "reason")))()
    assert seen == [("owner", "export", "To try")] * 2


async def test_a_selection_is_what_is_sent(lead: User, owner: User) -> None:
    turns = [await asked(owner, text) for text in ("Blue", "Red")]
    files = await unpacked(await posted(lead, f"?chat={turns[1].question.conversation_id.hex}&chat=nonsense"))
    assert b"Red" in files["chat.jsonl"]
    assert b"Blue" not in files["chat.jsonl"]


def test_the_action_leads_to_the_page_with_the_selection(leading: Client, owner: User) -> None:
    turns = [ended(begin(owner, text)) for text in ("Blue", "Red")]
    chosen = turns[0].question.conversation_id
    act = {"action": "export_selected", "_selected_action": [str(chosen)]}
    address = leading.post(f"{LIST}?q=owner", act).headers["Location"]
    assert parse_qs(urlsplit(address).query) == {"chat": [chosen.hex]}
    assert "1 conversation, as selected" in leading.get(address).content.decode()
    everything = {**act, "select_across": "1"}
    address = leading.post(f"{LIST}?q=owner", everything).headers["Location"]
    assert address == f"{PAGE}?q=owner"
    page = leading.get(address).content.decode()
    assert "Those that the search finds, as the list shows them with its filters" in page
    assert f'href="{LIST}?q=owner"' in page  # the way back keeps them, too


def test_nothing_selected_is_said_kindly(leading: Client, turn: Turn) -> None:
    answer = leading.post(LIST, {"action": "export_selected", "index": "0"}, follow=True)
    assert "must be selected" in answer.content.decode()


def test_nothing_to_export_is_said_kindly(leading: Client, turn: Turn) -> None:
    ended(turn)
    Conversation.objects.update(is_temporary=True)
    for answer, status in ((leading.get(PAGE), 200), (leading.post(PAGE, WISHES), 400)):
        assert answer.status_code == status
        assert "There is nothing to export" in answer.content.decode()


@pytest.mark.parametrize("word", ["sky", "nowhere"])
def test_what_a_search_finds_is_not_counted_unnoted(leading: Client, turn: Turn, word: str) -> None:
    ended(turn)
    answers = [leading.get(f"{PAGE}?q={word}"), leading.post(f"{PAGE}?q={word}", {**WISHES, "kinds": []})]
    for answer in answers:
        page = answer.content.decode()
        assert "Those that the search finds" in page
        assert "1 conversation" not in page
        assert "nothing to export" not in page
        assert 'value="Export"' in page
        assert answer.context["count"] is None
    assert not Opening.objects.exists()


def test_filters_that_are_none_lead_back_to_the_list(leading: Client, turn: Turn) -> None:
    answer = leading.get(f"{PAGE}?updated__gte=yesterday", follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "could not be understood" in answer.content.decode()


def test_what_is_wrong_is_said_and_nothing_is_lost(leading: Client, turn: Turn, settings: Settings) -> None:
    ended(turn)
    settings.CHAT_READ_LOG_REASON = True
    answer = leading.post(PAGE, {**WISHES, "kinds": [], "reason": "", "names": "Ada\nGrace", "redacts": "on"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Choose at least one file." in page
    assert "asks for a reason" in page
    assert "Ada\nGrace</textarea>" in page
    assert not Opening.objects.exists()


async def test_names_are_those_of_the_form_and_of_the_operator(lead: User, owner: User, settings: Settings) -> None:
    settings.CHAT_REDACT_NAMES = ["Grace"]
    await asked(owner, "Ada met Grace at 020 7946 0018.")
    settings.CHAT_REDACT_REGION = "GB"
    files = await unpacked(await posted(lead, redacts="on", names="Ada\r\n\r\n"))
    assert b"[name] met [name] at [phone]." in files["chat.jsonl"]
    assert json.loads(files["manifest.json"])["redactions"] == {"email": 0, "card": 0, "phone": 1, "name": 2}


async def test_what_was_searched_for_is_redacted_in_the_manifest(lead: User, owner: User) -> None:
    await asked(owner)
    files = await unpacked(await posted(lead, "?q=a%40example.org&q=owner", redacts="on", names=""))
    assert json.loads(files["manifest.json"])["filters"] == {"q": ["[email]", "owner"]}


async def test_one_person_has_so_many_open_at_once(lead: User, owner: User, settings: Settings) -> None:
    await asked(owner)
    settings.CHAT_MAX_STREAMS = 1
    seat = seats.take(lead.pk, 1)
    assert seat
    refused = await posted(lead)
    assert refused.status_code == 429
    assert "several downloads open" in refused.content.decode()
    seat.leave()
    assert await unpacked(await posted(lead))
    assert (await posted(lead)).status_code == 200  # the seat was given back


def test_the_address_is_the_admins(leading: Client) -> None:
    assert reverse("chat:export_for_learning") == PAGE
