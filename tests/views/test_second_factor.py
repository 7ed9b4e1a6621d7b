"""A second factor: codes of an app, codes for when it is lost, and the admin that may ask for one."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, User
from tests.views.test_accounts import send, visitor

SIGN_IN = reverse("account_login")
ACTIVATE = reverse("mfa_activate_totp")
ADMIN = reverse("admin:index")
PASSWORD = "reviewer's secret"

pytestmark = pytest.mark.django_db


def code_for(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def enter(client: Client, name: str = "reviewer", password: str = PASSWORD, **query: str) -> Any:
    return client.post(SIGN_IN, {"login": name, "password": password, **query})


def activate(client: Client) -> str:
    """Set up an app; return its secret."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})  # even who has just come in
    html = client.get(ACTIVATE).content.decode()
    found = re.search(r'id="authenticator_secret" value="([A-Z2-7]+)"', html)
    assert found
    answer = client.post(ACTIVATE, {"code": code_for(found[1])})
    assert answer.status_code == 302, answer.content.decode()
    return found[1]


@pytest.fixture
def reviewing(reviewer: User, client: Client) -> Client:
    enter(client)
    return client


def test_an_app_is_set_up_and_asked_from_then_on(reviewing: Client) -> None:
    secret = activate(reviewing)
    cache.clear()  # a code counts once
    back = Client()
    asked = enter(back)
    assert asked.headers["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in back.session
    wrong = back.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "Incorrect code." in wrong.content.decode()
    assert "_auth_user_id" not in back.session
    back.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert "_auth_user_id" in back.session


def test_a_recovery_code_opens_once(reviewing: Client, reviewer: User) -> None:
    activate(reviewing)
    reviewing.post(reverse("mfa_generate_recovery_codes"))
    codes = Authenticator.objects.get(user=reviewer, type="recovery_codes").wrap().get_unused_codes()
    for is_open in (True, False):
        back = Client()
        enter(back)
        back.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert ("_auth_user_id" in back.session) == is_open


def test_the_codes_picture_is_let_through_there_and_nowhere_else(reviewing: Client) -> None:
    reviewing.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    there = reviewing.get(ACTIVATE)
    assert 'src="data:image/svg+xml' in there.content.decode()
    assert "img-src 'self' data:" in there.headers["Content-Security-Policy"]
    assert "data:" not in reviewing.get(reverse("mfa_index")).headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"])
def test_its_pages_wear_the_sites_frame_and_hold_no_inline_code(reviewing: Client, name: str) -> None:
    html = reviewing.get(reverse(name), follow=True).content.decode()
    assert 'class="sheet"' in html
    assert not re.search(r"<script>|style=|onclick", html)
    assert Client().get(reverse(name)).status_code == 302


def test_a_guests_chats_come_along_once_the_second_factor_is_shown(
    reviewing: Client, reviewer: User, settings: Settings
) -> None:
    settings.CHAT_GUESTS = True
    secret = activate(reviewing)
    cache.clear()
    guest = visitor()
    send(guest)
    chat = Conversation.objects.get()
    assert enter(guest).headers["Location"] == reverse("mfa_authenticate")
    assert Conversation.objects.get().user.is_guest
    guest.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    chat.refresh_from_db()
    assert chat.user == reviewer
    assert list(User.objects.all()) == [reviewer]


# The admin


def test_the_admin_is_entered_by_the_sites_own_way_in(reviewer: User, client: Client) -> None:
    asked = client.get(ADMIN)
    assert asked.headers["Location"] == f"{reverse('admin:login')}?next={ADMIN}"
    way_in = client.get(asked.headers["Location"]).headers["Location"]
    assert way_in == f"{SIGN_IN}?next={ADMIN}"
    assert client.post(reverse("admin:login"), {"username": "reviewer", "password": PASSWORD}).status_code == 302
    assert "_auth_user_id" not in client.session
    assert enter(client, next=ADMIN).headers["Location"] == ADMIN
    assert client.get(ADMIN).status_code == 200
    assert client.get(asked.headers["Location"]).headers["Location"] == ADMIN


def test_a_way_back_leads_nowhere_else(reviewing: Client) -> None:
    path = f"{reverse('admin:login')}?next=https://elsewhere.example/"
    assert reviewing.get(path).headers["Location"] == ADMIN


@pytest.mark.django_db(transaction=True)  # django-allauth says that one was added when it is committed
def test_staff_without_a_second_factor_are_sent_to_set_one_up(reviewing: Client, settings: Settings) -> None:
    assert reviewing.get(ADMIN).status_code == 200
    settings.CHAT_STAFF_MFA = True
    page = reviewing.get(ADMIN, follow=True)
    assert page.redirect_chain[-1][0] == reverse("mfa_index")
    assert "The admin asks for more than a password." in page.content.decode()
    activate(reviewing)
    assert reviewing.get(ADMIN).status_code == 200


def test_a_session_from_before_the_second_factor_shows_it_first(reviewing: Client, settings: Settings) -> None:
    settings.CHAT_STAFF_MFA = True
    older = Client()
    enter(older)
    secret = activate(reviewing)
    cache.clear()
    assert older.get(ADMIN).status_code == 302
    page = older.get(ADMIN, follow=True)
    assert page.redirect_chain[-1][0] == f"{reverse('mfa_reauthenticate')}?next=%2Fadmin%2F"
    assert "You signed in here without your second factor." in page.content.decode()
    older.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert older.get(ADMIN).status_code == 302, "a password is no second factor"
    shown = older.post(page.redirect_chain[-1][0], {"code": code_for(secret), "next": ADMIN})
    assert shown.headers["Location"] == ADMIN
    assert older.get(ADMIN).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_key_that_a_password_added_to_another_factor_shows_none(
    reviewing: Client, reviewer: User, settings: Settings
) -> None:
    settings.CHAT_STAFF_MFA = True
    Authenticator.objects.create(user=reviewer, type=Authenticator.Type.WEBAUTHN, data={})
    activate(reviewing)
    assert reviewing.get(ADMIN).status_code == 302


def test_who_is_in_as_somebody_else_is_asked_for_it_too(
    reviewing: Client, reviewer: User, owner_client: Client, settings: Settings
) -> None:
    settings.CHAT_STAFF_MFA = True
    secret = activate(reviewing)
    cache.clear()
    assert enter(owner_client).headers["Location"] == reverse("mfa_authenticate")
    assert owner_client.get(reverse("mfa_authenticate")).status_code == 200
    owner_client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert owner_client.session["_auth_user_id"] == str(reviewer.pk)
    assert owner_client.get(ADMIN).status_code == 200


def test_codes_for_a_lost_app_alone_are_no_second_factor(reviewing: Client, reviewer: User, settings: Settings) -> None:
    settings.CHAT_STAFF_MFA = True
    Authenticator.objects.create(user=reviewer, type=Authenticator.Type.RECOVERY_CODES, data={})
    assert reviewing.get(ADMIN).status_code == 302


def test_who_is_not_on_the_staff_is_not_asked(owner_client: Client, settings: Settings) -> None:
    settings.CHAT_STAFF_MFA = True
    assert owner_client.get(reverse("chat:new")).status_code == 200
    assert owner_client.get(reverse("admin:login")).headers["Location"].startswith(SIGN_IN)


def test_the_menu_leads_there(owner_client: Client) -> None:
    assert f'href="{reverse("mfa_index")}">Security</a>' in owner_client.get(reverse("chat:new")).content.decode()


def test_a_code_is_of_its_time(reviewing: Client) -> None:
    secret = activate(reviewing)
    cache.clear()
    back = Client()
    enter(back)
    long_ago = format_hotp_value(hotp_value(secret, 1))
    back.post(reverse("mfa_authenticate"), {"code": long_ago})
    assert "_auth_user_id" not in back.session


def test_an_address_that_nobody_verified_is_no_hindrance(reviewing: Client, reviewer: User) -> None:
    """Staff who are asked for a second factor may have one: addresses need no verifying here."""
    EmailAddress.objects.create(user=reviewer, email="reviewer@example.org", verified=False)
    activate(reviewing)
    assert reviewer.authenticator_set.filter(type="totp").exists()  # type: ignore[attr-defined]
