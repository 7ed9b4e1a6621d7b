"""What a model is to learn from: examples, pairs and verdicts, as the schemas say and as the evidence allows."""

import csv
import io
import json
import tracemalloc
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from jsonschema import Draft202012Validator
from pytest_django import Settings

from chat.learning import package as packages
from chat.learning.package import FILES, Package, Wishes
from chat.learning.verdicts import COLUMNS
from chat.models import (
    Conversation,
    Correction,
    Criterion,
    Feedback,
    Generation,
    Mark,
    Message,
    Opening,
    Rubric,
    Turn,
    User,
    Verdict,
)
from tests.conftest import MODEL, begin

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).resolve().parents[2] / "docs"


def valid(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((DOCS / f"learning-{name}.schema.json").read_text()))


CHAT, PREFERENCES, MANIFEST = valid("chat"), valid("preferences"), valid("manifest")


class Exported:
    """An export, taken apart and checked."""

    def __init__(self, packed: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            assert archive.testzip() is None
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self.manifest = json.loads(self.files["manifest.json"])
        MANIFEST.validate(self.manifest)
        for file in self.manifest["files"]:
            assert sha256(self.files[file["name"]]).hexdigest() == file["sha256"]
            assert len(self.files[file["name"]]) == file["bytes"]

    def lines(self, name: str, schema: Draft202012Validator) -> list[Any]:
        found = [json.loads(line) for line in self.files[name].decode().split("\n")[:-1]]
        for each in found:
            schema.validate(each)
        told = next(file["lines"] for file in self.manifest["files"] if file["name"] == name)
        assert told == len(found)
        return found

    @property
    def chats(self) -> list[list[dict[str, Any]]]:
        return [line["messages"] for line in self.lines("chat.jsonl", CHAT)]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        found = self.lines("preferences.jsonl", PREFERENCES)
        return [(each["preferred_output"][0]["content"], each["non_preferred_output"][0]["content"]) for each in found]

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.files["verdicts.csv"].decode(), newline="")))


def package(reader: User, **wishes: Any) -> Package:
    ids = list(Conversation.objects.order_by("created", "pk").values_list("pk", flat=True))
    return Package(reader, ids, {}, Wishes(**wishes), UTC)


def exported(reader: User, **wishes: Any) -> Exported:
    going = package(reader, **wishes)
    return Exported(b"".join(iter(going.next_piece, b"")))


def write(answer: Message, text: str, **values: Any) -> Message:
    Message.objects.filter(pk=answer.pk).update(text=text)
    values = {"state": "complete", "finish_reason": "stop", "finished": timezone.now(), **values}
    Generation.objects.filter(message=answer).update(**values)
    return answer


def another(turn: Turn, text: str, **values: Any) -> Message:
    """A further version of a turn's answer."""
    version = Message.objects.create(
        conversation=turn.question.conversation, parent=turn.question, role="assistant", text=text
    )
    version.queue(MODEL)
    return write(version, text, **values)


@pytest.fixture
def rubric(db: None) -> Rubric:
    return Rubric.objects.create(name="Quality", subject="answer")


Judge = Callable[..., Verdict]


@pytest.fixture
def judge(rubric: Rubric) -> Judge:
    def judged(answer: Message, overall: str, **values: Any) -> Verdict:
        reviewer = User.objects.create_user(f"judge-{uuid.uuid4().hex[:6]}")
        return Verdict.objects.create(
            conversation=answer.conversation,
            message=answer,
            overall=overall,
            **{"rubric": rubric, "reviewer": reviewer, **values},
        )

    return judged


@pytest.fixture
def answered(turn: Turn) -> Turn:
    write(turn.answer, "Rayleigh scattering.", system_prompt="Be brief.")
    return turn


def go_on(turn: Turn, question: str, answer: str, **values: Any) -> Message:
    conversation = Conversation.objects.get(pk=turn.question.conversation_id)
    return write(conversation.post(question, uuid.uuid4(), MODEL).answer, answer, **values)


# Chats


def test_a_chat_is_a_line_of_messages(reviewer: User, answered: Turn) -> None:
    go_on(answered, "And red?", "Longer waves.", system_prompt="Be briefer.")
    assert exported(reviewer).chats == [
        [
            {"role": "system", "content": "Be briefer."},
            {"role": "user", "content": "Why is the sky blue?"},
            {"role": "assistant", "content": "Rayleigh scattering."},
            {"role": "user", "content": "And red?"},
            {"role": "assistant", "content": "Longer waves."},
        ]
    ]


