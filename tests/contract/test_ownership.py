"""One owner: a claim has one winner, and whoever lost it cannot write one character."""

import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chat.errors import Busy, NothingToContinue
from chat.models import Chunk, Conversation, Ending, Generation, Message, Turn, User
from chat.models.chunk import Row
from chat.models.generation import MAX_ATTEMPTS, State
from chat.pictures import pictures_of
from tests.conftest import MODEL, begin
from tests.races import at_once

COMPLETE = Ending(State.COMPLETE, finish_reason="stop")


def claim(turn: Turn) -> uuid.UUID:
    claimed = turn.generation.claim_for("a test")
    assert claimed is not None
    return claimed


def row(turn: Turn, owner: uuid.UUID, text: str, offset: int = 0, part: str = "text") -> Row:
    return Row(turn.answer.pk, owner, part, offset, text, 5)


def append(*rows: Row, again: bool = False) -> dict[uuid.UUID, bool]:
    return Generation.objects.append({each.claim for each in rows}, rows, again=again)


def written(turn: Turn) -> str:
    return "".join(turn.answer.chunks.order_by("offset").values_list("text", flat=True))


def expire(turn: Turn) -> None:
    Generation.objects.filter(pk=turn.generation.pk).update(lease=Now() - timedelta(seconds=1))


def take_over(turn: Turn, *, everyone: bool = False) -> str | None:
    """Do as a reaper does; return what became of it, None where there was nothing to take."""
    taken = Generation.objects.take_over(turn.generation.pk, everyone=everyone)
    if taken is None:
        return None
    assert taken.message_id == turn.answer.pk
    assert taken.is_queued_again == (state(turn) == State.QUEUED)
    return state(turn)


def state(turn: Turn) -> str:
    return Generation.objects.get(pk=turn.generation.pk).state


# Claims


def test_a_second_claim_is_refused(turn: Turn) -> None:
    assert turn.generation.claim_for("first") is not None
    assert turn.generation.claim_for("second") is None


@pytest.mark.django_db(transaction=True)
def test_of_many_claims_at_once_one_wins(owner: User) -> None:
    for _ in range(10):
        turn = begin(owner)
        won = at_once(4, partial(turn.generation.claim_for, "a thread"))
        assert len([claim for claim in won if claim]) == 1
        turn.generation.refresh_from_db()
        turn.generation.end(COMPLETE)


def test_a_conversation_has_one_active_generation_by_the_database_itself(turn: Turn) -> None:
    another = turn.question.conversation.messages.create(role=Message.Role.ASSISTANT, parent=turn.question)
    with pytest.raises(IntegrityError), transaction.atomic():
        another.queue(MODEL)


# The fence


def test_a_frame_of_the_owner_is_written_and_renews_the_lease(turn: Turn) -> None:
    mine = claim(turn)
    expire(turn)
    assert append(row(turn, mine, "Hello")) == {mine: False}
    assert written(turn) == "Hello"
    assert not Generation.objects.abandoned(everyone=False).exists()


def test_a_frame_tells_whether_a_stop_was_requested(turn: Turn) -> None:
    mine = claim(turn)
    turn.generation.request_stop()
    assert append(row(turn, mine, "Hello")) == {mine: True}


def test_whoever_lost_the_claim_writes_nothing_while_neighbours_do(turn: Turn, other: User) -> None:
    lost, neighbour = claim(turn), begin(other)
    kept = claim(neighbour)
    expire(turn)
    take_over(turn)
    assert append(row(turn, lost, "zombie"), row(neighbour, kept, "alive")) == {kept: False}
    assert (written(turn), written(neighbour)) == ("", "alive")


def test_whoever_lost_the_claim_cannot_end_the_answer(turn: Turn) -> None:
    lost = claim(turn)
    expire(turn)
    take_over(turn)
    assert not Generation.objects.finish(lost, [row(turn, lost, "zombie")], COMPLETE)
    assert (written(turn), state(turn)) == ("", "queued")


