"""The page where conversations come in, whatever the file is."""

import io
import json
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from chat.exchange import record_of
from chat.exchange.elements import elements
from chat.exchange.importing import Report, bring_in
from chat.exchange.native import to_json
from chat.models import Conversation, Message, Rubric, User, Verdict
from tests.conftest import begin, signed_in

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PAGE = "/import/"


def sent(client: Client, content: bytes, name: str = "file", **more: Any) -> Any:
    return client.post(PAGE, {"file": SimpleUploadedFile(name, content)}, **more)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def taken_in(user: User, content: object) -> Report:
    written = content if isinstance(content, bytes) else json.dumps(content).encode()
    return bring_in(user, io.BytesIO(written), "file.json")


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def row(number: int, text: str = "Hello", title: str = "") -> dict[str, Any]:
    """A small conversation, as LibreChat writes it."""
    message = {"messageId": "q", "isCreatedByUser": True, "text": text, "createdAt": "2025-01-01T10:00:00Z"}
    return {"conversationId": f"c-{number}", "title": title or f"Chat {number}", "messages": [message]}


def test_a_file_is_taken_and_told_of_line_by_line(owner_client: Client, owner: User) -> None:
    response = sent(owner_client, sample("chatgpt.json"), "conversations.json")
    assert response.status_code == 200
    html = response.content.decode()
    rome = Conversation.objects.of(owner).get(title="Trip to Rome")
    assert f'<a href="{rome.get_absolute_url()}">Trip to Rome</a>' in html
    assert "2 pictures were left out." in html
    assert "2 imported, 1 refused" in html
    assert "Without a tree" in html
    assert (rome.origin, rome.is_title_given, rome.is_archived) == ("chatgpt:c-1", True, True)
    assert rome.updated.date().isoformat() == "2025-01-01"
    assert [message.version for message in rome.thread()] == [1, 1, 1, 2]
    page = owner_client.get(rome.get_absolute_url()).content.decode()
    assert "Nearly two thousand years." in page
    assert page.count('<article id="message-') == 4


@pytest.mark.parametrize(
    "name", ["chatgpt.json", "openwebui.json", "librechat-recursive.json", "librechat-linear.json"]
)
def test_the_same_file_again_changes_nothing(owner_client: Client, owner: User, name: str) -> None:
    sent(owner_client, sample(name))
    before = list(Message.objects.values_list("pk", "text").order_by("pk"))
    assert before
    response = sent(owner_client, sample(name))
    assert response.status_code == 200
    assert "0 imported" in response.content.decode()
    assert "Already there" in response.content.decode()
    assert list(Message.objects.values_list("pk", "text").order_by("pk")) == before


def test_what_was_deleted_here_may_come_back(owner: User) -> None:
    taken_in(owner, row(1))
    Conversation.objects.update(deleted=timezone.now())
    assert taken_in(owner, row(1)).taken == 1
    assert taken_in(owner, row(1)).there == 1


def test_what_is_another_persons_is_no_hindrance(owner: User, other: User) -> None:
    assert taken_in(owner, row(1)).taken == 1
    assert taken_in(other, row(1)).taken == 1


def test_a_title_is_found_where_there_is_none(owner: User) -> None:
    content = row(1, "What  is\nthis?")
    content["title"] = None
    taken_in(owner, content)
    assert Conversation.objects.of(owner).get().title == "What is this?"


def test_chatgpts_whole_zip_is_taken(owner_client: Client) -> None:
    files = {
        "user.json": b'{"id": "user-1", "email": "x"}',
        "message_feedback.json": b"[]",
        "shared_conversations.json": b'[{"id": "s", "conversation_id": "c-1", "title": "T"}]',
        "chat.html": b"<html>",
        "file-1.png": b"\x89PNG",
        "conversations-000.json": sample("chatgpt.json"),
    }
    html = sent(owner_client, packed(files), "export.zip").content.decode()
    assert "2 imported, 1 refused" in html
    assert "user.json" not in html


def test_several_rows_in_an_object_are_taken(owner: User) -> None:
    assert taken_in(owner, {"conversations": [row(1), row(2), 7]}).taken == 2


# What is refused


