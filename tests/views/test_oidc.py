"""Signing in with a team's own accounts: there and back, as a browser goes."""

import http.client
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, User
from tests.oidc import CLIENT_ID, CLIENT_SECRET, Issuer
from tests.views.test_accounts import PASSWORD, SIGN_IN, SIGN_UP, send, visitor

START = reverse("openid_connect_login", args=["oidc"])

pytestmark = pytest.mark.django_db


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(autouse=True)
def signs_in_there(settings: Settings, issuer: Issuer) -> None:
    app = {"provider_id": "oidc", "name": "Example Ltd", "client_id": CLIENT_ID, "secret": CLIENT_SECRET}
    app["settings"] = {"server_url": issuer.url}  # type: ignore[assignment]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    settings.OIDC_NAME = "Example Ltd"


def trust_addresses(settings: Settings) -> None:
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True


def go_there(client: Client) -> str:
    """Press the button; return where the page then leads, which is another site's."""
    page = client.post(START)
    assert page.status_code == 200
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.content.decode())
    assert found
    return unescape(found[1])


def sign_in(client: Client) -> Any:
    """Go there and come back."""
    address = urlsplit(go_there(client))
    connection = http.client.HTTPConnection(address.netloc)
    connection.request("GET", f"{address.path}?{address.query}")
    back = connection.getresponse().headers["Location"]
    connection.close()
    return client.get(back)


def test_the_page_has_a_button_for_it(client: Client) -> None:
    html = client.get(SIGN_IN).content.decode()
    assert "Sign in with Example Ltd" in html
    assert f'action="{START}?process=login"' in html


def test_who_comes_for_the_first_time_gets_an_account(client: Client) -> None:
    assert sign_in(client).headers["Location"] == reverse("chat:new")
    user = User.objects.get()
    assert (user.username, user.email, user.has_usable_password()) == ("ada", "ada@example.org", False)
    assert ">ada</a>" in client.get(reverse("chat:new")).content.decode()


def test_who_comes_again_gets_the_same_one(client: Client, issuer: Issuer) -> None:
    sign_in(client)
    issuer.person |= {"preferred_username": "married", "email": "new@example.org"}
    sign_in(Client())
    assert User.objects.get().username == "ada"


def test_a_guests_chats_come_along(settings: Settings) -> None:
    settings.CHAT_GUESTS = True
    client = visitor()
    send(client)
    sign_in(client)
    assert Conversation.objects.get().user == User.objects.get()
    assert User.objects.get().username == "ada"


@pytest.mark.parametrize(
    ("is_trusted", "is_verified", "is_verified_here", "is_theirs"),
    [(True, True, True, True), (True, False, True, False), (False, True, True, False), (True, True, False, False)],
)
def test_an_account_is_opened_only_by_an_address_that_is_verified_on_both_sides_and_trusted(
    client: Client,
    issuer: Issuer,
    settings: Settings,
    owner: User,
    is_trusted: bool,
    is_verified: bool,
    is_verified_here: bool,
    is_theirs: bool,
) -> None:
    owner.email = "ada@example.org"
    owner.save()
    EmailAddress.objects.create(user=owner, email=owner.email, verified=is_verified_here, primary=True)
    issuer.person |= {"email_verified": is_verified}
    if is_trusted:
        trust_addresses(settings)
    sign_in(client)
    assert SocialAccount.objects.filter(user=owner).exists() == is_theirs
    assert (client.session.get("_auth_user_id") == str(owner.pk)) == is_theirs


def test_who_turns_back_is_told_so(client: Client, issuer: Issuer) -> None:
    issuer.refuses = True
    answer = client.get(sign_in(client).headers["Location"])
    assert "You were not signed in" in answer.content.decode()
    assert not User.objects.exists()


def test_a_forged_way_back_signs_nobody_in(client: Client) -> None:
    answer = client.get(reverse("openid_connect_callback", args=["oidc"]), {"code": "1", "state": "forged"})
    assert "That did not work" in answer.content.decode()
    assert not User.objects.exists()


def test_where_nobody_answers_a_page_says_so(client: Client, settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:9"
    answer = client.post(START)
    assert answer.status_code == 502
    assert "Example Ltd can’t be reached" in answer.content.decode()


def test_a_look_at_the_address_starts_nothing(client: Client) -> None:
    html = client.get(START).content.decode()
    assert "http-equiv" not in html
    assert "<form" in html


def test_without_an_issuer_there_is_no_way(client: Client, settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert "Sign in with Example" not in client.get(SIGN_IN).content.decode()
    assert client.post(START).status_code == 404


def test_where_it_is_the_only_way_no_password_counts(client: Client, settings: Settings, owner: User) -> None:
    settings.OIDC_ONLY = True
    html = client.get(SIGN_IN).content.decode()
    assert 'name="password"' not in html
    assert "Sign in with Example Ltd" in html
    client.post(SIGN_IN, {"login": "owner", "password": "owner's secret"})
    assert "_auth_user_id" not in client.session
    form = {"username": "newcomer", "email": "", "password1": PASSWORD, "password2": PASSWORD}
    assert "Nobody signs up here" in client.post(SIGN_UP, form).content.decode()
    assert User.objects.count() == 1
    sign_in(client)
    assert "_auth_user_id" in client.session


def test_a_suspended_person_reads_why(client: Client, reviewer: User) -> None:
    sign_in(client)
    User.objects.get(username="ada").suspend("Spam.", reviewer)
    answer = sign_in(Client())
    assert answer.status_code == 403
    assert "This account is suspended: Spam." in answer.content.decode()
