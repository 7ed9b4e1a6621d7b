"""A person takes everything away, or deletes their account with everything."""

import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.accounts import GUEST_COOKIE, _signer
from chat.exchange.account import written
from chat.models import (
    Change,
    Conversation,
    Feedback,
    Generation,
    LegalHold,
    Message,
    Opening,
    Persona,
    Quota,
    Share,
    Turn,
    User,
)
from chat.models.leaving import leavers, left_behind, part_with
from chat.models.sessions import prune_sessions
from tests.conftest import begin, signed_in

pytestmark = pytest.mark.django_db

ACCOUNT, DATA, DELETE = "/account/", "/account/data/", "/account/delete/"
PASSWORD = {"proof": "owner's secret"}


@pytest.fixture(autouse=True)
def no_guesses_yet() -> None:
    """How often a password was tried is counted in the cache."""
    cache.clear()


def finished(turn: Turn, text: str = "Because.") -> Turn:
    Message.objects.filter(pk=turn.answer.pk).update(text=text)
    Generation.objects.filter(pk=turn.generation.pk).update(state="complete")
    return turn


def sweep() -> None:
    """Do what the sweeper does, till nothing more goes."""
    for pk in list(left_behind().values_list("pk", flat=True)):
        assert left_behind().remove(pk)
    for pk in list(leavers().values_list("pk", flat=True)):
        part_with(pk)


def hold(**on: Any) -> LegalHold:
    return LegalHold.objects.create(reason="A case", **on)


# The page


def test_the_page_leads_to_both(owner_client: Client, turn: Turn) -> None:
    page = owner_client.get(ACCOUNT).content.decode()
    assert f'href="{DATA}"' in page
    assert f'href="{DELETE}"' in page
    assert f'href="{ACCOUNT}"' in owner_client.get("/chats/").content.decode()


def test_strangers_sign_in_first(client: Client) -> None:
    for path in (ACCOUNT, DATA, DELETE):
        assert client.get(path).status_code == 302
    assert client.post(DELETE, PASSWORD).status_code == 302
    assert client.post(ACCOUNT).status_code == 405
    assert client.post(DATA).status_code == 405


# Everything about me