def test_no_file_is_said_kindly(owner_client: Client) -> None:
    response = owner_client.post(PAGE)
    assert response.status_code == 400
    assert "Choose a file first." in response.content.decode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"[",
        b"[]",
        b"{}",
        b"null",
        b'"\xff"',
        b"PK",
        b"PK\x03\x04nothing",
        b'{"mapping": 1}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 10_000,
        b"\xef\xbb\xbf",
        packed({}),
        packed({"a.json": b"broken"}),
        packed({"a.json": b"[]"}, zipfile.ZIP_BZIP2),
        packed({"a.zip": packed({"a.json": sample("chatgpt.json")})}),
        b'{"format": "chatstream", "version": 2, "conversation": {}}',
        b'{"format": "chatstream", "version": 1, "conversation": {"messages": [1]}}',
        b'{"format": "chatstream", "version": 1, "conversation": {"messages": [{"role": []}]}}',
    ],
)
def test_what_can_not_be_read_is_said_kindly(owner_client: Client, content: bytes) -> None:
    response = sent(owner_client, content)
    assert response.status_code == 400
    assert "Nothing was imported" in response.content.decode() or "refused" in response.content.decode()
    assert not Conversation.objects.exists()


def test_one_that_is_broken_keeps_none_of_the_others_away(owner: User) -> None:
    content = f'[{json.dumps(row(1))}, {{"broken", "x]}}"}}, 3, {json.dumps(row(2))}, {{"cut": '.encode()
    report = taken_in(owner, content)
    assert report.taken == 2
    assert sorted(line.remarks[0] for line in report.lines if line.remarks) == [
        "It is not JSON, or it is cut off. (2 times)",
        "It is not a conversation.",
    ]


def test_a_file_may_be_only_so_large(owner_client: Client, settings: Settings) -> None:
    settings.CHAT_IMPORT_MAX_BYTES = 1_000
    response = sent(owner_client, b"[" + b" " * 1_000)
    assert response.status_code == 413
    assert "too large" in response.content.decode()


def test_a_bomb_is_measured_by_what_comes_out_of_it(owner_client: Client, settings: Settings) -> None:
    settings.CHAT_IMPORT_MAX_BYTES = 1_000_000
    bomb = packed({"conversations.json": b"[" + b" " * 50_000_000 + b"]"})
    assert len(bomb) < 100_000
    response = sent(owner_client, bomb)
    assert response.status_code == 413
    assert "as much as this site takes" in response.content.decode()


def test_what_came_before_the_end_of_the_measure_stays(owner: User, settings: Settings) -> None:
    settings.CHAT_IMPORT_MAX_BYTES = 200_000
    report = taken_in(owner, packed({"a.json": json.dumps([row(1)]).encode(), "b.json": b" " * 300_000}))
    assert (report.taken, report.is_too_large) == (1, True)


def test_so_many_are_taken_and_the_others_the_next_time(owner: User, settings: Settings) -> None:
    settings.CHAT_IMPORT_MAX_CONVERSATIONS = 2
    content = [row(number) for number in range(5)]
    first = taken_in(owner, content)
    assert (first.taken, first.trouble) == (2, "These are the first 2. Import the file again for those that follow.")
    assert [taken_in(owner, content).taken for _ in range(3)] == [2, 1, 0]


def test_a_conversation_may_have_only_so_many_messages(owner: User, settings: Settings) -> None:
    settings.CHAT_IMPORT_MAX_MESSAGES = 3
    content = row(1)
    content["messages"] = [{"isCreatedByUser": True, "text": str(number)} for number in range(4)]
    report = taken_in(owner, content)
    assert report.lines[0].remarks == ["It has more than 3 messages, which is more than this site takes."]
    content["messages"].pop()
    assert taken_in(owner, content).taken == 1


def test_a_text_may_be_only_so_long(owner: User, settings: Settings) -> None:
    settings.CHAT_IMPORT_MAX_CHARACTERS = 10
    report = taken_in(owner, row(1, "x" * 11))
    assert report.lines[0].remarks == ["A message was cut after 10 characters."]
    assert Message.objects.get().text == "x" * 10


def test_what_no_database_takes_is_made_into_what_it_does(owner: User) -> None:
    odd = "a\0b\ud800c\r\nd"
    report = taken_in(owner, row(1, odd, title=odd))
    assert report.taken == 1
    assert Message.objects.get().text == "a\ufffdb\ufffdc\nd"


def test_a_file_with_nothing_but_something_else_is_given_up(owner: User) -> None:
    report = taken_in(owner, b"[" + b"1," * 1_000_000 + b"1]")
    assert report.trouble == "There is too much in this file that is not a conversation."