@pytest.mark.parametrize(
    "ending",
    [
        {"state": "stopped"},
        {"state": "failed", "error_code": "upstream"},
        {"state": "interrupted"},
        {"finish_reason": "length"},
    ],
)
def test_what_is_not_whole_is_left_out_with_its_question(
    reviewer: User, answered: Turn, ending: dict[str, str]
) -> None:
    go_on(answered, "And red?", "Longer wa", **ending)
    go_on(answered, "And green?", "In between.")
    said = [line["content"] for line in exported(reviewer).chats[0]]
    assert said == ["Why is the sky blue?", "Rayleigh scattering.", "And green?", "In between."]


def test_a_question_that_says_nothing_is_left_out_with_its_answer(reviewer: User, answered: Turn) -> None:
    blank = go_on(answered, "And red?", "Red?")
    last = go_on(answered, "And green?", "In between.")
    for answer in (blank, last):
        Correction.objects.create(message=answer, author=reviewer, text="Better.")
    Message.objects.filter(text="And red?").update(text="")
    result = exported(reviewer)
    said = [line["content"] for line in result.chats[0]]
    assert said == ["Why is the sky blue?", "Rayleigh scattering.", "And green?", "Better."]
    [line] = result.lines("preferences.jsonl", PREFERENCES)
    asked = [each["content"] for each in line["input"]["messages"]]
    assert asked == ["Why is the sky blue?", "Rayleigh scattering.", "And green?"]


def test_what_is_being_written_is_no_example(reviewer: User, turn: Turn) -> None:
    assert exported(reviewer).chats == []
    assert not Opening.objects.exists()


def test_only_the_branch_that_is_shown_is_a_chat(reviewer: User, answered: Turn) -> None:
    another(answered, "The newest one.")
    assert exported(reviewer).chats[0][-1]["content"] == "The newest one."
    answered.answer.choose()
    assert exported(reviewer).chats[0][-1]["content"] == "Rayleigh scattering."


def test_of_good_answers_alone_the_others_have_no_weight(reviewer: User, answered: Turn, judge: Judge) -> None:
    good = go_on(answered, "And red?", "Longer waves.")
    go_on(answered, "And green?", "In between.")
    assert exported(reviewer, only_good=True).chats == []
    judge(good, "good")
    [chat] = exported(reviewer, only_good=True).chats
    assert [line.get("weight") for line in chat] == [None, 0, None, None]
    assert chat[-1]["content"] == "Longer waves."


def test_a_correction_takes_the_place_of_the_answer(reviewer: User, answered: Turn) -> None:
    Correction.objects.create(message=answered.answer, author=reviewer, text="Blue light is scattered more.")
    assert exported(reviewer).chats[0][-1]["content"] == "Blue light is scattered more."
    assert exported(reviewer, only_good=True).chats[0][-1]["content"] == "Blue light is scattered more."
    assert exported(reviewer, with_corrections=False).chats[0][-1]["content"] == "Rayleigh scattering."


def test_an_answer_has_no_system_prompt_but_its_own(reviewer: User, answered: Turn) -> None:
    answer = go_on(answered, "And red?", "Longer waves.", system_prompt="")
    Conversation.objects.update(system_prompt="Written later.")
    Correction.objects.create(message=answer, author=reviewer, text="Better.")
    result = exported(reviewer)
    assert result.chats[0][0]["role"] == "user"
    [line] = result.lines("preferences.jsonl", PREFERENCES)
    assert line["input"]["messages"][0]["role"] == "user"


# Preferences


def test_without_evidence_there_is_no_pair(reviewer: User, answered: Turn) -> None:
    another(answered, "Because.")
    assert exported(reviewer).pairs == []
    Feedback.objects.create(message=answered.answer, value="good")
    assert exported(reviewer).pairs == []


def test_a_correction_is_better_than_its_answer(reviewer: User, answered: Turn, judge: Judge) -> None:
    judge(answered.answer, "good", is_authoritative=True)
    Correction.objects.create(message=answered.answer, author=reviewer, text="Better.")
    assert exported(reviewer).pairs == [("Better.", "Rayleigh scattering.")]
    Correction.objects.update(text=" Rayleigh scattering.\n")
    assert exported(reviewer).pairs == []


