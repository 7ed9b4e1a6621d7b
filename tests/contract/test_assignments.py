"""Whose turn it is: of reviewers who ask at the same time, no two get the same conversation, and none is lost."""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from chat.models import Assignment, Change, Conversation, Flag, Rubric, User, Verdict
from chat.models.assignment import AssignmentQuerySet
from chat.models.conversation import ConversationQuerySet
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 15
CHATS = 12


@pytest.fixture
def reviewers(db: None) -> list[User]:
    return [User.objects.create_user(name) for name in ("anna", "ben", "cleo")]


@pytest.fixture
def chats(owner: User) -> list[Conversation]:
    chats = [Conversation.objects.create(user=owner, title=f"Chat {number}") for number in range(CHATS)]
    Flag.objects.create(conversation=chats[-1], reason="look", raised_by=owner)
    return chats


def in_turn(reviewers: list[User]) -> Callable[[], User]:
    """Give each thread a reviewer of its own."""
    left = list(reviewers)
    return left.pop


def take_all(reviewer: User) -> list[uuid.UUID]:
    """Take one after the other until none waits, as somebody does who never rests."""
    taken = []
    while conversation := Assignment.objects.claim_next(reviewer, Conversation.objects.reviewable().unreviewed()):
        taken.append(conversation.pk)
    return taken


def test_at_once_each_conversation_goes_to_one_reviewer_and_none_is_lost(
    reviewers: list[User], chats: list[Conversation]
) -> None:
    for _ in range(ROUNDS):
        Assignment.objects.all().delete()
        whose = in_turn(reviewers)
        taken = at_once(len(reviewers), lambda whose=whose: take_all(whose()))  # type: ignore[misc]
        counted = Counter(pk for each in taken for pk in each)
        assert set(counted.values()) == {1}, "two reviewers got the same"
        assert set(counted) == {chat.pk for chat in chats}, "one was lost"


def test_at_once_turns_that_are_over_go_to_one_reviewer_each(
    reviewers: list[User], chats: list[Conversation], owner: User
) -> None:
    for _ in range(ROUNDS):
        Assignment.objects.all().delete()
        over = timezone.now() - timedelta(seconds=1)
        Assignment.objects.bulk_create(Assignment(conversation=chat, reviewer=owner, until=over) for chat in chats)
        whose = in_turn(reviewers)
        taken = at_once(len(reviewers), lambda whose=whose: take_all(whose()))  # type: ignore[misc]
        counted = Counter(pk for each in taken for pk in each)
        assert counted == {chat.pk: 1 for chat in chats}
        assert not Assignment.objects.filter(reviewer=owner).exists()


def test_two_clicks_of_one_reviewer_get_two(reviewers: list[User], chats: list[Conversation]) -> None:
    for _ in range(ROUNDS):
        Assignment.objects.all().delete()
        taken = at_once(
            2, lambda: Assignment.objects.claim_next(reviewers[0], Conversation.objects.reviewable().unreviewed())
        )
        assert len({conversation.pk for conversation in taken if conversation}) == 2


def test_the_last_one_goes_to_one_and_the_others_get_nothing(reviewers: list[User], chats: list[Conversation]) -> None:
    only = Conversation.objects.reviewable().unreviewed().filter(pk=chats[0].pk)
    for _ in range(ROUNDS):
        Assignment.objects.all().delete()
        whose = in_turn(reviewers)
        taken = at_once(len(reviewers), lambda whose=whose: Assignment.objects.claim_next(whose(), only))  # type: ignore[misc]
        assert sorted(conversation is None for conversation in taken) == [False, True, True]


def test_claimed_by_name_at_once_it_is_one_reviewers(reviewers: list[User], chats: list[Conversation]) -> None:
    for _ in range(ROUNDS):
        Assignment.objects.all().delete()
        whose = in_turn(reviewers)
        won = at_once(len(reviewers), lambda whose=whose: Assignment.objects.claim(whose(), chats[0]))  # type: ignore[misc]
        assert sorted(won) == [False, False, True]