@pytest.mark.parametrize("content", [[row(1), row(2, "y" * 200_000), row(3)], row(2, 'y"]\\' * 200_000)])
def test_a_conversation_may_be_only_so_large(owner_client: Client, settings: Settings, content: object) -> None:
    settings.CHAT_IMPORT_MAX_CONVERSATION_BYTES = 100_000
    response = sent(owner_client, json.dumps(content).encode(), "chats.json")
    assert response.status_code == (200 if isinstance(content, list) else 413)
    assert "It is larger than 0 MB, which is more than this site takes" in response.content.decode()
    taken = {"Chat 1", "Chat 3"} if isinstance(content, list) else set()
    assert set(Conversation.objects.values_list("title", flat=True)) == taken


def test_what_is_too_large_is_not_held(owner: User) -> None:
    piece = b'["%s\\"]", [{}],' % (b"x" * 60_000)
    pieces = [b'[1, {"a": [', *[piece] * 100, b"7]" + b"]" * 100 + b"}, 2]"]
    tracemalloc.start()
    try:
        assert list(elements(iter(pieces), 100_000)) == [b"1", b"", b"2"]
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("is_counted_right", [True, False])
def test_a_zip_of_too_many_files_is_refused_before_its_directory_is_built(
    owner: User, monkeypatch: pytest.MonkeyPatch, is_counted_right: bool
) -> None:
    monkeypatch.setattr("chat.exchange.uploads.MOST_ENTRIES", 10)
    content = bytearray(packed({f"{number}.json": json.dumps(row(number)).encode() for number in range(11)}))
    if not is_counted_right:
        content[-14:-10] = b"\1\0\1\0"
    monkeypatch.setattr(zipfile.ZipInfo, "__init__", lambda *_: pytest.fail("an entry was built"))
    assert "files" in taken_in(owner, bytes(content)).trouble
    assert not Conversation.objects.exists()