async def told(user: User) -> dict[str, bytes]:
    client = AsyncClient()
    await client.aforce_login(user)
    response = await client.get(DATA)
    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "no-store"
    pieces = cast(AsyncIterator[bytes], cast(Any, response).streaming_content)
    packed = b"".join([piece async for piece in pieces])
    response.close()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def somebody(owner: User, other: User) -> User:
    """The owner with something of everything; the other with the same."""
    for user in (owner, other):
        User.objects.filter(pk=user.pk).update(email=f"{user.username}@example.org", allows_review=False)
        turn = finished(begin(user, f"What {user.username} asks"))
        Persona.objects.create(owner=user, name=f"{user.username}'s persona", prompt="Be kind.")
        Feedback.objects.create(message=turn.answer, value="bad", comment=f"{user.username} says so")
        Share.objects.make(turn.question.conversation)
        conversation = Conversation.objects.select_related("user").get(pk=turn.question.conversation_id)
        Opening.objects.record(other, [conversation], Opening.Kind.PAGE)
    return User.objects.get(pk=owner.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_shown", [False, True])
async def test_all_that_is_kept_about_a_person_is_one_zip(somebody: User, settings: Settings, is_shown: bool) -> None:
    settings.CHAT_READ_LOG_SHOWN = is_shown
    files = await told(somebody)
    assert len(files) == 4  # the chat twice, account.json and the manifest
    account = json.loads(files["account.json"])
    assert account["profile"]["username"] == "owner"
    assert account["profile"]["email"] == "owner@example.org"
    assert account["profile"]["allows_review"] is False
    assert account["personas"] == [{"name": "owner's persona", "prompt": "Be kind."}]
    assert [each["comment"] for each in account["feedback"]] == ["owner says so"]
    assert [each["title"] for each in account["shares"]] == ["What owner asks"]
    assert [(use["messages"], use["tokens"]) for use in account["use"]] == [(1, 0)]
    assert account["single_sign_on"] == account["email_addresses"] == []
    assert (account["profile"]["suspended"], account["profile"]["suspended_for"]) == (None, "")
    assert len(account.get("read_by_staff", [])) == is_shown
    assert not [name for name, data in files.items() if b"other's" in data or b"What other asks" in data]


def test_addresses_ways_to_sign_in_and_a_suspension_are_told(owner: User, other: User) -> None:
    for user in (owner, other):
        EmailAddress.objects.create(user=user, email=f"{user.username}@home.example", verified=True)
        SocialAccount.objects.create(
            user=user, provider="company", uid=user.username, extra_data={"sub": user.username}
        )
    owner.suspended, owner.suspended_for = timezone.now(), "Spam."
    account = json.loads("".join(written(owner)))
    [address] = account["email_addresses"]
    assert address == {"email": "owner@home.example", "is_verified": True, "is_primary": False}
    [elsewhere] = account["single_sign_on"]
    assert (elsewhere["provider"], elsewhere["id"], elsewhere["told"]) == ("company", "owner", {"sub": "owner"})
    assert account["profile"]["suspended"]
    assert account["profile"]["suspended_for"] == "Spam."


@pytest.mark.django_db(transaction=True)
async def test_a_guest_has_everything_too(db: None) -> None:
    guest = await User.objects.acreate(username="guest-1", guest_key="k" * 32)
    account = json.loads((await told(guest))["account.json"])
    assert account["profile"]["is_guest"] is True
    assert account["feedback"] == []


# Deleting


def test_the_page_says_what_goes(owner_client: Client, turn: Turn) -> None:
    page = owner_client.get(DELETE).content.decode()
    assert "the one chat you have" in page
    assert 'type="password"' in page
    assert User.objects.get(username="owner").is_active


@pytest.mark.parametrize("is_htmx", [False, True])
def test_who_has_a_password_says_it(owner_client: Client, turn: Turn, is_htmx: bool) -> None:
    headers: dict[str, Any] = {"HTTP_HX_REQUEST": "true"} if is_htmx else {}
    for wrong in ({}, {"proof": "delete"}, {"proof": "another"}):
        refused = owner_client.post(DELETE, wrong, **headers)
        assert refused.status_code == 400
        assert "this is not your password" in refused.content.decode()
    answer = owner_client.post(DELETE, PASSWORD, **headers)
    assert (answer.status_code, answer["Location"]) == (303, "/account/gone/")
    assert not User.objects.filter(username="owner").exists()


def test_a_guest_types_a_word(db: None) -> None:
    guest = User.objects.for_guest("k" * 32)
    turn = begin(guest)
    client = signed_in(guest)
    client.cookies[GUEST_COOKIE] = _signer.sign("k" * 32)
    assert 'type="password"' not in client.get(DELETE).content.decode()
    refused = client.post(DELETE, {"proof": "remove"})
    assert refused.status_code == 400
    assert "value=&quot;remove" in refused.content.decode() or 'value="remove"' in refused.content.decode()
    answer = client.post(DELETE, {"proof": " Delete "}, follow=True)
    assert "Your account is deleted" in answer.content.decode()
    assert client.get(f"/chat/{turn.question.conversation_id}/").status_code in (302, 404)
    assert not client.cookies[GUEST_COOKIE].value
    sweep()
    assert not Conversation.objects.exists()
    assert not User.objects.exists()


def test_a_form_from_elsewhere_deletes_nothing(owner: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    assert strict.post(DELETE, PASSWORD).status_code == 403
    assert User.objects.get().is_active


def test_passwords_are_not_tried_for_ever(owner_client: Client, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"reauthenticate": "2/m/user"}
    statuses = [owner_client.post(DELETE, {"proof": "a guess"}).status_code for _ in range(4)]
    assert statuses == [400, 400, 429, 429]


def test_at_once_nobody_gets_in_and_nothing_is_seen(somebody: User, client: Client) -> None:
    token = Share.objects.of(somebody).get().token
    here, elsewhere = signed_in(somebody), signed_in(somebody)
    assert client.get(f"/shared/{token}/").status_code == 200
    assert Conversation.objects.reviewable().filter(user=somebody).exists()
    here.post(DELETE, PASSWORD)
    assert not Conversation.objects.reviewable().filter(user=somebody).exists()
    assert here.get("/chats/").status_code == elsewhere.get("/chats/").status_code == 302
    assert client.get(f"/shared/{token}/").status_code == 404
    assert not client.login(username="owner", password="owner's secret")
    left = User.objects.get(pk=somebody.pk)
    assert (left.email, left.is_active, left.username[:8]) == ("", False, "deleted-")


def test_what_is_being_written_is_ended_with_its_text(owner_client: Client, turn: Turn) -> None:
    assert turn.generation.claim_for("a test")
    owner_client.post(DELETE, PASSWORD)
    assert Generation.objects.get().state == "stopped"


def test_then_everything_goes_and_nothing_of_others(somebody: User, other: User) -> None:
    client, elsewhere = signed_in(somebody), signed_in(somebody)
    others = signed_in(other)
    begin(somebody, "Still being written")
    client.post(DELETE, PASSWORD)
    assert elsewhere.session.session_key
    sweep()
    assert not User.objects.filter(pk=somebody.pk).exists()
    assert {each.user for each in Conversation.objects.select_related("user")} == {other}
    assert Persona.objects.exclude(owner=None).get().owner == other
    assert Feedback.objects.get().comment == "other says so"
    assert Share.objects.get().title == "What other asks"
    assert not Session.objects.filter(session_key=elsewhere.session.session_key).exists()
    assert others.get("/chats/").status_code == 200
    line = Opening.objects.exclude(owner=other).get()
    assert (line.owner, line.owner_name[:8], line.reader_name) == (None, "deleted-", "other")
    assert Opening.objects.get(owner=other).owner_name == "other"


@pytest.mark.parametrize("is_held", [False, True])
def test_no_record_keeps_the_name(somebody: User, other: User, reviewer: User, is_held: bool) -> None:
    quota = Quota.objects.create(audience="user", user=somebody, messages=5)
    address = EmailAddress.objects.create(user=somebody, email="owner@home.example")
    for each in (somebody, other, quota, address):
        LogEntry.objects.log_actions(reviewer.pk, [each], CHANGE, "Changed.", single_object=True)
    for user in (somebody, other):
        laid = LegalHold.objects.lay(reviewer, "A case", user=user)
        assert is_held or laid.release(reviewer)
    signed_in(somebody).post(DELETE, PASSWORD)
    sweep()
    name = Opening.objects.exclude(owner=other).get().owner_name
    assert name.startswith("deleted-")
    assert sorted(LogEntry.objects.values_list("object_repr", flat=True)) == [name, name, name, "other"]
    told = [each["user"] for pair in Change.objects.values_list("before", "after") for each in pair if each]
    assert set(told) == {name, "other"}
    assert len(told) == (2 if is_held else 6)
    assert User.objects.filter(pk=somebody.pk).exists() is is_held


def test_no_session_keeps_the_name(somebody: User, other: User) -> None:
    def session(user: User, *, is_in: bool, seconds: int) -> None:
        """Of somebody who is in, or has shown a password and not yet the second factor."""
        store = SessionStore()
        methods = [{"method": "password", "username": user.username}]
        proved = {"account_authentication_methods": methods, "account_authentication_methods_user": str(user.pk)}
        store.update({**proved, **({SESSION_KEY: str(user.pk)} if is_in else {})})
        store.set_expiry(seconds)
        store.save()

    for user in (somebody, other):
        for is_in, seconds in ((True, 60), (False, 60), (True, -60)):
            session(user, is_in=is_in, seconds=seconds)
    somebody.leave()
    sweep()
    told = [each.get_decoded()["account_authentication_methods"][0]["username"] for each in Session.objects.all()]
    assert told == ["other"] * 3


def test_sessions_that_have_expired_go() -> None:
    for key, minutes in (("alive", 1), ("expired", -1)):
        Session.objects.create(session_key=key, expire_date=timezone.now() + timedelta(minutes=minutes))
    prune_sessions()
    assert [each.session_key for each in Session.objects.all()] == ["alive"]


def test_who_has_left_is_neither_suspended_nor_let_in(somebody: User, reviewer: User, client: Client) -> None:
    hold(user=somebody)
    token = Share.objects.of(somebody).get().token
    User.objects.filter(pk=somebody.pk).update(suspended_for="Spam.", suspended=timezone.now())
    somebody.leave()
    root = signed_in(reviewer)
    chosen = {"_selected_action": [somebody.pk], "index": 0}
    path = reverse("admin:chat_user_changelist")
    said = root.post(path, {"action": "let_in_again", **chosen}, follow=True).content.decode()
    assert "has deleted their account, which stays shut" in said
    User.objects.filter(pk=somebody.pk).update(suspended_for="", suspended=None)
    said = root.post(path, {"action": "suspend", "reason": "Spam.", **chosen}, follow=True).content.decode()
    assert "was not suspended" in said
    left = User.objects.get(pk=somebody.pk)
    assert (left.is_active, left.suspended) == (False, None)
    assert not LogEntry.objects.exists()
    User.objects.filter(pk=somebody.pk).update(is_active=True)  # by whatever way
    assert client.get(f"/shared/{token}/").status_code == 404


def test_the_name_is_free_at_once(owner_client: Client, turn: Turn) -> None:
    owner_client.post(DELETE, PASSWORD)
    assert User.objects.create_user("owner")


@pytest.mark.parametrize("on", ["user", "conversation"])
def test_what_is_held_stays_without_a_name(somebody: User, on: str) -> None:
    kept = finished(begin(somebody, "Kept")).question.conversation
    client = signed_in(somebody)

    def asked() -> str:
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", client.get(DELETE).content.decode())

    before = asked()
    laid = hold(user=somebody) if on == "user" else hold(conversation=kept)
    assert asked() == before, "nobody is told of a hold"
    client.post(DELETE, PASSWORD)
    sweep()
    left = User.objects.get(pk=somebody.pk)
    assert (left.is_active, left.email, left.emptied is not None) == (False, "", True)
    titles = {"Kept", "What owner asks"} if on == "user" else {"Kept"}
    assert set(left.conversations.values_list("title", flat=True)) == titles
    assert not left.personas.exists()
    assert not leavers().exists()  # nothing is done again and again
    sweep()
    assert User.objects.filter(pk=somebody.pk).exists()
    LegalHold.objects.filter(pk=laid.pk).update(released=left.left)
    sweep()
    assert not User.objects.filter(pk=somebody.pk).exists()
    assert not Conversation.objects.filter(title="Kept").exists()


def test_the_last_superuser_stays(reviewer: User, owner: User) -> None:
    client = signed_in(reviewer)
    proof = {"proof": "reviewer's secret"}
    assert "the last account that may do everything" in client.get(DELETE).content.decode()
    refused = client.post(DELETE, proof)
    assert refused.status_code == 409
    assert "the last account that may do everything" in refused.content.decode()
    User.objects.filter(pk=owner.pk).update(is_superuser=True, is_active=False)
    assert client.post(DELETE, proof).status_code == 409  # who can't sign in is none
    User.objects.filter(pk=owner.pk).update(is_active=True)
    assert client.post(DELETE, proof).status_code == 303
    assert User.objects.get(is_superuser=True) == owner


def test_the_addresses_have_names() -> None:
    assert (reverse("chat:my_data"), reverse("chat:delete_account")) == (DATA, DELETE)
