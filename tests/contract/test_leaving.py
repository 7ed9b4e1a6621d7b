"""Whoever deletes their account is gone a little later, whatever was going on, and also after a restart."""

import pytest

from chat.errors import LastSuperuser
from chat.models import Conversation, LegalHold, Turn, User
from chat.streaming import sweeper as sweeping
from chat.streaming.runner import Runner
from tests.conftest import begin
from tests.races import at_once
from tests.reading import in_thread, wait_for
from tests.upstream import Endless, Upstream

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "EVERY_SECONDS", 0.05)


def is_gone(user: User) -> bool:
    return not User.objects.filter(pk=user.pk).exists() and not Conversation.objects.filter(user=user.pk).exists()


async def test_the_sweeper_removes_what_is_left_of_who_has_left(
    running: Runner, model: Upstream, owner: User, other: User, turn: Turn
) -> None:
    """The mark alone is enough: a process that died right after it has told nobody."""
    model.script(Endless(every=0.01))
    running.start(turn.generation.pk)
    await wait_for(turn.answer.chunks.exists)
    kept = await in_thread(lambda: begin(other, "Kept"))
    await in_thread(owner.leave)
    await wait_for(lambda: is_gone(owner))
    assert await in_thread(Conversation.objects.get) == kept.question.conversation


async def test_one_who_is_held_holds_up_no_other(running: Runner, owner: User, other: User, turn: Turn) -> None:
    await in_thread(lambda: LegalHold.objects.create(user=owner, reason="A case"))
    await in_thread(owner.leave)
    await in_thread(other.leave)
    await wait_for(lambda: is_gone(other))
    assert await in_thread(owner.conversations.count) == 1


def test_of_the_last_two_superusers_one_stays(reviewer: User) -> None:
    going = iter([reviewer, User.objects.create_superuser("another")])

    def leave() -> bool:
        try:
            next(going).leave()
        except LastSuperuser:
            return False
        return True

    assert sorted(at_once(2, leave)) == [False, True]
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1