def test_a_directory_may_be_only_so_large(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.exchange.uploads.LARGEST_DIRECTORY", 70_000)
    files = {f"{number}{'x' * 9_000}.json": json.dumps(row(number)).encode() for number in range(9)}
    assert "This ZIP file holds more than" in taken_in(owner, packed(files)).trouble
    assert taken_in(owner, packed(dict(list(files.items())[:7]))).taken == 7


def test_of_what_is_not_taken_only_so_much_is_listed(
    owner_client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.exchange.importing.MOST_LISTED", 2)
    taken_in(owner, [row(number) for number in range(4)])
    empty = {**row(9), "messages": []}
    html = sent(owner_client, json.dumps([row(0), row(1), row(2), *[empty] * 5, row(3)]).encode()).content.decode()
    assert "0 imported, 4 already there, 5 refused" in html
    assert html.count('data-outcome="') == 4
    assert "5 more that were not imported are not listed." in html


def test_only_so_many_are_looked_at(owner: User, settings: Settings) -> None:
    settings.CHAT_IMPORT_MAX_CONVERSATIONS = 2
    report = taken_in(owner, [{**row(9), "messages": []}] * 8 + [row(1)])
    assert (report.taken, report.refused) == (0, 8)
    assert report.trouble == "This site looks at 8 conversations of a file. Those that follow were not imported."


def ours(*parameters: object, **more: Any) -> dict[str, Any]:
    """A conversation as we write it: a question and an answer, asked for with these parameters in turn."""
    answer = {
        "id": "a",
        "parent": "q",
        "role": "assistant",
        "text": "Blue.",
        "generations": [{"model": "m", "state": "complete", "parameters": each} for each in parameters],
    }
    question = {"id": "q", "parent": None, "role": "user", "text": "What colour is the sky?"}
    told = {"title": "T", "origin": "chatstream:elsewhere", "messages": [question, answer], **more}
    return {"format": "chatstream", "version": 1, "conversation": told}


def test_parameters_that_are_none_break_no_page(owner_client: Client, owner: User) -> None:
    odd = {"temperature": [1], "max_tokens": {"a": 1}}
    taken_in(owner, ours(odd, {"temperature": True, "max_tokens": "many"}, {"temperature": 0.5, "max_tokens": 70}))
    conversation = Conversation.objects.of(owner).get()
    response = owner_client.get(conversation.get_absolute_url())
    assert response.status_code == 200
    assert "<dd>0.5</dd>" in response.content.decode()
    assert "<dd>70 tokens</dd>" in response.content.decode()


def test_a_conversation_may_have_only_so_many_characters(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.exchange.tree.MOST_CHARACTERS", 20)
    report = taken_in(owner, ours())
    assert "more than 20 characters" in report.lines[0].remarks[0]
    assert not Conversation.objects.exists()
    monkeypatch.setattr("chat.exchange.tree.MOST_CHARACTERS", len("What colour is the sky?Blue."))
    assert taken_in(owner, ours()).taken == 1


@pytest.mark.parametrize(("told", "kept"), [(2.1, None), (-0.1, None), (2, 2.0), (0, 0.0)])
def test_a_temperature_is_one_that_can_be_chosen(owner: User, told: float, kept: float | None) -> None:
    line = taken_in(owner, ours(temperature=told)).lines[0]
    assert Conversation.objects.get().temperature == kept
    assert bool(line.remarks) == (kept is None)


@pytest.mark.parametrize(("told", "kept"), [(0, None), (1, 1), (500, 500), (501, 500), (2_000_000_000, 500)])
def test_a_maximum_length_is_one_that_can_be_chosen(
    owner: User, settings: Settings, told: int, kept: int | None
) -> None:
    settings.CHAT_MAX_ANSWER_TOKENS = 500
    line = taken_in(owner, ours(max_tokens=told)).lines[0]
    assert Conversation.objects.get().max_tokens == kept
    assert bool(line.remarks) == (told != kept)


def test_instructions_may_be_only_so_long(owner: User, settings: Settings) -> None:
    settings.CHAT_MAX_SYSTEM_PROMPT_CHARACTERS = 10
    foreign = {"id": "w", "chat": {**json.loads(sample("openwebui.json"))[0]["chat"], "system": "x" * 11}}
    for content in (foreign, ours(system_prompt="x" * 11)):
        line = taken_in(owner, content).lines[0]
        assert "Its instructions were cut after 10 characters." in line.remarks
        assert line.conversation
        assert line.conversation.system_prompt == "x" * 10


@pytest.mark.parametrize("title", ["", " \n", None, 7])
def test_one_of_ours_without_a_title_is_given_one(owner: User, title: object) -> None:
    assert taken_in(owner, ours(title=title)).lines[0].title == "What colour is the sky?"


def test_only_so_many_come_pinned(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.exchange.importing.MOST_PINNED", 2)
    report = taken_in(owner, [ours(is_pinned=True, origin=f"chatstream:{number}") for number in range(3)])
    assert [line.conversation.is_pinned for line in report.lines if line.conversation] == [True, True, False]
    assert [line.remarks for line in report.lines] == [[], [], ["It is not pinned: 2 chats are already."]]


@pytest.mark.parametrize("origin", ["", "fork:of-another"])
def test_a_temporary_chats_export_makes_one_that_stays(owner: User, origin: str) -> None:
    temporary = begin(owner).question.conversation
    Conversation.objects.update(is_temporary=True, origin=origin)
    temporary.refresh_from_db()
    content = json.loads(to_json(record_of(temporary)))
    line = taken_in(owner, content).lines[0]
    assert (line.outcome, line.remarks) == ("taken", [])
    assert line.conversation
    assert line.conversation != temporary
    assert not line.conversation.is_temporary
    assert Conversation.objects.get(pk=temporary.pk).is_temporary
    assert taken_in(owner, content).lines[0].conversation == line.conversation


def test_what_a_clock_elsewhere_is_ahead_by_keeps_nothing_in_the_review_queue(owner: User, reviewer: User) -> None:
    ahead = (timezone.now() + timedelta(hours=20)).isoformat()
    record = ours({}, created=ahead, updated=ahead)
    answer = record["conversation"]["messages"][1]
    answer["generations"][0].update(finished=ahead)
    answer["feedback"] = {"value": "bad", "created": ahead, "updated": ahead}
    taken = taken_in(owner, record).lines[0].conversation
    assert taken
    waiting = Conversation.objects.reviewable().unreviewed().filter(pk=taken.pk)
    assert waiting.with_feedback("bad").exists()
    Verdict.objects.give(reviewer, taken, None, Rubric.objects.create(name="General", subject="conversation"), "good")
    assert not waiting.exists()


# Who


def test_it_is_for_whoever_is_signed_in_a_guest_too(client: Client, owner: User) -> None:
    assert client.get(PAGE).status_code == 302
    assert sent(client, sample("chatgpt.json")).status_code == 302
    guest = User.objects.for_guest("k" * 32)
    begin(guest)
    assert sent(signed_in(guest), sample("librechat-linear.json")).status_code == 200
    assert Conversation.objects.of(guest).filter(title="Coffee").exists()
    assert not Conversation.objects.of(owner).exists()


def test_a_forged_form_is_refused(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert sent(client, sample("chatgpt.json")).status_code == 403
    assert not Conversation.objects.exists()


def test_the_page_is_found_from_the_pages_about_chats(owner_client: Client, owner: User) -> None:
    choice = reverse("chat:export", args=[begin(owner).question.conversation.pk])
    assert f'href="{PAGE}">Import and export' in owner_client.get(choice).content.decode()
    assert 'aria-current="page">Import and export' in owner_client.get(PAGE).content.decode()
    assert owner_client.put(PAGE).status_code == 405


# Whatever is in it

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["user", "assistant", "text", "q", "a", "2025-01-01T00:00:00Z", "multimodal_text", "complete"])
)
KEYS = (
    *("mapping", "message", "author", "role", "content", "content_type", "parts", "parent", "children", "current_node"),
    *("create_time", "chat", "history", "messages", "currentId", "parentId", "childrenIds", "timestamp", "files", "id"),
    *(
        "conversationId",
        "messagesTree",
        "messageId",
        "parentMessageId",
        "isCreatedByUser",
        "text",
        "createdAt",
        "title",
    ),
    *("format", "version", "conversation", "generations", "timeline", "parameters", "chosen", "origin", "created"),
    *("metadata", "recipient", "weight", "thoughts", "options", "output", "cost", "state", "reasoning", "temperature"),
)
anything = st.recursive(
    leaves,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.sampled_from(KEYS), each, max_size=6),
    max_leaves=30,
)
messages = st.lists(anything, max_size=4) | st.dictionaries(st.sampled_from(["q", "a", "b"]), anything, max_size=3)
conversations = st.one_of(
    st.fixed_dictionaries({"mapping": messages, "current_node": leaves, "create_time": leaves, "title": leaves}),
    st.fixed_dictionaries({"chat": st.fixed_dictionaries({"history": st.fixed_dictionaries({"messages": messages})})}),
    st.fixed_dictionaries({"conversationId": leaves, "messages": messages, "options": anything}),
    st.fixed_dictionaries(
        {
            "format": st.just("chatstream"),
            "version": st.just(1),
            "conversation": st.fixed_dictionaries({"messages": messages, "created": leaves, "origin": leaves}),
        }
    ),
    anything,
)


def broken_somewhere(content: Any, path: list[int], odd: object) -> Any:
    """Put something odd at some place of something sound."""
    if not path or not isinstance(content, dict | list) or not content:
        return odd
    keys = list(content) if isinstance(content, dict) else list(range(len(content)))
    key = keys[path[0] % len(keys)]
    changed = dict(content) if isinstance(content, dict) else list(content)
    changed[key] = broken_somewhere(content[key], path[1:], odd)
    return changed


SOUND = [json.loads(sample(name)) for name in ("chatgpt.json", "openwebui.json", "librechat-recursive.json")]
damaged = st.builds(
    broken_somewhere, st.sampled_from(SOUND), st.lists(st.integers(0, 20), min_size=1, max_size=9), anything
)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=conversations | damaged)
def test_nothing_a_file_says_is_too_much(
    content: Any, owner: User, caplog: pytest.LogCaptureFixture, owner_client: Client
) -> None:
    report = bring_in(owner, io.BytesIO(json.dumps(content).encode()), "file.json")
    assert report.lines or report.trouble
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert report.taken == Conversation.objects.count()
    for conversation in Conversation.objects.all():
        assert owner_client.get(conversation.get_absolute_url()).status_code == 200
    Conversation.objects.all().delete()


elements_of_a_list = st.recursive(
    st.text(max_size=6) | st.integers(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=3), each, max_size=3),
    max_leaves=8,
)


@hypothesis_settings(max_examples=100, deadline=None)
@given(content=st.lists(elements_of_a_list, max_size=5), size=st.integers(1, 7), indent=st.integers(0, 3))
def test_a_list_is_taken_apart_wherever_it_is_cut(content: list[Any], size: int, indent: int) -> None:
    written = json.dumps(content, indent=indent or None, ensure_ascii=bool(indent % 2)).encode()
    chunks = [written[start : start + size] for start in range(0, len(written), size)]
    assert [json.loads(element) for element in elements(chunks, 1_000)] == content
