"""A legal hold is laid and released by leads, and nothing that deletes gets past it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.errors import Held
from chat.models import Change, Conversation, Feedback, LegalHold, Message, RetentionRule, Turn, User
from chat.models.arranging import KEPT, TEMPORARY
from tests.conftest import begin, signed_in, stop_all
from tests.roles import client_of

pytestmark = pytest.mark.django_db

ADD = reverse("admin:chat_legalhold_add")
LONG_AGO = timedelta(days=1_000)


@pytest.fixture
def leading(db: None) -> Client:
    return client_of("Lead")


@pytest.fixture
def chat(turn: Turn) -> Conversation:
    return turn.question.conversation


def of_the_chat(chat: Conversation) -> LegalHold:
    return LegalHold.objects.lay(chat.user, "A case", conversation=chat)


def of_the_person(chat: Conversation) -> LegalHold:
    return LegalHold.objects.lay(chat.user, "A case", user=chat.user)


KINDS = [of_the_chat, of_the_person]


def sweep() -> None:
    """What the sweeper does of it."""
    for those in (Conversation.objects.due(), Conversation.objects.expired()):
        for conversation in those:
            those.remove(conversation.pk)
    Conversation.objects.outlived().held().withdraw()


def retain() -> None:
    for kind in RetentionRule.Kind:
        RetentionRule.objects.create(kind=kind, days=1)
    call_command("retain", verbosity=0)


# Every way a deletion takes: how it is, and what is done


def deleted_by_owner(chat: Conversation) -> None:
    Conversation.objects.filter(pk=chat.pk).update(deleted=timezone.now() - KEPT)
    sweep()


def temporary_and_old(chat: Conversation) -> None:
    Conversation.objects.filter(pk=chat.pk).update(is_temporary=True, updated=timezone.now() - TEMPORARY)
    sweep()


def over_by_rule(chat: Conversation) -> None:
    stop_all(chat.generations.all())
    long_ago = timezone.now() - LONG_AGO
    Conversation.objects.filter(pk=chat.pk).update(updated=long_ago, stored=long_ago)
    retain()


def one_deleted(chat: Conversation) -> None:
    chat.delete()


def several_deleted(chat: Conversation) -> None:
    Conversation.objects.filter(pk=chat.pk).delete()


def theirs_deleted(chat: Conversation) -> None:
    chat.user.conversations.all().delete()


def person_deleted(chat: Conversation) -> None:
    chat.user.delete()


def people_deleted(chat: Conversation) -> None:
    User.objects.filter(pk=chat.user_id).delete()  # a cascade, which asks no conversation


WAYS = [
    deleted_by_owner,
    temporary_and_old,
    over_by_rule,
    one_deleted,
    several_deleted,
    theirs_deleted,
    person_deleted,
    people_deleted,
]
REFUSED = [one_deleted, several_deleted, theirs_deleted, person_deleted, people_deleted]


@pytest.mark.parametrize("way", WAYS)
def test_without_a_hold_each_way_deletes(chat: Conversation, way: Callable[[Conversation], None]) -> None:
    way(chat)
    assert not Conversation.objects.filter(pk=chat.pk).exists()


@pytest.mark.parametrize("lay", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_with_one_none_does_until_it_is_released(
    chat: Conversation, way: Callable[[Conversation], None], lay: Callable[[Conversation], LegalHold], reviewer: User
) -> None:
    hold = lay(chat)
    if way in REFUSED:
        with pytest.raises(Held), transaction.atomic():
            way(chat)
        assert chat.generations.get().is_active  # nothing was ended in vain
    else:
        way(chat)
    assert Conversation.objects.filter(pk=chat.pk).exists()
    assert hold.release(reviewer)
    RetentionRule.objects.all().delete()
    way(chat)
    assert not Conversation.objects.filter(pk=chat.pk).exists()


def test_held_and_unheld_part_them_all(chat: Conversation, other: User) -> None:
    free = begin(other).question.conversation
    of_the_person(chat)
    of_the_chat(chat)
    assert list(Conversation.objects.held()) == [chat]
    assert list(Conversation.objects.unheld()) == [free]


@pytest.mark.parametrize("lay", KINDS)
def test_a_temporary_chat_that_is_held_is_gone_for_its_owner(
    chat: Conversation, owner_client: Client, lay: Callable[[Conversation], LegalHold]
) -> None:
    lay(chat)
    temporary_and_old(chat)
    kept = Conversation.objects.get(pk=chat.pk)
    assert owner_client.get(chat.get_absolute_url()).status_code == 404
    assert not Conversation.objects.undoable().exists()
    assert not kept.generations.active().exists()


def test_who_deletes_a_held_temporary_chat_now_is_told_nothing_of_a_hold(
    chat: Conversation, owner_client: Client
) -> None:
    Conversation.objects.filter(pk=chat.pk).update(is_temporary=True)
    of_the_chat(chat)
    response = owner_client.post(reverse("chat:delete_now", args=[chat.pk]), follow=True)
    assert "The temporary chat is gone." in response.content.decode()
    assert "legal hold" not in response.content.decode()
    assert owner_client.get(chat.get_absolute_url()).status_code == 404
    assert Conversation.objects.filter(pk=chat.pk).exists()


def test_an_account_takes_a_guests_holds_over(owner: User) -> None:
    guest = User.objects.for_guest("somebody")
    chat = begin(guest).question.conversation
    hold = of_the_person(chat)
    owner.adopt(guest)
    hold.refresh_from_db()
    assert hold.user == owner
    assert Conversation.objects.held().get() == chat
    assert [change.kind for change in Change.objects.filter(of="hold").order_by("pk")] == ["made", "changed"]


@pytest.mark.parametrize("lay", KINDS)
@pytest.mark.parametrize("is_htmx", [False, True])
def test_a_rating_is_not_taken_back(
    owner_client: Client, chat: Conversation, turn: Turn, lay: Callable[[Conversation], LegalHold], is_htmx: bool
) -> None:
    Message.objects.filter(pk=turn.answer.pk).update(text="Because.")
    stop_all(chat.generations.all())
    Message.objects.get(pk=turn.answer.pk).rate("bad", ["untrue"], "It is violet.")
    hold = lay(chat)
    path, headers = reverse("chat:feedback", args=[turn.answer.pk]), {"HX-Request": "true"} if is_htmx else {}
    refused = owner_client.post(path, {"value": "none"}, headers=headers)
    assert refused.status_code == 409
    assert "Your rating stays for now" in refused.content.decode()
    assert "legal" not in refused.content.decode()
    assert Feedback.objects.get().comment == "It is violet."
    for said in ({"value": "good"}, {"value": "bad", "comment": ""}, {"value": "bad", "comment": "It is violet."}):
        assert owner_client.post(path, said, headers=headers).status_code == 409, said
    more = {"value": "bad", "reasons": ["untrue", "harmful"], "comment": "It is violet."}
    assert owner_client.post(path, more, headers=headers).status_code in (200, 303)
    assert Feedback.objects.get().reasons == ["untrue", "harmful"]
    assert hold.release(chat.user)
    assert owner_client.post(path, {"value": "none"}, headers=headers).status_code in (200, 303)
    assert not Feedback.objects.exists()


def test_a_hold_is_never_deleted(chat: Conversation) -> None:
    hold = of_the_chat(chat)
    for delete in (hold.delete, LegalHold.objects.all().delete):
        with pytest.raises(TypeError):
            delete()
    assert hold.release(chat.user)
    chat.user.delete()
    assert LegalHold.objects.get().reason == "A case"  # it outlives what it was on


# In the admin


def test_a_lead_lays_one_on_a_conversation(leading: Client, chat: Conversation) -> None:
    response = leading.post(ADD, {"conversation_id": str(chat.pk), "username": "", "reason": "Case 7"}, follow=True)
    hold = LegalHold.objects.get()
    assert response.status_code == 200
    assert (hold.conversation, hold.user, hold.reason) == (chat, None, "Case 7")
    assert hold.laid_by and hold.laid_by.username == "lead"
    change = Change.objects.get()
    assert (change.of, change.kind, change.subject_id, change.actor) == ("hold", "made", hold.pk, hold.laid_by)
    assert chat.title not in response.content.decode()


def test_a_lead_lays_one_on_a_person_and_releases_it(leading: Client, chat: Conversation) -> None:
    leading.post(ADD, {"conversation_id": "", "username": "owner", "reason": "Case 8"})
    hold = LegalHold.objects.get()
    assert hold.user == chat.user
    path = reverse("admin:chat_legalhold_change", args=[hold.pk])
    assert "Release this hold" in leading.get(path).content.decode()
    assert "is released" in leading.post(path, {"_release": "1", "reason": "forged"}, follow=True).content.decode()
    hold.refresh_from_db()
    assert hold.released
    assert hold.released_by and hold.released_by.username == "lead"
    assert hold.reason == "Case 8"
    assert "Release this hold" not in leading.get(path).content.decode()
    assert "was released before" in leading.post(path, {"_release": "1"}, follow=True).content.decode()
    assert [change.kind for change in Change.objects.order_by("pk")] == ["made", "changed"]


@pytest.mark.parametrize(
    ("conversation", "username", "sentence"),
    [
        ("", "", "one of the two"),
        ("it", "owner", "one of the two"),
        ("00000000-0000-0000-0000-000000000000", "", "no conversation of this id"),
        ("nonsense", "", "valid UUID"),
        ("", "stranger", "nobody of this name"),
    ],
)
def test_what_can_not_be_laid_is_said(
    leading: Client, chat: Conversation, conversation: str, username: str, sentence: str
) -> None:
    pk = str(chat.pk) if conversation == "it" else conversation
    response = leading.post(ADD, {"conversation_id": pk, "username": username, "reason": "Case 9"})
    assert sentence in response.content.decode()
    assert "Case 9" in response.content.decode()
    assert not LegalHold.objects.exists()


def test_those_in_force_are_told_from_those_released(leading: Client, chat: Conversation) -> None:
    of_the_chat(chat)
    LegalHold.objects.lay(chat.user, "An old case", user=chat.user).release(chat.user)
    path = reverse("admin:chat_legalhold_changelist")
    for query, released in (("yes", False), ("no", True)):
        html = leading.get(path, {"in_force": query}).content.decode()
        assert ("An old case" in html) is released
        assert (">A case<" in html) is not released


def test_several_are_released_together(leading: Client, chat: Conversation) -> None:
    holds = [of_the_chat(chat), of_the_person(chat)]
    chosen = {"action": "release_selected", "_selected_action": [hold.pk for hold in holds]}
    response = leading.post(reverse("admin:chat_legalhold_changelist"), chosen, follow=True)
    assert "2 released." in response.content.decode()
    assert not LegalHold.objects.in_force().exists()


def test_an_operator_lays_none(chat: Conversation) -> None:
    assert client_of("Operator").post(ADD, {"username": "owner", "reason": "x"}).status_code == 403
    assert signed_in(chat.user).post(ADD, {"username": "owner", "reason": "x"}).status_code == 302
    assert not LegalHold.objects.exists()
