"""Reviewers judge, note, flag and correct on a conversation's page; each may what their role lets them."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chat.models import (
    Change,
    Conversation,
    Correction,
    Criterion,
    Ending,
    Flag,
    Generation,
    Mention,
    Message,
    Note,
    Opening,
    Rubric,
    Turn,
    User,
    Verdict,
)
from chat.models.chunk import Row
from chat.models.generation import State
from chat.models.note import LONGEST_NOTE
from chat.models.rubric import Subject
from tests.conftest import signed_in
from tests.roles import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return staff("ann", "Reviewer")


@pytest.fixture
def ben() -> User:
    return staff("ben", "Reviewer")


@pytest.fixture
def lead() -> User:
    return staff("lea", "Lead")


@pytest.fixture
def answer(turn: Turn) -> Message:
    claim = turn.generation.claim_for("a test")
    assert claim is not None
    rows = [Row(turn.answer.pk, claim, "text", 0, "Because of *Rayleigh*.", 1)]
    assert Generation.objects.finish(claim, rows, Ending(State.COMPLETE))
    return Message.objects.get(pk=turn.answer.pk)


@pytest.fixture
def conversation(answer: Message) -> Conversation:
    return answer.conversation


def page(conversation: Conversation) -> str:
    return reverse("admin:chat_conversation_change", args=[conversation.pk])


def act(user: User, conversation: Conversation, deed: str, *which: int, **values: Any) -> Any:
    address = reverse(f"admin:chat_conversation_{deed}", args=[conversation.pk, *which])
    return signed_in(user).post(address, values)


def seen_by(user: User, conversation: Conversation) -> str:
    return signed_in(user).get(page(conversation)).content.decode()


# Verdicts


def test_a_verdict_on_an_answer(ann: User, answer: Message) -> None:
    response = act(ann, answer.conversation, "judge", message=answer.pk, overall="bad", comment="It is *thin*.")
    assert response.status_code == 302
    assert response["Location"].endswith(f"?at={answer.pk}#judging-{answer.pk}")
    verdict = Verdict.objects.get()
    assert (verdict.message, verdict.overall, verdict.reviewer) == (answer, "bad", ann)
    html = seen_by(ann, answer.conversation)
    assert "Your verdict" in html
    assert "It is *thin*." in html


def test_a_verdict_on_the_conversation(ann: User, conversation: Conversation) -> None:
    act(ann, conversation, "judge", overall="good")
    assert Verdict.objects.get().message is None


def test_judged_again_it_is_the_same_verdict_and_both_are_in_the_history(ann: User, conversation: Conversation) -> None:
    act(ann, conversation, "judge", overall="good")
    act(ann, conversation, "judge", overall="bad", comment="No.")
    assert Verdict.objects.get().overall == "bad"
    changes = list(Change.objects.filter(of="verdict").order_by("pk"))
    assert [(change.kind, change.before, change.after) for change in changes] == [
        ("made", None, {"overall": "Good"}),
        ("changed", {"overall": "Good"}, {"overall": "Bad", "comment": "No."}),
    ]


def test_a_verdict_without_a_word_is_refused_and_nothing_is_lost(ann: User, answer: Message) -> None:
    response = act(ann, answer.conversation, "judge", message=answer.pk, comment="Half a thought")
    assert response.status_code == 400
    html = response.content.decode()
    assert "Say good, bad or unsure." in html
    assert "Half a thought" in html
    assert not Verdict.objects.exists()


def test_a_rubric_asks_for_more(ann: User, conversation: Conversation) -> None:
    rubric = Rubric.objects.create(name="Care", subject=Subject.CONVERSATION)
    tone = Criterion.objects.create(rubric=rubric, name="Tone", kind="label", labels=["warm", "cold"])
    depth = Criterion.objects.create(rubric=rubric, name="Depth", kind="score", lowest=1, highest=5)
    why = Criterion.objects.create(rubric=rubric, name="Why", kind="text", is_required=False)
    said = {"overall": "good", f"criterion_{tone.pk}": "warm", f"criterion_{depth.pk}": "9"}
    refused = act(ann, conversation, "judge", **said)
    assert refused.status_code == 400
    assert "less than or equal to 5" in refused.content.decode()
    act(ann, conversation, "judge", **{**said, f"criterion_{depth.pk}": "4"})
    verdict = Verdict.objects.get()
    assert verdict.told() == {"overall": "Good", "answers": {"Tone": "warm", "Depth": 4}}
    assert not verdict.marks.filter(criterion=why).exists()


def test_a_form_is_kept_by_the_rubric_it_asked_by(ann: User, conversation: Conversation) -> None:
    older = Rubric.objects.create(name="Older", subject=Subject.CONVERSATION)
    why = Criterion.objects.create(rubric=older, name="Why", kind="text")
    form = signed_in(ann).get(page(conversation)).context["judgement"].verdict_form
    newer = Rubric.objects.create(name="Newer", subject=Subject.CONVERSATION)
    Criterion.objects.create(rubric=newer, name="Which", kind="text")
    said = {"rubric": str(form["rubric"].value()), "overall": "bad", f"criterion_{why.pk}": "My own words"}
    refused = act(ann, conversation, "judge", **{**said, "overall": ""}).content.decode()
    assert "My own words" in refused
    assert f'name="rubric" value="{older.pk}"' in refused
    act(ann, conversation, "judge", **said)
    verdict = Verdict.objects.get()
    assert (verdict.rubric, verdict.told()["answers"]) == (older, {"Why": "My own words"})
    for odd in (Rubric.objects.create(name="Of answers", subject=Subject.ANSWER).pk, 0, "9" * 5_000, "x"):
        assert "Which" in act(ann, conversation, "judge", **{**said, "rubric": str(odd)}).content.decode()


def test_an_answer_that_is_being_written_is_not_judged_yet(ann: User, turn: Turn) -> None:
    said = {"message": turn.answer.pk, "overall": "bad", "comment": "My own words"}
    refused = act(ann, turn.answer.conversation, "judge", **said)
    assert refused.status_code == 400
    html = refused.content.decode()
    assert "This answer is being written on." in html
    assert "My own words" in html
    assert f'id="judging-{turn.answer.pk}"' not in html, "its end would put empty forms there"
    assert not Verdict.objects.exists()
    Generation.objects.update(state="complete")
    assert act(ann, turn.answer.conversation, "judge", **said).status_code == 302


def test_others_verdicts_are_hidden_until_one_has_judged(ann: User, ben: User, conversation: Conversation) -> None:
    act(ann, conversation, "judge", overall="bad", comment="Ann's own words")
    before = seen_by(ben, conversation)
    assert "Ann&#x27;s own words" not in before
    assert "1 other verdict, shown once you gave yours" in before
    act(ben, conversation, "judge", overall="good")
    after = seen_by(ben, conversation)
    assert "Ann&#x27;s own words" in after
    assert "2 verdicts, and no majority" in after


def test_ones_own_verdict_by_an_older_rubric_stays_in_sight(ann: User, conversation: Conversation) -> None:
    act(ann, conversation, "judge", overall="bad", comment="As I saw it then")
    older = Verdict.objects.get().rubric
    Rubric.objects.create(name="Newer", subject=Subject.CONVERSATION)
    html = seen_by(ann, conversation)
    assert "As I saw it then" in html
    assert f"By the rubric “{older}”" in html
    assert "shown once you gave" not in html
    assert "Judge the conversation" in html, "by the newer one it is not judged yet"


def test_others_corrections_are_hidden_until_one_has_judged(ann: User, ben: User, lead: User, answer: Message) -> None:
    """They tell what others found; the history doesn't tell it either."""
    act(ann, answer.conversation, "correct", message=answer.pk, text="Because of scattering")
    before = seen_by(ben, answer.conversation)
    assert "Because of scattering" not in before
    assert "1 correction by others, shown once you gave your verdict" in before
    for who in (ann, lead):
        assert "Because of scattering" in seen_by(who, answer.conversation)
    act(ben, answer.conversation, "judge", message=answer.pk, overall="good")
    assert "Because of scattering" in seen_by(ben, answer.conversation)