@pytest.mark.parametrize(("shown", "then"), [("", "queued"), ("Hello", "interrupted")])
def test_what_was_seized_but_not_deleted_is_taken_over(turn: Turn, shown: str, then: str) -> None:
    mine = claim(turn)
    append(*[row(turn, mine, shown)] if shown else [])
    Generation.objects.all().seize()
    assert append(row(turn, mine, "zombie", len(shown))) == {}
    assert take_over(turn) is None
    expire(turn)
    assert take_over(turn) == then
    assert written(turn) + Message.objects.get(pk=turn.answer.pk).text == shown


def test_what_is_queued_and_was_seized_is_claimed_by_nobody(turn: Turn) -> None:
    Generation.objects.all().seize()
    assert turn.generation.claim_for("a late one") is None


def test_a_frame_whose_answer_was_lost_may_be_sent_again(turn: Turn) -> None:
    mine = claim(turn)
    frame = [row(turn, mine, "Hello"), row(turn, mine, "Hm.", part="reasoning")]
    append(*frame)
    append(*frame, row(turn, mine, " world", offset=5), again=True)
    assert sorted(turn.answer.chunks.values_list("part", "offset", "text")) == [
        ("reasoning", 0, "Hm."),
        ("text", 0, "Hello"),
        ("text", 5, " world"),
    ]


def test_two_texts_for_one_place_are_refused_by_the_database(turn: Turn) -> None:
    mine = claim(turn)
    append(row(turn, mine, "Hello"))
    with pytest.raises(IntegrityError), transaction.atomic():
        append(row(turn, mine, "Other"))


# Ending


def test_the_end_folds_chunks_in_order_of_their_offset(turn: Turn) -> None:
    mine = claim(turn)
    append(row(turn, mine, "b", offset=1), row(turn, mine, "a", offset=0))
    assert Generation.objects.finish(mine, [row(turn, mine, "c", offset=2)], COMPLETE)
    assert Message.objects.get(pk=turn.answer.pk).text == "abc"
    assert not Chunk.objects.exists()
    ended = Generation.objects.get(pk=turn.generation.pk)
    assert (ended.state, ended.claim, ended.finish_reason) == ("complete", None, "stop")


# The reaper


def test_nobody_is_reaped_while_the_lease_lasts(turn: Turn) -> None:
    claim(turn)
    assert take_over(turn) is None


def test_a_queued_generation_nobody_started_is_started_again(turn: Turn) -> None:
    expire(turn)
    assert take_over(turn) == "queued"
    assert take_over(turn) is None  # its lease is new


def test_what_had_shown_nothing_is_queued_again_but_not_for_ever(turn: Turn) -> None:
    for _ in range(MAX_ATTEMPTS - 1):
        claim(turn)
        expire(turn)
        assert take_over(turn) == "queued"
    claim(turn)
    expire(turn)
    assert take_over(turn) == "failed"
    ended = Generation.objects.get(pk=turn.generation.pk)
    assert (ended.state, ended.error_code, ended.offers_more) == ("failed", "lost", True)


def test_what_had_shown_text_is_interrupted_and_keeps_it(turn: Turn) -> None:
    append(row(turn, claim(turn), "so far"))
    expire(turn)
    assert take_over(turn) == "interrupted"
    assert Message.objects.get(pk=turn.answer.pk).text == "so far"


def test_a_stop_its_dead_owner_never_saw_is_a_stop(turn: Turn) -> None:
    append(row(turn, claim(turn), "so far"))
    turn.generation.request_stop()
    expire(turn)
    assert take_over(turn) == "stopped"


def test_a_process_that_is_alone_reaps_at_once(turn: Turn) -> None:
    append(row(turn, claim(turn), "so far"))
    assert take_over(turn, everyone=True) == "interrupted"


# Posting


def test_the_same_key_gives_the_same_turn(owner: User) -> None:
    key = uuid.uuid4()
    first = Conversation.objects.begin(owner, "Hello", key, MODEL)
    again = Conversation.objects.begin(owner, "Hello", key, MODEL)
    assert first.is_new
    assert not again.is_new
    assert (again.question, again.answer, again.generation) == (first.question, first.answer, first.generation)
    assert Conversation.objects.count() == 1


