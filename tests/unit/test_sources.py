"""What other programs export, as we read it. The samples are our own, made after what their sources say."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chat.exchange import ConversationRecord, MessageRecord
from chat.exchange.sources import source_of

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def read(content: dict[str, Any]) -> ConversationRecord:
    source = source_of(content)
    assert source is not None
    record: ConversationRecord = source.read(content)
    return record


def outline(record: ConversationRecord) -> list[tuple[str, str | None, str, str]]:
    return [(message.id, message.parent, message.role, message.text) for message in record.messages]


def called(record: ConversationRecord, name: str) -> MessageRecord:
    return next(message for message in record.messages if message.id == name)


# ChatGPT


def test_chatgpts_nodes_become_questions_and_answers() -> None:
    record = read(sample("chatgpt.json")[0])
    assert outline(record) == [
        ("q1", None, "user", "What is on these?"),
        ("t1", "q1", "assistant", "The **Colosseum** and the Pantheon."),
        ("q2a", "t1", "user", "How old are they?"),
        ("a2a", "q2a", "assistant", "```python\n2000\n```"),
        ("a2b", "q2a", "assistant", "Nearly two thousand years."),
        ("q2b", "t1", "user", "Where do I sleep?"),
    ]
    answer = called(record, "t1")
    assert answer.reasoning == "Looking\n\nA big round building."
    assert [generation.model for generation in answer.generations] == ["o-answers"]
    assert called(record, "q1").generations == []


def test_chatgpts_conversation_keeps_its_name_times_and_branch() -> None:
    record = read(sample("chatgpt.json")[0])
    assert (record.origin, record.title) == ("chatgpt:c-1", "Trip to Rome")
    assert record.created == datetime(2025, 1, 1, 10, 0, 0, 250_000, UTC)
    assert record.updated == datetime(2025, 1, 1, 10, 6, 40, 500_000, UTC)
    assert record.is_archived
    assert not record.is_pinned
    assert record.chosen is None
    assert called(record, "t1").chosen == "q2a"  # beside a newer one
    assert called(record, "q2a").chosen is None  # the newest is shown
    assert record.model == ""  # which this site may not have


def test_what_chatgpt_shows_and_we_dont_is_told() -> None:
    assert sorted(read(sample("chatgpt.json")[0]).remarks) == [
        "2 pictures were left out.",
        "A file was left out.",
        "A tool call was left out.",
    ]


def test_an_answer_that_was_a_picture_says_so() -> None:
    record = read(sample("chatgpt.json")[2])
    assert [text for *_, text in outline(record)] == ["Draw a cat", "[1 tool call, 1 picture]"]


def coded(code: str) -> str:
    told = node("a", "q", "assistant")
    told["message"]["content"] = {"content_type": "code", "language": "unknown", "text": code}
    return called(read(chatgpt(node("q", None), told)), "a").text


def test_code_stands_between_fences_longer_than_any_in_it() -> None:
    assert coded("a ```` b ``` c") == "`````\na ```` b ``` c\n`````"
    assert coded("a `b`") == "```\na `b`\n```"


def test_a_long_run_of_backticks_takes_no_longer_than_any_text() -> None:
    run = "`" * 500_000  # for longer than anybody waits, where each length is tried
    assert coded(run) == f"{run}`\n{run}\n{run}`"


# Open WebUI


def test_open_webuis_chats_are_read_with_their_thoughts() -> None:
    record = read(sample("openwebui.json")[0])
    assert outline(record) == [
        ("q1", None, "user", "What soup?"),
        ("a1", "q1", "assistant", "Lentil soup."),
        ("a2", "q1", "assistant", "Leek and"),
    ]
    assert called(record, "a1").reasoning == "It is cold.\nSo: lentils & leek."
    assert [called(record, name).generations[0].model for name in ("a1", "a2")] == ["small:1b", "large:7b"]
    assert [called(record, name).generations[0].state for name in ("a1", "a2")] == ["complete", "interrupted"]
    assert called(record, "q1").chosen == "a1"
    assert (record.origin, record.title, record.is_pinned) == ("openwebui:w-1", "Soup", True)
    assert record.system_prompt == "You cook."
    assert sorted(record.remarks) == ["A picture was left out.", "A tool call was left out."]


def test_an_older_open_webui_row_is_read_too() -> None:
    chat = sample("openwebui.json")[0]["chat"]
    record = read({"id": "w-2", **chat})
    assert record.origin == "openwebui:w-2"
    assert len(record.messages) == 3


# LibreChat


def test_librechats_tree_is_read() -> None:
    record = read(sample("librechat-recursive.json"))
    assert outline(record) == [
        ("q1", None, "user", "Green or black?"),
        ("a1", "q1", "assistant", "Both are one plant."),
        ("q2", "a1", "user", "Why?"),
        ("a2", "q1", "assistant", "Green."),
    ]
    assert called(record, "a1").reasoning == "Same leaf."
    assert [called(record, name).generations[0].model for name in ("a1", "a2")] == ["gpt-large", "gpt-small"]
    assert called(record, "a2").generations[0].state == "interrupted"
    assert record.system_prompt == "Answer as a gardener."
    assert record.remarks == ["A tool call was left out."]
    assert record.created == datetime(2025, 1, 1, 10, tzinfo=UTC)


def test_librechats_row_is_read() -> None:
    record = read(sample("librechat-linear.json"))
    assert outline(record) == [("q1", None, "user", "How long?"), ("a1", "q1", "assistant", "Four minutes.")]
    assert sorted(record.remarks) == ["A file was left out.", "A picture was left out."]


@pytest.mark.parametrize("depth", [1, 300])
def test_librechats_tree_may_be_deep(depth: int) -> None:
    message: dict[str, Any] = {"messageId": "0", "isCreatedByUser": True, "text": "Last", "children": []}
    for number in range(1, depth):
        message = {"messageId": str(number), "isCreatedByUser": True, "text": "More", "children": [message]}
    record = read({"conversationId": "deep", "messages": [message]})
    assert len(record.messages) == depth


# Trees that are none


def node(name: str, parent: str | None, role: str = "user", text: str = "Something") -> dict[str, Any]:
    content = {"content_type": "text", "parts": [text]}
    return {"id": name, "parent": parent, "children": [], "message": {"author": {"role": role}, "content": content}}


def chatgpt(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "c", "title": "T", "mapping": {each["id"]: each for each in nodes}, **more}


def test_what_leads_in_a_circle_is_left_out() -> None:
    record = read(chatgpt(node("a", None), node("b", "c"), node("c", "b")))
    assert outline(record) == [("a", None, "user", "Something")]
    assert record.remarks == ["2 messages without a place in the chat were left out."]


def test_an_orphan_begins_the_chat_anew() -> None:
    record = read(chatgpt(node("a", None), node("b", "nowhere")))
    assert [(name, parent) for name, parent, *_ in outline(record)] == [("a", None), ("b", None)]


def test_an_answer_without_a_question_is_given_one() -> None:
    record = read(chatgpt(node("a", None, "assistant", "Hello"), node("b", None, "assistant", "Hi"), current_node="a"))
    first, *answers = record.messages
    assert (first.parent, first.role, first.text) == (None, "user", "[This chat began with an answer.]")
    assert [answer.parent for answer in answers] == [first.id, first.id]
    assert (record.chosen, first.chosen) == (first.id, "a")


def test_two_answers_in_one_place_stay_two() -> None:
    record = read(
        chatgpt(node("q", None), node("a", "q", "assistant"), node("b", "a", "assistant"), node("c", "a", "assistant"))
    )
    assert [(name, parent) for name, parent, *_ in outline(record)] == [("q", None), ("a", "q"), ("b", "a"), ("c", "a")]


def test_what_says_nothing_is_left_out_at_an_end_and_noted_in_between() -> None:
    record = read(chatgpt(node("q", None, text=""), node("a", "q", "assistant"), node("e", "a", text=" ")))
    assert outline(record) == [("q", None, "user", "[no text]"), ("a", "q", "assistant", "Something")]


def test_times_that_are_none_count_as_not_told() -> None:
    odds: list[object] = [-1e12, 1e300, float("nan"), float("inf"), 10**400, "soon", True, [], {}, "9999-12-31"]
    for odd in odds:
        told = node("q", None)
        told["message"]["create_time"] = odd
        record = read(chatgpt(told, create_time=odd, update_time=odd))
        assert (datetime.now(UTC) - record.created).total_seconds() < 60
        assert record.updated == record.created


def test_times_a_little_ahead_are_now() -> None:
    told = datetime.now(UTC) + timedelta(hours=23)
    record = read(chatgpt(node("q", None), create_time=told.timestamp(), update_time=told.isoformat()))
    assert record.created <= record.updated <= datetime.now(UTC)