def test_how_it_stands_says_first_what_counts(ann: User, ben: User, lead: User, conversation: Conversation) -> None:
    act(ann, conversation, "judge", overall="bad")
    act(lead, conversation, "decide", Verdict.objects.get().pk)
    assert '<p class="tally">Bad counts</p>' in seen_by(ann, conversation)
    for who in (ben, lead):
        act(who, conversation, "judge", overall="good")
    assert '<p class="tally">Bad counts; 2 of 3 say Good</p>' in seen_by(ben, conversation)


def test_who_decides_sees_all_and_lets_one_count(ann: User, ben: User, lead: User, conversation: Conversation) -> None:
    for who, overall in ((ann, "bad"), (ben, "good")):
        act(who, conversation, "judge", overall=overall)
    assert "ann" in seen_by(lead, conversation)
    first, second = Verdict.objects.order_by("pk")
    act(lead, conversation, "decide", first.pk)
    act(lead, conversation, "decide", second.pk)
    assert list(Verdict.objects.filter(is_authoritative=True)) == [second]
    assert second.__class__.objects.get(pk=second.pk).decided_by == lead
    act(lead, conversation, "undecide", second.pk)
    assert not Verdict.objects.filter(is_authoritative=True).exists()


def test_a_verdict_that_is_changed_counts_no_more(ann: User, lead: User, conversation: Conversation) -> None:
    act(ann, conversation, "judge", overall="bad")
    act(lead, conversation, "decide", Verdict.objects.get().pk)
    act(ann, conversation, "judge", overall="bad")
    assert Verdict.objects.get().is_authoritative, "the same again is no change"
    act(ann, conversation, "judge", overall="good")
    assert not Verdict.objects.get().is_authoritative


