"""Several reviewers at the same conversation in the same instant."""

from itertools import count, pairwise

import pytest
from django.urls import reverse

from chat.models import Change, Note, Rubric, Turn, User, Verdict
from chat.models.rubric import Subject
from tests.conftest import signed_in
from tests.races import at_once
from tests.roles import staff

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_rubric_is_made_once() -> None:
    made = at_once(6, lambda: Rubric.objects.current(Subject.ANSWER))
    assert len({rubric.pk for rubric in made}) == 1
    assert Rubric.objects.count() == 1


def test_of_two_who_decide_one_verdict_counts(turn: Turn) -> None:
    conversation, rubric = turn.question.conversation, Rubric.objects.current(Subject.CONVERSATION)
    for number in range(4):
        reviewer = User.objects.create_user(f"reviewer-{number}")
        Verdict.objects.give(reviewer, conversation, None, rubric, "good")
    lead = User.objects.create_user("lead")
    verdicts, turns = list(Verdict.objects.order_by("pk")), count()
    at_once(4, lambda: verdicts[next(turns)].decide(lead))
    assert Verdict.objects.filter(is_authoritative=True).count() == 1


def test_two_tabs_of_one_reviewer_make_one_verdict_and_a_whole_history(turn: Turn) -> None:
    conversation, rubric = turn.question.conversation, Rubric.objects.current(Subject.CONVERSATION)
    reviewer, turns = User.objects.create_user("reviewer"), count()
    words = ["good", "bad", "unsure", "good"]
    at_once(4, lambda: Verdict.objects.give(reviewer, conversation, None, rubric, words[next(turns)]))
    verdict = Verdict.objects.get()
    changes = list(Change.objects.order_by("pk"))
    assert changes[0].kind == "made"
    assert all(later.before == earlier.after for earlier, later in pairwise(changes))
    assert changes[-1].after == verdict.told()


def test_of_two_tabs_that_remove_a_note_one_does(turn: Turn) -> None:
    ann, conversation = staff("ann", "Reviewer"), turn.question.conversation
    note = Note.objects.leave(ann, conversation, None, "Look")
    address = reverse("admin:chat_conversation_remove_note", args=[conversation.pk, note.pk])
    tabs = [signed_in(ann), signed_in(ann)]
    assert sorted(response.status_code for response in at_once(2, lambda: tabs.pop().post(address))) == [302, 404]
    assert Change.objects.filter(kind="removed").count() == 1
