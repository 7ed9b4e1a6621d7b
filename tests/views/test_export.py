"""A conversation as a file, and all of them as a ZIP."""

import asyncio
import io
import json
import re
import uuid
import zipfile
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Generation, Message, Turn, User
from tests.conftest import begin, signed_in

ANSWER = (
    "# A heading\n\n- **bold** <script>alert(1)</script>\n\n![a picture](https://example.org/a.png)\n\n```python\nx = 1"
)


@pytest.fixture
def answered(turn: Turn) -> Turn:
    Message.objects.filter(pk=turn.answer.pk).update(text=ANSWER, reasoning="Light & air.")
    Generation.objects.filter(pk=turn.generation.pk).update(state="interrupted", model="a_model")
    return turn


def address(turn: Turn, kind: str) -> str:
    return reverse("chat:export_as", args=[turn.question.conversation.pk, kind])


@pytest.mark.django_db
def test_the_menu_leads_to_the_choice_and_the_choice_to_the_files(owner_client: Client, answered: Turn) -> None:
    conversation = answered.question.conversation
    choice = reverse("chat:export", args=[conversation.pk])
    assert f'href="{choice}"' in owner_client.get(conversation.get_absolute_url()).content.decode()
    page = owner_client.get(choice).content.decode()
    assert all(address(answered, kind) in page for kind in ("markdown", "json", "html"))


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "ending"), [("markdown", "md"), ("json", "json"), ("html", "html")])
def test_a_file_is_to_be_saved_and_not_to_be_guessed_at(
    owner_client: Client, answered: Turn, kind: str, ending: str
) -> None:
    response = owner_client.get(address(answered, kind))
    assert response["Content-Disposition"] == f'attachment; filename="why-is-the-sky-blue.{ending}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", 'filename="etcpasswd.md"'),
        ('a"; filename=evil.exe\r\nX: y', 'filename="a-filenameevilexe-x-y.md"'),
        ("Ça va, 世界?", "filename*=utf-8''%C3%A7a-va-%E4%B8%96%E7%95%8C.md"),
        ("🙂 …", 'filename="chat.md"'),
        ("long " * 40, f'filename="{"long-" * 11}long.md"'),
    ],
)
def test_a_files_name_is_safe_everywhere(owner_client: Client, answered: Turn, title: str, name: str) -> None:
    Conversation.objects.update(title=title)
    assert owner_client.get(address(answered, "markdown"))["Content-Disposition"] == f"attachment; {name}"


@pytest.mark.django_db
def test_the_markdown_is_the_branch_that_is_shown(owner_client: Client, owner: User, answered: Turn) -> None:
    conversation = answered.question.conversation
    conversation.edit(answered.question, "Why *not*?", uuid.uuid4(), "another").generation.request_stop()
    answered.question.choose()
    text = owner_client.get(address(answered, "markdown")).content.decode()
    assert text.startswith("# Why is the sky blue?\n\nFrom ChatStream. Begun ")
    assert re.search(r"\n---\n\n\*\*You\*\* · \d+ \w+ \d{4}, \d\d:\d\d\n\nWhy is the sky blue\?\n\n---\n", text)
    assert f"{ANSWER}\n```\n\n*The answer was interrupted.*\n" in text  # its code closed
    assert "**Answer, a\\_model**" in text
    assert "Why *not*?" not in text
    assert "Light & air." not in text


@pytest.mark.django_db
def test_the_web_page_stands_alone(owner_client: Client, answered: Turn, settings: Settings) -> None:
    settings.CHAT_IMAGE_HOSTS = frozenset({"example.org"})
    html = owner_client.get(address(answered, "html")).content.decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy
    assert policy[1].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert not re.search(r"<(script|link|img|iframe|object|form)\b|\ssrc=|url\(|@import", html)
    assert html.count("</style>") == html.count("<style>") == 1
    assert "&lt;script&gt;" in html
    assert "Light &amp; air." in html
    assert "The answer was interrupted." in html
    assert ".prose" in html
    assert 'class="language-python"' in html


@pytest.mark.django_db
def test_what_is_being_written_is_there_as_far_as_it_is(owner_client: Client, turn: Turn) -> None:
    assert "Still being written" in owner_client.get(address(turn, "markdown")).content.decode()
    assert "Still being written" in owner_client.get(address(turn, "html")).content.decode()
    content = json.loads(owner_client.get(address(turn, "json")).content)
    assert content["conversation"]["messages"][1]["generations"][0]["state"] == "queued"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["markdown", "json", "html"])
def test_a_file_is_its_owners_alone(other_client: Client, client: Client, answered: Turn, kind: str) -> None:
    assert other_client.get(address(answered, kind)).status_code == 404
    assert client.get(address(answered, kind)).status_code == 302
    assert client.get(reverse("chat:export_all")).status_code == 302


@pytest.mark.django_db
def test_there_is_no_other_format_and_no_other_method(owner_client: Client, answered: Turn) -> None:
    assert owner_client.get(address(answered, "exe")).status_code == 404
    assert owner_client.post(address(answered, "json")).status_code == 405
    assert owner_client.post(reverse("chat:export_all")).status_code == 405
    Conversation.objects.update(deleted=answered.question.created)
    assert owner_client.get(address(answered, "json")).status_code == 404
    assert owner_client.get(reverse("chat:export", args=[answered.question.conversation.pk])).status_code == 404


# All of them


async def opened(user: User) -> StreamingHttpResponse:
    client = AsyncClient()
    await client.aforce_login(user)
    return cast(StreamingHttpResponse, await client.get("/export/"))


def pieces(response: StreamingHttpResponse) -> AsyncIterator[bytes]:
    return cast(AsyncIterator[bytes], cast(Any, response).streaming_content)


@pytest.mark.django_db(transaction=True)
async def test_all_of_them_are_one_zip(owner: User) -> None:
    for title in ("One", "Ünïcödé"):
        await asyncio.to_thread(begin, owner, title)
    response = await opened(owner)
    assert response["Content-Type"] == "application/zip"
    assert re.fullmatch(r'attachment; filename="chatstream-\d{4}-\d\d-\d\d\.zip"', response["Content-Disposition"])
    packed = b"".join([piece async for piece in pieces(response)])
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert len(names) == 5
    assert all(re.fullmatch(r"manifest\.json|(md|json)/\d{4}-\d\d-\d\d-[\w-]+\.\1", name) for name in names)


@pytest.mark.django_db(transaction=True)
async def test_one_person_has_so_many_open_at_once(owner: User, settings: Settings) -> None:
    settings.CHAT_MAX_STREAMS = 1
    await asyncio.to_thread(begin, owner)
    first = await opened(owner)
    assert (await opened(owner)).status_code == 429
    assert [piece async for piece in pieces(first)]
    first.close()
    await asyncio.sleep(0)  # the seat is given back in the loop
    again = await opened(owner)
    assert again.status_code == 200
    again.close()
    await asyncio.sleep(0)


@pytest.mark.django_db
def test_a_guest_has_their_own(owner: User) -> None:
    guest = User.objects.for_guest("k" * 32)
    turn = begin(guest)
    assert signed_in(guest).get(address(turn, "json")).status_code == 200
    assert signed_in(owner).get(address(turn, "json")).status_code == 404