def test_a_criterion_of_any_name_hides_nothing(ann: User, lead: User, conversation: Conversation) -> None:
    rubric = Rubric.objects.create(name="Odd", subject=Subject.CONVERSATION)
    odd = Criterion.objects.create(rubric=rubric, name="overall", kind="text")
    said = {f"criterion_{odd.pk}": "Very"}
    act(ann, conversation, "judge", overall="good", **said)
    act(lead, conversation, "decide", Verdict.objects.get().pk)
    act(ann, conversation, "judge", overall="bad", **said)
    assert not Verdict.objects.get().is_authoritative
    act(ann, conversation, "judge", overall="bad", **{f"criterion_{odd.pk}": "Little"})
    reworded, changed, _, made = Change.objects.all()
    assert made.differences == [("overall", None, "Good"), ("overall", None, "Very")]
    assert changed.differences == [("overall", "Good", "Bad"), ("authoritative", "yes", None)]
    assert reworded.differences == [("overall", "Very", "Little")]


def test_ones_own_verdict_is_removed_and_nobody_elses(ann: User, ben: User, conversation: Conversation) -> None:
    act(ann, conversation, "judge", overall="bad")
    verdict = Verdict.objects.get()
    assert act(ben, conversation, "withdraw", verdict.pk).status_code == 403
    assert act(ann, conversation, "withdraw", verdict.pk).status_code == 302
    assert not Verdict.objects.exists()
    assert Change.objects.filter(of="verdict", kind="removed", subject_id=verdict.pk).exists()