def test_a_correction_that_says_the_same_is_none(reviewer: User, answered: Turn, judge: Judge) -> None:
    bad = write(answered.answer, "One.\n\nTwo.")
    judge(bad, "bad")
    judge(another(answered, "Better."), "good")
    Correction.objects.create(message=bad, author=reviewer, text="One.\r\n\r\nTwo.\r\n")
    assert exported(reviewer).pairs == [("Better.", "One.\n\nTwo.")]
    earlier = timezone.now() - timedelta(days=1)
    Correction.objects.create(message=bad, author=User.objects.create_user("ada"), text="Best.", updated=earlier)
    assert exported(reviewer).pairs == [("Best.", "One.\n\nTwo.")]


def test_what_is_the_same_once_redacted_is_no_pair(reviewer: User, answered: Turn) -> None:
    write(answered.answer, "Call +1 650 253 0000.")
    Correction.objects.create(message=answered.answer, author=reviewer, text="Call +1 650 253 0001.\n")
    assert len(exported(reviewer).pairs) == 1
    assert exported(reviewer, redacts=True).pairs == []


def test_authority_goes_before_the_majority_and_that_before_feedback(
    reviewer: User, answered: Turn, judge: Judge
) -> None:
    one, two = answered.answer, another(answered, "Because.")
    Feedback.objects.create(message=one, value="good")
    Feedback.objects.create(message=two, value="bad")
    assert exported(reviewer).pairs == [("Rayleigh scattering.", "Because.")]
    judge(one, "bad")
    judge(two, "good")
    assert exported(reviewer).pairs == [("Because.", "Rayleigh scattering.")]
    judge(one, "good")  # the reviewers disagree: their reader's word counts
    judge(two, "bad")
    assert exported(reviewer).pairs == [("Rayleigh scattering.", "Because.")]
    judge(one, "bad", is_authoritative=True)
    judge(two, "good", is_authoritative=True)
    assert exported(reviewer).pairs == [("Because.", "Rayleigh scattering.")]


def test_more_than_half_of_the_reviewers_say_what_is_good(reviewer: User, answered: Turn, judge: Judge) -> None:
    two = another(answered, "Because.")
    judge(two, "bad")
    judge(answered.answer, "good")
    assert exported(reviewer).pairs == [("Rayleigh scattering.", "Because.")]
    unsure = [judge(answered.answer, "unsure") for _ in range(2)]
    assert exported(reviewer).pairs == []
    Verdict.objects.filter(pk__in=[each.pk for each in unsure]).update(overall="good")
    assert exported(reviewer).pairs == [("Rayleigh scattering.", "Because.")]


def test_a_reviewer_has_one_vote_their_latest(reviewer: User, answered: Turn, judge: Judge) -> None:
    judge(another(answered, "Because."), "good")
    older, newer = judge(answered.answer, "good"), Rubric.objects.create(name="Newer", subject="answer")
    judge(answered.answer, "bad", reviewer=older.reviewer, rubric=newer)
    assert exported(reviewer).pairs == [("Because.", "Rayleigh scattering.")]
    Verdict.objects.filter(pk=older.pk).update(updated=timezone.now())
    assert exported(reviewer).pairs == []


def test_who_decides_that_nobody_can_know_makes_no_pair(reviewer: User, answered: Turn, judge: Judge) -> None:
    two = another(answered, "Because.")
    judge(answered.answer, "good")
    judge(two, "bad")
    assert exported(reviewer).pairs
    judge(two, "unsure", is_authoritative=True)
    assert exported(reviewer).pairs == []


def test_each_bad_one_meets_the_best_good_one(reviewer: User, answered: Turn, judge: Judge) -> None:
    judge(answered.answer, "good", is_authoritative=True)
    Feedback.objects.create(message=another(answered, "Liked."), value="good")
    Feedback.objects.create(message=another(answered, "Bad."), value="bad")
    Feedback.objects.create(message=another(answered, "Cut o", state="stopped"), value="bad")
    assert exported(reviewer).pairs == [("Rayleigh scattering.", "Bad.")]