def test_an_old_form_with_another_text_is_another_message_and_that_too_only_once(owner: User) -> None:
    form = uuid.uuid4()
    assert Conversation.objects.begin(owner, "Hello", form, MODEL).is_new
    assert Conversation.objects.begin(owner, "Goodbye", form, MODEL).is_new
    assert not Conversation.objects.begin(owner, "Goodbye", form, MODEL).is_new
    assert not Conversation.objects.begin(owner, "Hello", form, MODEL).is_new
    assert Message.objects.filter(role="user").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_conversation(owner: User) -> None:
    for _ in range(5):
        turns = at_once(2, partial(Conversation.objects.begin, owner, "Hello", uuid.uuid4(), MODEL))
        assert sorted(turn.is_new for turn in turns) == [False, True]
        assert turns[0].question == turns[1].question
    assert Conversation.objects.count() == 5


def test_another_persons_key_is_another_key(owner: User, other: User) -> None:
    key = uuid.uuid4()
    assert Conversation.objects.begin(owner, "Hello", key, MODEL).is_new
    assert Conversation.objects.begin(other, "Hello", key, MODEL).is_new


def test_posting_while_an_answer_runs_is_refused(turn: Turn) -> None:
    with pytest.raises(Busy):
        turn.question.conversation.post("And now?", uuid.uuid4(), MODEL)
    assert Message.objects.count() == 2


def test_the_next_question_hangs_under_the_last_answer(turn: Turn) -> None:
    Generation.objects.finish(claim(turn), [], COMPLETE)
    conversation = turn.question.conversation
    second = conversation.post("And now?", uuid.uuid4(), MODEL)
    assert second.question.parent == turn.answer
    assert conversation.thread() == [turn.question, turn.answer, second.question, second.answer]
    assert second.answer.before() == [turn.question, turn.answer, second.question]


def test_a_complete_answer_is_not_continued(turn: Turn) -> None:
    Generation.objects.finish(claim(turn), [row(turn, turn.question.pk, "Hello")], COMPLETE)
    answer = Message.objects.get(pk=turn.answer.pk)
    with pytest.raises(NothingToContinue):
        answer.conversation.proceed(answer, MODEL)


def test_a_running_answer_is_not_continued(turn: Turn) -> None:
    with pytest.raises(Busy):
        turn.answer.conversation.proceed(turn.answer, MODEL)


def test_an_answer_goes_on_from_its_text_as_it_is_not_as_it_was_read(turn: Turn) -> None:
    read_early = Message.objects.get(pk=turn.answer.pk)
    mine = claim(turn)
    assert Generation.objects.finish(mine, [row(turn, mine, "so far")], Ending(State.STOPPED))
    assert read_early.conversation.proceed(read_early, MODEL).start_offset == len("so far")


def test_a_turn_stored_by_a_host_whose_clock_is_behind_is_shown(turn: Turn) -> None:
    Generation.objects.finish(claim(turn), [], COMPLETE)
    conversation = turn.question.conversation
    second = conversation.post("And now?", uuid.uuid4(), MODEL)
    late = timezone.now() - timedelta(minutes=10)
    Message.objects.filter(pk__in=[second.question.pk, second.answer.pk]).update(created=late)
    assert conversation.thread()[-1] == second.answer


def test_a_thread_costs_as_many_queries_however_long_it_is(
    turn: Turn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Generation.objects.finish(claim(turn), [], COMPLETE)
    conversation = turn.question.conversation
    for _ in range(3):
        following = conversation.post("And now?", uuid.uuid4(), MODEL)
        Generation.objects.finish(claim(following), [], COMPLETE)
    with django_assert_num_queries(4):  # messages, generations, feedback, texts
        assert [picture.message.state for picture in pictures_of(conversation.thread())] == ["complete"] * 8


def test_an_answer_that_ends_while_its_page_is_drawn_has_its_text(turn: Turn) -> None:
    """The thread is read while it is being written, its state once it is not."""
    mine = claim(turn)
    thread = turn.question.conversation.thread()
    Generation.objects.finish(mine, [row(turn, mine, "All of it.")], COMPLETE)
    picture = pictures_of(thread)[-1]
    assert (picture.message.state, picture.text) == ("complete", "All of it.")
