"""What is exported and imported again is what it was: on either database, for every tree a conversation can be."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chat.exchange import GenerationRecord, make, record_of
from chat.exchange.archive import Archive
from chat.exchange.importing import Outcome, bring_in
from chat.exchange.native import to_json
from chat.models import Conversation, Feedback, Generation, Message, Persona, Timeline, Turn, User
from chat.models.chunk import Row
from chat.models.feedback import REASONS
from chat.models.generation import State
from tests.conftest import begin

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "conversation.schema.json").read_text())
VALID = Draft202012Validator(SCHEMA)

Draw = Callable[[st.SearchStrategy[Any]], Any]

pytestmark = pytest.mark.django_db

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
titles = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200).filter(str.strip)
times = st.datetimes(datetime(1970, 1, 2), datetime(2026, 1, 1), timezones=st.just(UTC))
counts = st.integers(0, 2**31 - 1)
endings = st.sampled_from([state for state in State if state not in State.active()])
plain = st.recursive(st.none() | st.booleans() | counts | texts, lambda each: st.lists(each, max_size=2), max_leaves=4)


@st.composite
def generations(draw: Draw, text: str) -> GenerationRecord:
    return GenerationRecord(
        model=draw(names),
        created=draw(times),
        state=draw(endings),
        start_offset=draw(st.integers(0, len(text))),
        attempt=draw(st.integers(0, 3)),
        persona=draw(names),
        system_prompt=draw(texts),
        parameters=draw(st.dictionaries(names, plain, max_size=2)),
        unseen=draw(st.none() | counts),
        response_id=draw(names),
        stop_requested_at=draw(st.none() | times),
        started=draw(st.none() | times),
        first_token=draw(st.none() | times),
        finished=draw(st.none() | times),
        finish_reason=draw(names),
        error_code=draw(names),
        error=draw(texts),
        prompt_tokens=draw(st.none() | counts),
        completion_tokens=draw(st.none() | counts),
        cost=draw(st.none() | st.decimals(0, 999_999, places=6)),
        thought_ms=draw(st.none() | counts),
        first_token_ms=draw(st.none() | counts),
        longest_stall_ms=draw(st.none() | counts),
        timeline=draw(st.none() | st.lists(st.lists(counts, min_size=2, max_size=2), max_size=3)),
    )


@st.composite
def ratings(draw: Draw) -> dict[str, Any]:
    value = draw(st.sampled_from(Feedback.Value.values))
    ticked = draw(st.sets(st.sampled_from(sorted(REASONS[value]))))
    reasons = [code for code in REASONS[value] if code in ticked]
    times_of = {"created": draw(times), "updated": draw(times)}
    return {"value": value, "reasons": reasons, "comment": draw(texts), **times_of}


@st.composite
def trees(draw: Draw) -> Callable[[User], Conversation]:
    """A conversation as it may have come about: versions of questions and answers, some chosen, some continued."""
    size = draw(st.integers(1, 9))
    above = [draw(st.integers(-1, place - 1)) for place in range(size)]  # -1: a first message
    shown = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    said = [(draw(texts), draw(texts)) for _ in range(size)]
    runs = [draw(st.lists(generations(text), max_size=3)) for text, _ in said]
    rated = [draw(st.none() | ratings()) for _ in range(size)]
    values = {
        "title": draw(titles),
        "is_title_given": draw(st.booleans()),
        "is_pinned": draw(st.booleans()),
        "is_archived": draw(st.booleans()),
        "created": draw(times),
        "updated": draw(times),
        "model": draw(names),
        "system_prompt": draw(texts),
        "temperature": draw(st.none() | st.floats(0, 2)),
        "max_tokens": draw(st.none() | st.integers(1, 100_000)),
    }
    start = draw(times)

    def plant(user: User) -> Conversation:
        conversation = Conversation.objects.create(user=user, **values)
        messages: list[Message] = []
        for place in range(size):
            parent = messages[above[place]] if above[place] >= 0 else None
            is_answer = parent is not None and parent.role == "user"
            message = Message.objects.create(
                conversation=conversation,
                parent=parent,
                role="assistant" if is_answer else "user",
                author=None if is_answer else user,
                text=said[place][0],
                reasoning=said[place][1] if is_answer else "",
                created=start + timedelta(seconds=place),
            )
            messages.append(message)
            if is_answer and rated[place]:
                Feedback.objects.create(message=message, **rated[place])
            if shown[place]:
                (message.parent or conversation).lead_to(message)
            for ordinal, run in enumerate(runs[place] if is_answer else [], start=1):
                told = {name: value for name, value in vars(run).items() if name != "timeline"}
                generation = Generation.objects.create(
                    message=message, conversation=conversation, ordinal=ordinal, lease=run.created, **told
                )
                if run.timeline is not None:
                    Timeline.objects.create(generation=generation, points=run.timeline)
        return conversation

    return plant


def exported(conversation: Conversation) -> str:
    return to_json(record_of(Conversation.objects.get(pk=conversation.pk)))


def imported(user: User, text: str) -> Conversation:
    report = bring_in(user, io.BytesIO(text.encode()), "a.json")
    assert [line.outcome for line in report.lines] == [Outcome.TAKEN], report
    assert report.lines[0].remarks == []
    conversation = report.lines[0].conversation
    assert conversation is not None
    return conversation


def without_ids(text: str) -> dict[str, Any]:
    """Name the messages by their place, for ids are new with every import."""
    content: dict[str, Any] = json.loads(text)
    conversation = content["conversation"]
    place = {message["id"]: number for number, message in enumerate(conversation["messages"])}
    for each in [conversation, *conversation["messages"]]:
        each.update({key: place.get(each[key]) for key in ("id", "parent", "chosen") if key in each})
    return content


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plant=trees())
def test_a_round_trip_loses_nothing(plant: Callable[[User], Conversation], owner: User, other: User) -> None:
    conversation = plant(owner)
    first = exported(conversation)
    VALID.validate(json.loads(first))
    again = imported(other, first)
    assert without_ids(exported(again)) == without_ids(first)
    assert not {*again.messages.values_list("pk")} & {*conversation.messages.values_list("pk")}
    assert [message.text for message in again.thread()] == [message.text for message in conversation.thread()]
    Conversation.objects.all().delete()


def test_the_schema_can_fail(turn: Turn) -> None:
    content = json.loads(exported(turn.question.conversation))
    assert VALID.is_valid(content)
    content["conversation"]["created"] = "soon"
    content["conversation"]["messages"][0]["role"] = "system"
    assert len(list(VALID.iter_errors(content))) == 2


def test_a_persona_of_everybodys_goes_along_and_one_that_is_missing_is_told(owner: User, other: User) -> None:
    Persona.objects.create(name="Poet", prompt="Rhyme.")
    mine = Persona.objects.create(owner=owner, name="Cook", prompt="Cook.")
    for name in ("Poet", "Cook"):
        conversation = begin(owner, name).question.conversation
        Conversation.objects.filter(pk=conversation.pk).update(persona=Persona.objects.get(name=name))
        report = bring_in(other, io.BytesIO(exported(conversation).encode()), "a.json")
        made = report.lines[0].conversation
        assert made is not None
        assert (made.persona.name if made.persona else None) == ("Poet" if name == "Poet" else None)
        assert report.lines[0].remarks == ([] if name == "Poet" else ["The persona “Cook” is not here; its words are."])
    assert mine.conversations.count() == 1


def test_what_was_said_of_an_answer_goes_along_as_far_as_it_can_be_said_here(turn: Turn, other: User) -> None:
    turn.generation.request_stop()
    Feedback.objects.create(message=turn.answer, value="bad", reasons=["untrue"], comment="No.")
    content = json.loads(exported(turn.question.conversation))
    question, answer = content["conversation"]["messages"]
    assert (question["feedback"], answer["feedback"]["comment"]) == (None, "No.")

    def taken(feedback: object) -> list[tuple[str, list[str], str]]:
        question["feedback"] = answer["feedback"] = feedback
        bring_in(other, io.BytesIO(json.dumps(content).encode()), "a.json")
        made = Feedback.objects.filter(message__conversation__user=other)
        found = list(made.values_list("value", "reasons", "comment"))
        Conversation.objects.of(other).delete()
        return found

    told = answer["feedback"]
    assert taken(told) == [("bad", ["untrue"], "No.")]
    assert taken({**told, "reasons": ["made up", "clear", ["x"], None, "harmful"]}) == [("bad", ["harmful"], "No.")]
    assert taken({"value": "good"}) == [("good", [], "")]
    assert taken({**told, "comment": "x" * 2_001, "reasons": "untrue"}) == [("bad", [], "x" * 2_000)]
    wrong: list[Any] = [None, [], "bad", {"value": "great"}, {"value": ["bad"]}, {"value": {}}, 1]
    assert [taken(each) for each in wrong] == [[]] * len(wrong)
    del answer["feedback"], question["feedback"]  # a file from before there was any
    assert VALID.is_valid(content)


def test_what_is_being_written_is_exported_as_far_as_it_is_and_was_interrupted_there(turn: Turn, other: User) -> None:
    claim = turn.generation.claim_for("a test")
    assert claim is not None
    rows = [Row(turn.answer.pk, claim, "text", 0, "So far", 5), Row(turn.answer.pk, claim, "reasoning", 0, "Hm", 3)]
    Generation.objects.append([claim], rows, again=False)
    text = exported(turn.question.conversation)
    answer = json.loads(text)["conversation"]["messages"][1]
    assert (answer["text"], answer["reasoning"]) == ("So far", "Hm")
    assert answer["generations"][0]["state"] == "running"
    again = imported(other, text)
    made = again.thread()[-1]
    made.refresh_from_db()
    assert (made.text, made.state) == ("So far", "interrupted")
    assert made.generation
    assert made.generation.offers_more
    assert again.post("And now?", uuid.uuid4(), "scripted").is_new  # nothing is being written in it


def test_a_copy_is_made_by_the_same_means(turn: Turn, owner: User) -> None:
    turn.generation.request_stop()
    copy = make(owner, record_of(turn.question.conversation))
    assert copy.origin == ""
    assert [message.text for message in copy.thread()] == ["Why is the sky blue?", ""]
    assert Conversation.objects.of(owner).count() == 2


def test_all_conversations_go_out_and_come_back(owner: User, other: User) -> None:
    for title in ("One", "Two", "Gone", "For now", "Put away"):
        begin(owner, title).generation.request_stop()
    begin(other, "Somebody else's")
    Conversation.objects.filter(title="Gone").update(deleted=datetime.now(UTC))
    Conversation.objects.filter(title="For now").update(is_temporary=True)
    Conversation.objects.filter(title="Put away").update(is_archived=True)
    packed = b"".join(iter(Archive(owner, UTC).next_piece, b""))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 7
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["count"] == 3
        assert (manifest["format"], manifest["version"], manifest["failed"]) == ("chatstream", 1, [])
    assert bring_in(owner, io.BytesIO(packed), "all.zip").there == 3
    report = bring_in(other, io.BytesIO(packed), "all.zip")
    assert (report.taken, report.trouble) == (3, "")
    assert {line.title for line in report.lines} == {"One", "Two", "Put away"}
    assert Conversation.objects.of(other).get(title="Put away").is_archived


def test_one_that_is_deleted_while_all_go_out_is_left_out(owner: User) -> None:
    for number in range(3):
        begin(owner, f"Chat {number}").generation.request_stop()
    archive = Archive(owner, UTC)
    first = archive.next_piece()
    Conversation.objects.order_by("-pk")[:1].get().delete()
    packed = first + b"".join(iter(archive.next_piece, b""))
    with zipfile.ZipFile(io.BytesIO(packed)) as unpacked:
        assert unpacked.testzip() is None
        assert json.loads(unpacked.read("manifest.json"))["count"] == 2


def test_one_that_can_not_be_exported_is_named_and_holds_up_none(owner: User) -> None:
    for title in ("Good", "Broken", "Fine"):
        begin(owner, title).generation.request_stop()
    end_of_time = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)  # which Tokyo is past
    Conversation.objects.filter(title="Broken").update(created=end_of_time)
    packed = b"".join(iter(Archive(owner, ZoneInfo("Asia/Tokyo")).next_piece, b""))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["count"] == 2
    assert [each["title"] for each in manifest["failed"]] == ["Broken"]


def test_whatever_is_kept_of_an_answer_is_carried_or_means_nothing_elsewhere() -> None:
    """A field that is added to Generation belongs in the file, or here."""
    carried = {field.name for field in fields(GenerationRecord)} | {"timeline"}
    here_only = {"id", "message", "conversation", "ordinal", "claim", "owner", "lease"}
    assert {field.name for field in Generation._meta.concrete_fields} - carried == here_only