def test_a_pair_has_what_was_said_before(reviewer: User, answered: Turn) -> None:
    answer = go_on(answered, "And red?", "Longer waves.", system_prompt="Be brief.")
    Correction.objects.create(message=answer, author=reviewer, text="Better.")
    [line] = exported(reviewer).lines("preferences.jsonl", PREFERENCES)
    said = [each["content"] for each in line["input"]["messages"]]
    assert said == ["Be brief.", "Why is the sky blue?", "Rayleigh scattering.", "And red?"]


# Verdicts


def test_a_mark_is_a_row(reviewer: User, answered: Turn, judge: Judge, rubric: Rubric) -> None:
    criteria = [
        Criterion.objects.create(rubric=rubric, name=name, kind=kind, position=place)
        for place, (name, kind) in enumerate([("Tone", "label"), ("Truth", "score"), ("Why", "text")])
    ]
    verdict = judge(answered.answer, "bad", comment='=HYPERLINK("http://example.org")', is_authoritative=True)
    values: list[dict[str, Any]] = [{"label": "rude"}, {"score": -1}, {"text": "+1 for\n@all"}]
    for criterion, value in zip(criteria, values, strict=True):
        Mark.objects.create(verdict=verdict, criterion=criterion, **value)
    whole = Verdict.objects.create(
        conversation=answered.question.conversation, rubric=rubric, reviewer=None, overall="good"
    )
    rows = exported(reviewer).rows
    assert tuple(rows[0]) == COLUMNS
    assert [(row["criterion"], row["label"], row["score"], row["text"]) for row in rows] == [
        ("Tone", "rude", "", ""),
        ("Truth", "", "-1", ""),
        ("Why", "", "", "'+1 for\n@all"),
        ("", "", "", ""),
    ]
    assert rows[0]["comment"] == '\'=HYPERLINK("http://example.org")'
    assert rows[0]["message"] == str(answered.answer.pk)
    assert rows[0]["model"] == MODEL
    assert verdict.reviewer
    assert rows[0]["reviewer"] == verdict.reviewer.username
    assert (rows[0]["overall"], rows[0]["authoritative"], rows[0]["rubric"]) == ("bad", "yes", "Quality")
    assert (rows[3]["message"], rows[3]["reviewer"], rows[3]["authoritative"]) == ("", "", "no")
    assert rows[3]["conversation"] == str(whole.conversation_id)


def test_a_reviewers_name_is_redacted_as_all_else(reviewer: User, answered: Turn, judge: Judge) -> None:
    verdict = judge(answered.answer, "bad")
    assert verdict.reviewer
    User.objects.filter(pk=verdict.reviewer.pk).update(username="grace@example.org")
    assert [row["reviewer"] for row in exported(reviewer, redacts=True).rows] == ["[email]"]
    assert [row["reviewer"] for row in exported(reviewer).rows] == ["grace@example.org"]


# The package


@pytest.mark.parametrize(
    "values", [{"suspended": timezone.now()}, {"is_active": False}, {"is_staff": False}, {"is_superuser": False}]
)
def test_who_may_no_more_gets_no_further_lot(
    reviewer: User, owner: User, monkeypatch: pytest.MonkeyPatch, values: dict[str, Any]
) -> None:
    monkeypatch.setattr(packages, "LOT", 1)
    for _ in range(2):
        write(begin(owner).answer, "Because.")
    going = package(reviewer)
    assert going.next_piece()
    assert Opening.objects.count() == 1
    User.objects.filter(pk=reviewer.pk).update(**values)
    with pytest.raises(PermissionDenied):
        list(iter(going.next_piece, b""))
    assert Opening.objects.count() == 1