def test_what_was_judged_while_it_was_claimed_is_not_handed_out(
    reviewers: list[User], chats: list[Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's verdict and the end of their turn come between the look and the claim."""
    anna, ben, _ = reviewers
    rubric = Rubric.objects.create(name="General", subject="conversation")
    look = AssignmentQuerySet._first_waiting
    judged: list[object] = []

    def look_and_be_late(assignments: AssignmentQuerySet, conversations: ConversationQuerySet) -> Conversation | None:
        found = look(assignments, conversations)
        if found and not judged:
            judged.append(found.pk)
            Verdict.objects.give(ben, found, None, rubric, "good")
        return found

    monkeypatch.setattr(AssignmentQuerySet, "_first_waiting", look_and_be_late)
    taken = Assignment.objects.claim_next(anna, Conversation.objects.reviewable().unreviewed())
    assert taken is not None
    assert judged and taken.pk not in judged
    assert [each.conversation_id for each in Assignment.objects.all()] == [taken.pk]


def test_a_turn_ends_with_its_time(reviewers: list[User], chats: list[Conversation]) -> None:
    anna, ben, _ = reviewers
    chat = chats[0]
    assert Assignment.objects.claim(anna, chat)
    assert not Assignment.objects.claim(ben, chat)
    assert Assignment.objects.claim(anna, chat)  # again is going on
    turn = Assignment.objects.of(chat)
    assert turn is not None
    assert turn.reviewer == anna
    Assignment.objects.update(until=timezone.now())
    assert Assignment.objects.of(chat) is None
    assert Assignment.objects.claim(ben, chat)
    assert not Assignment.objects.extend(anna, chat)
    assert not Assignment.objects.release(anna, chat)
    assert Assignment.objects.release(ben, chat)
    assert not Assignment.objects.exists()


def test_of_ones_own_turns_those_end_that_one_said_nothing_of(
    reviewers: list[User], chats: list[Conversation], owner: User
) -> None:
    anna, ben, _ = reviewers
    for chat in chats[:3]:
        Assignment.objects.claim(anna, chat)
    Assignment.objects.claim(ben, chats[3])
    Change.objects.note(anna, Change.Of.NOTE, 1, None, {"text": "Hm."}, chats[0])
    Change.objects.note(ben, Change.Of.NOTE, 2, None, {"text": "Hm."}, chats[1])
    assert {*Assignment.objects.release_silent(anna)} == {chats[1].pk, chats[2].pk}
    left = {each.conversation_id: each.reviewer for each in Assignment.objects.select_related("reviewer")}
    assert left == {chats[0].pk: anna, chats[3].pk: ben}
    assert Assignment.objects.release_silent(anna) == []


def test_what_was_said_in_an_earlier_turn_is_not_said_in_this_one(
    reviewers: list[User], chats: list[Conversation]
) -> None:
    anna, chat = reviewers[0], chats[0]
    Assignment.objects.claim(anna, chat)
    Change.objects.note(anna, Change.Of.NOTE, 1, None, {"text": "Hm."}, chat)
    Assignment.objects.claim(anna, chat)  # goes on
    assert Assignment.objects.release_silent(anna) == []
    Assignment.objects.update(until=timezone.now())
    Assignment.objects.claim(anna, chat)
    assert Assignment.objects.release_silent(anna) == [chat.pk]


def test_at_once_nobodys_release_gives_a_chat_to_two(reviewers: list[User], chats: list[Conversation]) -> None:
    """Each goes from one to the next, and releases what they had: of what is claimed in the end each is one's."""
    waiting = Conversation.objects.reviewable().unreviewed()

    def go_on(reviewer: User) -> None:
        for _ in range(5):
            passed = Assignment.objects.release_silent(reviewer)
            Assignment.objects.claim_next(reviewer, waiting.exclude(pk__in=passed))

    for _ in range(5):
        Assignment.objects.all().delete()
        whose = in_turn(reviewers)
        at_once(len(reviewers), lambda whose=whose: go_on(whose()))  # type: ignore[misc]
        assert Counter(each.reviewer_id for each in Assignment.objects.all()) == {each.pk: 1 for each in reviewers}