def test_the_page_costs_the_same_queries_whatever_is_said(
    ann: User, ben: User, answer: Message, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(ann)

    def say(who: User) -> None:
        act(who, answer.conversation, "judge", message=answer.pk, overall="bad")
        act(who, answer.conversation, "judge", overall="bad")
        act(who, answer.conversation, "note", text="See this, @ann and @ben", message=answer.pk)
        act(who, answer.conversation, "correct", message=answer.pk, text="Better")
        act(who, answer.conversation, "flag", message=answer.pk, reason="Odd")

    say(ann)
    with django_assert_max_num_queries(100) as few:
        client.get(page(answer.conversation))
    say(ben)
    with django_assert_max_num_queries(100) as many:
        client.get(page(answer.conversation))
    assert len(many) == len(few)


# Notes


def test_a_note_tells_those_whom_it_mentions(ann: User, ben: User, owner: User, conversation: Conversation) -> None:
    act(ann, conversation, "note", text="Look, @ben. And @owner, @nobody, @ann.")
    assert [mention.user for mention in Mention.objects.all()] == [ben], "only staff who may read it, and not oneself"
    index = signed_in(ben).get(reverse("admin:index")).content.decode()
    assert "1 new mention" in index
    note = Note.objects.get()
    assert "Look, @ben." in signed_in(ben).get(reverse("admin:chat_note_mentions")).content.decode()
    act(ben, conversation, "seen", note.pk)
    assert "new mention" not in signed_in(ben).get(reverse("admin:index")).content.decode()


def test_a_note_that_calls_nobody_says_so(ann: User, ben: User, owner: User, conversation: Conversation) -> None:
    def told(deed: str, *which: int, text: str) -> str:
        address = reverse(f"admin:chat_conversation_{deed}", args=[conversation.pk, *which])
        return signed_in(ann).post(address, {"text": text}, follow=True).content.decode()

    kept = told("note", text="@ben, @ann, @owner and @nobody.")
    assert "Your note is kept. Nobody who reviews is called @nobody @owner." in kept
    assert ">Your note is changed.</li>" in told("edit_note", Note.objects.get().pk, text="@ben")


def test_a_note_is_changed_and_removed_by_its_author_alone(ann: User, ben: User, conversation: Conversation) -> None:
    act(ann, conversation, "note", text="First")
    note = Note.objects.get()
    assert act(ben, conversation, "edit_note", note.pk, text="Forged").status_code == 403
    act(ann, conversation, "edit_note", note.pk, text="Second")
    note.refresh_from_db()
    assert note.text == "Second"
    assert note.edited
    assert act(ben, conversation, "remove_note", note.pk).status_code == 403
    act(ann, conversation, "remove_note", note.pk)
    assert [change.kind for change in Change.objects.filter(of="note").order_by("pk")] == ["made", "changed", "removed"]


@pytest.mark.parametrize(
    ("deed", "field"),
    [("judge", 'type="radio"'), ("note", "<textarea"), ("flag", 'name="reason"'), ("correct", "<textarea")],
)
def test_a_form_that_was_not_right_comes_back_at_what_is_missing(
    ann: User, answer: Message, deed: str, field: str
) -> None:
    html = act(ann, answer.conversation, deed, message=answer.pk).content.decode()
    (tag,) = re.findall(r"<[^>]* autofocus[^>]*>", html)
    assert field in tag
    assert str(answer.pk) in tag
    assert html.count(" data-refused") == 1
    assert " autofocus" not in seen_by(ann, answer.conversation)


def test_no_two_fields_of_the_page_have_one_id(ann: User, answer: Message) -> None:
    """Or a label would lead to another's field."""
    act(ann, answer.conversation, "note", text="A note", message=answer.pk)
    ids = re.findall(r' id="([^"]+)"', seen_by(ann, answer.conversation))
    assert sorted(ids) == sorted(set(ids))


def test_what_is_said_is_escaped(ann: User, conversation: Conversation) -> None:
    act(ann, conversation, "note", text="<script>alert(1)</script>")
    act(ann, conversation, "flag", reason="<img src=x>")
    html = seen_by(ann, conversation)
    assert "<script>alert" not in html
    assert "<img src=x>" not in html


# Flags and corrections


def test_a_flag_goes_up_and_down(ann: User, ben: User, answer: Message) -> None:
    act(ann, answer.conversation, "flag", message=answer.pk, reason="It may harm")
    assert "It may harm" in seen_by(ben, answer.conversation)
    flag = Flag.objects.get()
    act(ben, answer.conversation, "take_down", flag.pk)
    act(ben, answer.conversation, "take_down", flag.pk)
    flag.refresh_from_db()
    assert flag.taken_down_by == ben
    assert [change.after for change in Change.objects.filter(of="flag").order_by("pk")] == [
        {"reason": "It may harm", "is": "up"},
        {"reason": "It may harm", "is": "down"},
    ]


def test_a_correction_is_rendered_and_changed_by_its_author(ann: User, ben: User, answer: Message) -> None:
    act(ann, answer.conversation, "correct", message=answer.pk, text="Because of **scattering**.")
    act(ann, answer.conversation, "correct", message=answer.pk, text="Because of ***scattering***.")
    act(ben, answer.conversation, "correct", message=answer.pk, text="Something else")
    assert Correction.objects.count() == 2
    assert "<em><strong>scattering</strong></em>" in seen_by(ann, answer.conversation)
    mine = Correction.objects.get(author=ann)
    assert act(ben, answer.conversation, "remove_correction", mine.pk).status_code == 403
    act(ann, answer.conversation, "remove_correction", mine.pk)
    assert Correction.objects.count() == 1


def test_lines_end_as_those_of_the_answer_do(ann: User, answer: Message) -> None:
    """Browsers send CRLF; a form may be as long as it says all the same."""
    text = "Because\r\n\r\n- of scattering"
    act(ann, answer.conversation, "correct", message=answer.pk, text=text)
    assert Correction.objects.get().text == "Because\n\n- of scattering"
    rubric = Rubric.objects.create(name="Why", subject=Subject.ANSWER)
    why = Criterion.objects.create(rubric=rubric, name="Why", kind="text")
    said = {"overall": "bad", "comment": text, f"criterion_{why.pk}": text}
    act(ann, answer.conversation, "judge", message=answer.pk, **said)
    verdict = Verdict.objects.get()
    assert verdict.comment == str(verdict.marks.get()) == "Because\n\n- of scattering"
    act(ann, answer.conversation, "note", text="1\r\n" * (LONGEST_NOTE // 2))
    assert Note.objects.get().text == "1\n" * (LONGEST_NOTE // 2 - 1) + "1"


def test_what_is_gone_is_not_removed_again(ann: User, answer: Message) -> None:
    """As it stands in another tab that has found it a moment ago."""
    conversation, rubric = answer.conversation, Rubric.objects.current(Subject.ANSWER)
    for said in (
        Verdict.objects.give(ann, conversation, answer, rubric, "bad"),
        Note.objects.leave(ann, conversation, answer, "Look"),
        Correction.objects.write(ann, answer, "Better"),
    ):
        another_tab: Any = type(said)._default_manager.get(pk=said.pk)
        said.remove(ann)
        with pytest.raises(type(said).DoesNotExist):
            another_tab.remove(ann)
        if isinstance(another_tab, Note):
            with pytest.raises(Note.DoesNotExist):
                another_tab.edit(ann, "See")
    assert Change.objects.filter(kind="removed").count() == 3
    assert not Change.objects.filter(kind="changed").exists()


def test_nothing_is_said_of_a_chat_that_is_gone(ann: User, answer: Message) -> None:
    Conversation.objects.get().delete()
    with pytest.raises(Conversation.DoesNotExist):
        Note.objects.leave(ann, answer.conversation, None, "Look")
    with pytest.raises(Conversation.DoesNotExist):
        Correction.objects.write(ann, answer, "Better")


# Who may


DEEDS: dict[str, dict[str, Any]] = {
    "judge": {"overall": "good"},
    "note": {"text": "Hm"},
    "flag": {"reason": "Hm"},
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(
    ("role", "status"), [("Reviewer", 302), ("Lead", 302), ("Operator", 403), ("", 403), (None, 302)]
)
def test_each_role_may_what_it_may(conversation: Conversation, role: str | None, status: int, deed: str) -> None:
    """None is a user who is not of the staff: they are led to the sign-in."""
    user = User.objects.create_user("user") if role is None else staff("someone", role)
    response = act(user, conversation, deed, **DEEDS[deed])
    assert response.status_code == status
    if role is None:
        assert "/admin/login/" in response["Location"]
    has_happened = Verdict.objects.exists() or Note.objects.exists() or Flag.objects.exists()
    assert has_happened == (status == 302 and role is not None)


def test_reviewers_do_not_decide(ann: User, conversation: Conversation) -> None:
    act(ann, conversation, "judge", overall="good")
    assert act(ann, conversation, "decide", Verdict.objects.get().pk).status_code == 403


def test_what_is_not_reviewed_is_not_judged(ann: User, conversation: Conversation) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(is_temporary=True)
    assert act(ann, conversation, "judge", overall="good").status_code == 404


def test_a_message_of_another_conversation_is_not_judged_here(ann: User, conversation: Conversation) -> None:
    for message in (uuid.uuid4(), "nonsense", conversation.messages.get(role="user").pk):
        assert act(ann, conversation, "judge", message=message, overall="good").status_code == 404


def test_reading_does_nothing(ann: User, conversation: Conversation) -> None:
    """The address of a form that was refused stands in the browser's line; called again, it leads to the page."""
    address = reverse("admin:chat_conversation_judge", args=[conversation.pk])
    response = signed_in(ann).get(f"{address}?_changelist_filters=q%3Dsky&overall=good")
    assert response.status_code == 302
    assert response["Location"] == f"{page(conversation)}?_changelist_filters=q%3Dsky"
    assert signed_in(ann).put(address).status_code == 405
    assert not Verdict.objects.exists()


# Lists, rubrics and agreement


def test_lists_of_what_was_said_tell_nothing_of_the_conversation(ann: User, lead: User, answer: Message) -> None:
    act(ann, answer.conversation, "judge", message=answer.pk, overall="bad", comment="Thin")
    act(ann, answer.conversation, "note", text="A note", message=answer.pk)
    act(ann, answer.conversation, "flag", reason="A flag")
    act(ann, answer.conversation, "correct", message=answer.pk, text="Better")
    for name in ("verdict", "note", "flag", "correction", "change"):
        html = signed_in(lead).get(reverse(f"admin:chat_{name}_changelist")).content.decode()
        assert "0 selected" not in html
        assert "ann" in html
        assert "sky" not in html
        assert "Rayleigh" not in html
        Conversation.objects.update(is_temporary=True)
        assert "paginator" in html
        assert f"0 {name}s" in signed_in(lead).get(reverse(f"admin:chat_{name}_changelist")).content.decode()
        Conversation.objects.update(is_temporary=False)


def test_a_reviewers_list_of_verdicts_has_their_own(ann: User, ben: User, conversation: Conversation) -> None:
    act(ann, conversation, "judge", overall="bad")
    html = signed_in(ben).get(reverse("admin:chat_verdict_changelist")).content.decode()
    assert "0 verdicts" in html


@pytest.mark.parametrize("value", ["9" * 19, "9" * 5_000, "ann"])
def test_a_filter_by_who_is_nobody_finds_nothing(lead: User, conversation: Conversation, value: str) -> None:
    act(lead, conversation, "judge", overall="bad")
    response = signed_in(lead).get(reverse("admin:chat_verdict_changelist"), {"reviewer": value})
    assert "0 verdicts" in response.content.decode()


def rubric_form(**criterion: str) -> dict[str, str]:
    form = {"name": "Care", "subject": "answer", "is_active": "on", "guidance": ""}
    form |= {f"criteria-{name}": "0" for name in ("INITIAL_FORMS", "MIN_NUM_FORMS")}
    form |= {"criteria-TOTAL_FORMS": "1", "criteria-MAX_NUM_FORMS": "1000"}
    fields = {"position": "0", "name": "Tone", "help": "", "kind": "label", "labels": "", "is_required": "on"}
    return form | {f"criteria-0-{name}": value for name, value in {**fields, **criterion}.items()}


@pytest.mark.parametrize(
    ("criterion", "sentence"),
    [
        ({"labels": "warm"}, "Give two labels at least"),
        ({"kind": "score"}, "A score has a lowest and a highest value."),
        ({"kind": "score", "lowest": "5", "highest": "1"}, "The highest score is above the lowest one."),
    ],
)
def test_a_criterion_has_to_make_sense(lead: User, criterion: dict[str, str], sentence: str) -> None:
    response = signed_in(lead).post(reverse("admin:chat_rubric_add"), rubric_form(**criterion))
    assert sentence in response.content.decode()
    assert not Rubric.objects.filter(name="Care").exists()


def test_a_lead_makes_a_rubric_and_the_history_has_it(lead: User) -> None:
    response = signed_in(lead).post(reverse("admin:chat_rubric_add"), rubric_form(labels="warm\ncold\n\nwarm"))
    assert response.status_code == 302
    assert Criterion.objects.get().labels == ["warm", "cold"]
    assert Rubric.objects.current(Subject.ANSWER).name == "Care"
    change = Change.objects.get(of="rubric")
    assert change.after is not None
    assert change.after["criteria"][0]["labels"] == ["warm", "cold"]
    form = rubric_form(labels="warm\ncold", help="Is it polite?", position="2")
    form |= {"criteria-INITIAL_FORMS": "1", "criteria-0-id": str(Criterion.objects.get().pk)}
    signed_in(lead).post(reverse("admin:chat_rubric_change", args=[change.subject_id]), form)
    changed = Change.objects.get(of="rubric", kind="changed").after
    assert changed is not None
    assert (changed["criteria"][0]["help"], changed["criteria"][0]["position"]) == ("Is it polite?", 2)


def test_a_default_is_never_a_rubric_of_something_else(db: None) -> None:
    Rubric.objects.create(name="The answer", subject=Subject.CONVERSATION)
    assert Rubric.objects.current(Subject.ANSWER).subject == Subject.ANSWER
    Rubric.objects.update(is_active=False)
    assert Rubric.objects.current(Subject.ANSWER).is_active


def test_a_corrections_own_page_is_an_opening(lead: User, ann: User, answer: Message) -> None:
    """It begins with the answer's words."""
    act(ann, answer.conversation, "correct", message=answer.pk, text="Better")
    signed_in(lead).get(reverse("admin:chat_correction_change", args=[Correction.objects.get().pk]))
    assert Opening.objects.filter(reader=lead, kind="message", message_id=answer.pk).exists()


def test_what_was_answered_to_stays(lead: User, ann: User, answer: Message) -> None:
    client = signed_in(lead)
    client.post(reverse("admin:chat_rubric_add"), rubric_form(labels="warm\ncold"))
    criterion = Criterion.objects.get()
    act(ann, answer.conversation, "judge", message=answer.pk, overall="good", **{f"criterion_{criterion.pk}": "warm"})
    form = rubric_form(labels="cold\nicy")
    form |= {
        "criteria-INITIAL_FORMS": "1",
        "criteria-0-id": str(criterion.pk),
        "criteria-0-rubric": str(criterion.rubric_id),
    }
    address = reverse("admin:chat_rubric_change", args=[criterion.rubric_id])
    assert "Verdicts answer to “warm”" in client.post(address, form).content.decode()
    form |= {"criteria-0-labels": "warm\ncold", "criteria-0-DELETE": "on"}
    assert "Deleting criterion Tone would require deleting" in client.post(address, form).content.decode()
    assert Criterion.objects.get().labels == ["warm", "cold"]


def test_there_is_always_a_rubric(db: None) -> None:
    assert Rubric.objects.current(Subject.ANSWER) == Rubric.objects.current(Subject.ANSWER)
    assert Rubric.objects.current(Subject.CONVERSATION).subject == Subject.CONVERSATION


def test_agreement_of_each_two(ann: User, ben: User, lead: User, owner: User) -> None:
    from tests.conftest import begin

    said = [("good", "good"), ("good", "bad"), ("bad", "bad"), ("bad", "bad")]
    for one, other in said:
        turn = begin(owner)
        Generation.objects.update(state="stopped", claim=None)
        act(ann, turn.question.conversation, "judge", overall=one)
        act(ben, turn.question.conversation, "judge", overall=other)
    html = signed_in(lead).get(reverse("admin:chat_verdict_agreement")).content.decode()
    assert "ann and ben" in html
    assert "<td>4</td><td>0.50</td>" in html, "observed 3/4; by chance (2·1 + 2·3)/16 = 0.5"


def test_one_thing_that_two_judged_is_no_agreement_yet(
    ann: User, ben: User, lead: User, conversation: Conversation
) -> None:
    act(ann, conversation, "judge", overall="good")
    act(ben, conversation, "judge", overall="bad")
    html = signed_in(lead).get(reverse("admin:chat_verdict_agreement")).content.decode()
    assert "<td>1</td><td>—</td>" in html


def test_an_impossible_range_of_days_is_told(lead: User) -> None:
    response = signed_in(lead).get(
        reverse("admin:chat_verdict_agreement"), {"since": "2026-02-02", "until": "2026-01-01"}
    )
    assert response.status_code == 400
    assert "before the first one" in response.content.decode()


def test_agreement_is_for_those_who_may_see_verdicts(client: Client, conversation: Conversation) -> None:
    operator = staff("operator", "Operator")
    assert signed_in(operator).get(reverse("admin:chat_verdict_agreement")).status_code == 403


def test_the_list_one_came_from_is_not_forgotten(ann: User, answer: Message) -> None:
    """Next in the queue goes on in the list as it was filtered."""
    address = reverse("admin:chat_conversation_judge", args=[answer.conversation_id])
    filters = "_changelist_filters=feedback%3Dbad"
    response = signed_in(ann).post(f"{address}?{filters}", {"message": answer.pk, "overall": "bad"})
    assert f"&{filters}#" in response["Location"]
    assert filters in signed_in(ann).get(response["Location"]).content.decode()


def test_a_form_that_was_not_right_opens_nothing_past_the_log(ann: User, answer: Message, settings: Any) -> None:
    """It comes back with the page, so that is an opening as any other; and who is asked why is asked first."""
    act(ann, answer.conversation, "note", text="", message=answer.pk)
    assert Opening.objects.filter(reader=ann, kind="page", conversation_id=answer.conversation_id).count() == 1
    settings.CHAT_READ_LOG_REASON = True
    response = act(ann, answer.conversation, "note", text="", message=answer.pk)
    assert response.status_code == 403
    assert "Rayleigh" not in response.content.decode()
    assert Opening.objects.count() == 1


def test_what_was_typed_comes_back_once_one_has_said_why(ann: User, answer: Message, settings: Any) -> None:
    """A flag has a reason of its own."""
    settings.CHAT_READ_LOG_REASON = True
    address = f"{reverse('admin:chat_conversation_flag', args=[answer.conversation_id])}?_changelist_filters=q%3Dsky"
    reading, typed = signed_in(ann), "My own words, " * 30

    asked = reading.post(address, {"message": answer.pk, "reason": typed}).content.decode()
    for reason in ("", "A complaint"):
        assert f'action="{address}"' in asked
        assert "What you wrote comes back after this." in asked
        sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', asked))
        sent.pop("csrfmiddlewaretoken")
        assert sent == {"message": str(answer.pk), "reason": typed}
        asked = reading.post(address, {**sent, "opening-reason": reason}).content.decode()
    assert "Rayleigh" in asked
    assert typed.strip() in asked
    assert Opening.objects.get().reason == "A complaint"
    assert not Flag.objects.exists()
