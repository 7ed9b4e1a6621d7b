"""Suspending somebody: their answers stop, their sessions end, and they read why once they show who they are."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from chat.accounts import GUEST_COOKIE
from chat.errors import NotToSuspend, Suspended
from chat.models import Conversation, Message, Turn, User, sessions
from chat.models.generation import State
from tests.conftest import begin, signed_in
from tests.roles import staff
from tests.views.test_accounts import NEW, SIGN_IN, send, visitor

USERS = reverse("admin:chat_user_changelist")

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db: None) -> User:
    return staff("officer", "Operator")


@pytest.fixture
def office(officer: User) -> Client:
    return signed_in(officer)


def act(client: Client, *users: User, action: str = "suspend", **form: str) -> Any:
    return client.post(USERS, {"action": action, "_selected_action": [user.pk for user in users], "index": 0, **form})


def suspend(client: Client, *users: User, reason: str = "Spam.") -> Any:
    return act(client, *users, reason=reason)


def test_it_asks_why_first(office: Client, owner: User) -> None:
    html = act(office, owner).content.decode()
    assert "Why" in html
    assert "owner" in html
    assert "Say why: they read it" in suspend(office, owner, reason="  ").content.decode()
    owner.refresh_from_db()
    assert owner.is_active


def test_it_ends_sessions_and_stops_answers_and_is_noted(
    office: Client, officer: User, owner: User, owner_client: Client, other_client: Client, turn: Turn
) -> None:
    assert suspend(office, owner).status_code == 302
    turn.generation.refresh_from_db()
    assert turn.generation.state == State.STOPPED
    assert ">owner</a>" not in owner_client.get(NEW).content.decode()
    assert ">other</a>" in other_client.get(NEW).content.decode()
    note = LogEntry.objects.get()
    assert (note.user, note.object_id, note.change_message) == (officer, str(owner.pk), "Suspended: Spam.")


@pytest.mark.django_db(transaction=True)
def test_sessions_end_in_no_transaction_and_some_at_a_time(
    office: Client, owner: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "LOT", 2)
    kept = {signed_in(other).session.session_key for _ in range(3)}
    for user in (owner, owner, other, owner):
        signed_in(user)
    decoded, is_open = Session.get_decoded, set()

    def decode(session: Session) -> Any:
        is_open.add(connection.in_atomic_block)
        return decoded(session)

    monkeypatch.setattr(Session, "get_decoded", decode)
    suspend(office, owner)
    assert is_open == {False}
    left = Session.objects.values_list("session_key", flat=True)
    assert kept < set(left)
    assert len(left) == 5  # the officer's, and four of the other


def test_it_is_told_in_the_log_as_well(
    office: Client, officer: User, owner: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "chat")
    suspend(office, owner)
    act(office, owner, action="let_in_again")
    assert f"User {owner.pk} was suspended by {officer.pk}." in caplog.text
    assert f"User {owner.pk} was let in again by {officer.pk}." in caplog.text


def test_a_session_from_before_stays_ended_when_they_are_let_in_again(
    office: Client, owner: User, owner_client: Client
) -> None:
    suspend(office, owner)
    act(office, owner, action="let_in_again")
    owner.refresh_from_db()
    assert (owner.is_active, owner.suspended, owner.suspended_for) == (True, None, "")
    assert ">owner</a>" not in owner_client.get(NEW).content.decode()
    owner_client.post(SIGN_IN, {"login": "owner", "password": "owner's secret"})
    assert ">owner</a>" in owner_client.get(NEW).content.decode()
    assert LogEntry.objects.filter(change_message="Let in again.").count() == 1


def test_they_read_why_only_after_the_right_password(office: Client, owner: User) -> None:
    suspend(office, owner, reason="Spam <b>.")
    wrong = Client().post(SIGN_IN, {"login": "owner", "password": "wrong"})
    assert "suspended" not in wrong.content.decode()
    right = Client().post(SIGN_IN, {"login": "owner", "password": "owner's secret"})
    assert right.status_code == 403
    assert "This account is suspended: Spam &lt;b&gt;." in right.content.decode()


def test_a_guest_reads_why_when_they_send_and_nothing_is_lost(office: Client) -> None:
    client = visitor()
    send(client)
    guest = User.objects.get(guest_key__isnull=False)
    suspend(office, guest)
    answer = client.post(NEW, {"text": "Once more", "key": "00000000-0000-4000-8000-000000000001"})
    assert answer.status_code == 403
    assert "This account is suspended: Spam." in answer.content.decode()
    assert "Once more</textarea>" in answer.content.decode()
    assert Conversation.objects.count() == 1
    assert GUEST_COOKIE in client.cookies


def test_what_a_superuser_has_shut_is_opened_by_no_operator(office: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert "Suspend</button>" not in office.get(reverse("admin:chat_user_change", args=[owner.pk])).content.decode()
    suspend(office, owner)
    act(office, owner, action="let_in_again")
    owner.refresh_from_db()
    assert (owner.is_active, owner.suspended) == (False, None)


def test_somebodys_own_page_leads_to_it_and_back(office: Client, owner: User) -> None:
    def press(button: str, **more: str) -> None:
        page = office.get(reverse("admin:chat_user_change", args=[owner.pk])).content.decode()
        assert f">{button}</button>" in page
        fields = re.findall(r'<(?:input type="hidden"|button) name="(\w+)" value="(\w+)"', page)
        assert office.post(USERS, {**dict(fields), **more}).status_code == (302 if more or button != "Suspend" else 200)
        owner.refresh_from_db()

    press("Suspend")
    assert not owner.suspended, "it asks why first"
    press("Suspend", reason="Spam.")
    assert owner.suspended
    press("Let in again")
    assert not owner.suspended


def test_nobodys_own_page_suspends_oneself_or_offers_it_to_who_may_not(officer: User, reviewer: User) -> None:
    for user, whose in ((reviewer, reviewer), (staff("lead", "Lead", "Operator"), officer)):
        page = signed_in(user).get(reverse("admin:chat_user_change", args=[whose.pk]))
        assert "Suspend</button>" not in page.content.decode()


def test_nobody_suspends_themselves_and_only_superusers_suspend_staff(
    office: Client, officer: User, reviewer: User
) -> None:
    suspend(office, officer, reviewer)
    for user in (officer, reviewer):
        user.refresh_from_db()
        assert user.is_active
    suspend(signed_in(reviewer), officer)
    officer.refresh_from_db()
    assert not officer.is_active
    with pytest.raises(NotToSuspend):
        reviewer.suspend("Tired.", reviewer)


def test_it_takes_the_permission(owner: User, officer: User) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.groups.add(Group.objects.get(name="Lead"))
    assert suspend(signed_in(clerk), owner).status_code == 403
    owner.refresh_from_db()
    assert owner.is_active


def test_a_click_that_was_on_its_way_is_refused(owner: User, reviewer: User) -> None:
    User.objects.get(pk=owner.pk).suspend("Spam.", reviewer)
    with pytest.raises(Suspended):
        begin(owner)
    assert not Message.objects.exists()


def test_an_operator_gives_nobody_powers(office: Client, officer: User, owner: User, reviewer: User) -> None:
    for user in (officer, owner):
        form = {"username": user.username, "is_superuser": "on", "is_staff": "on", "date_joined_0": "2026-01-01"}
        office.post(reverse("admin:chat_user_change", args=[user.pk]), {**form, "date_joined_1": "00:00"})
        user.refresh_from_db()
        assert not user.is_superuser
    assert not owner.is_staff
    stolen = {"username": "stolen", "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    path = reverse("admin:chat_user_change", args=[reviewer.pk])
    assert office.post(path, stolen).status_code == 302, "as for somebody who isn't there"
    reviewer.refresh_from_db()
    assert reviewer.username != "stolen"