def test_personal_data_is_taken_out_everywhere_and_counted(
    reviewer: User, owner: User, judge: Judge, rubric: Rubric
) -> None:
    secret = "Ada Lovelace, ada@example.org, +1 650 253 0000, 4111 1111 1111 1111"
    turn = begin(owner, secret)
    turn.question.conversation.rename(secret)
    write(turn.answer, f"```\n{secret}\n```", system_prompt=secret)
    verdict = judge(turn.answer, "bad", comment=secret)
    text = Criterion.objects.create(rubric=rubric, name="Why", kind="text")
    Mark.objects.create(verdict=verdict, criterion=text, text=secret)
    Correction.objects.create(message=turn.answer, author=reviewer, text=f"Better: {secret}")
    result = exported(reviewer, redacts=True, names=("Ada Lovelace",), with_corrections=False, reason=secret)
    for word in (b"lovelace", b"ada@", b"253 0000", b"1111 1111"):
        assert not [name for name, data in result.files.items() if word in data.lower()], word
    chat = 3  # system prompt, question, answer
    pair = 4
    row = 3  # title, text, comment
    counted = chat + pair + row + 1  # and the reason
    assert result.manifest["redactions"] == {"name": counted, "email": counted, "phone": counted, "card": counted}
    assert "[name], [email], [phone], [card]" in result.chats[0][1]["content"]
    assert result.manifest["options"]["names"] == 1
    plain = exported(reviewer)
    assert plain.manifest["redactions"] == {"name": 0, "email": 0, "phone": 0, "card": 0}
    assert secret in plain.chats[0][1]["content"]


def test_what_is_exported_is_in_the_read_log_once_and_before_it_is_sent(
    reviewer: User, answered: Turn, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(answered.answer, "good")
    exported(reviewer, reason="A first try")
    opening = Opening.objects.get()
    assert (opening.kind, opening.reader, opening.reason) == ("export", reviewer, "A first try")
    assert opening.conversation_id == answered.question.conversation_id

    def refuse(*values: Any, **more: Any) -> None:
        raise RuntimeError("can't be recorded")

    monkeypatch.setattr(type(Opening.objects), "record", refuse)
    going = package(reviewer)
    with pytest.raises(RuntimeError):
        going.next_piece()
    assert b"Rayleigh" not in going.next_piece()


@pytest.mark.parametrize(
    "spared", [{"is_temporary": True}, {"deleted": "2026-01-01T00:00:00Z"}, {"user__allows_review": False}]
)
def test_what_staff_may_not_read_never_leaves(
    reviewer: User, owner: User, answered: Turn, judge: Judge, settings: Settings, spared: dict[str, Any]
) -> None:
    settings.CHAT_REVIEW = "opt-out"
    judge(answered.answer, "bad")
    Correction.objects.create(message=answered.answer, author=reviewer, text="Better.")
    assert exported(reviewer).manifest["conversations"]["exported"] == 1
    if "user__allows_review" in spared:
        User.objects.filter(pk=owner.pk).update(allows_review=False)
    else:
        Conversation.objects.update(**spared)
    QuerySet(Opening).delete()  # nothing else may
    result = exported(reviewer)
    assert (result.chats, result.pairs, result.rows) == ([], [], [])
    assert result.manifest["conversations"] == {"chosen": 1, "exported": 0}
    assert not Opening.objects.exists()


def test_the_number_of_queries_is_the_same_for_any_lot(reviewer: User, owner: User, judge: Judge) -> None:
    def judged(number: int) -> None:
        answer = write(begin(owner, f"Question {number}").answer, "Text")
        judge(answer, "bad")
        Feedback.objects.create(message=answer, value="bad")
        Correction.objects.create(message=answer, author=reviewer, text="Better.")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            exported(reviewer)
        return len(captured)

    judged(0)
    few = queries()
    for number in range(1, 11):
        judged(number)
    assert queries() == few


def test_memory_is_one_lots(reviewer: User, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "LOT_CHARACTERS", 200_000)
    monkeypatch.setattr("chat.models.conversation.settings.CHAT_MAX_RUNNING", 1_000)
    for number in range(40):
        write(begin(owner, f"Question {number}").answer, uuid.uuid4().hex * 4_000)
    going = package(reviewer, files=("chat.jsonl",))
    tracemalloc.start()
    try:
        size = sum(map(len, iter(going.next_piece, b"")))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 10_000
    assert peak < 3_000_000  # the texts are 5 MB


def test_each_file_is_had_alone(reviewer: User, answered: Turn) -> None:
    for name in FILES:
        assert set(exported(reviewer, files=(name,)).files) == {name, "manifest.json"}


def test_the_schemas_can_fail() -> None:
    assert not CHAT.is_valid({"messages": [{"role": "user", "content": "Hello", "weight": 0}, {"role": "user"}]})
    assert not PREFERENCES.is_valid({"input": {"messages": []}, "preferred_output": [], "non_preferred_output": []})
    assert not MANIFEST.is_valid({"format": "chatstream-learning"})
