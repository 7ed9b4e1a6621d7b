"""Signing in without a password of this site: with a team's account, and with a passkey.

A browser's rules about forms and about keys can't be played."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.faults.conftest import new_server
from tests.oidc import CLIENT_ID, CLIENT_SECRET, Issuer
from tests.server import Server
from tests.upstream import Upstream

MAKE_MEMBER = "from chat.models import User; User.objects.create_user('grace', password='{}')"
PASSWORD = "a long and good one"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as issuer:
        yield issuer


@pytest.fixture
def team_server(model: Upstream, issuer: Issuer, tmp_path: Path) -> Iterator[Server]:
    oidc = {"OIDC_ISSUER": issuer.url, "OIDC_CLIENT_ID": CLIENT_ID, "OIDC_CLIENT_SECRET": CLIENT_SECRET}
    with new_server(tmp_path, model, OIDC_NAME="Example Ltd", **oidc) as server:
        yield server


def test_one_signs_in_with_the_teams_account(team_server: Server, window: BrowserContext) -> None:
    page = window.new_page()
    page.goto(f"{team_server.url}/accounts/login/")
    page.get_by_role("button", name="Sign in with Example Ltd").click()
    expect(page.get_by_role("link", name="ada", exact=True)).to_be_visible()
    assert page.url == f"{team_server.url}/chat/"


def test_a_passkey_is_added_and_opens_the_account(server: Server, window: BrowserContext) -> None:
    server.manage("shell", "-c", MAKE_MEMBER.format(PASSWORD))
    place = server.url.replace("127.0.0.1", "localhost")  # keys belong to a name, not to an address
    page = window.new_page()
    give_key(page)
    enter(page, place)
    page.goto(f"{place}/accounts/2fa/webauthn/add/")
    confirm(page)
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    window.clear_cookies()
    page.goto(f"{place}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("link", name="grace", exact=True)).to_be_visible()


def give_key(page: Page) -> None:
    """Plug a security key in that always says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


def enter(page: Page, place: str) -> None:
    page.goto(f"{place}/accounts/login/")
    page.get_by_label("Username or e-mail").fill("grace")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("link", name="grace", exact=True)).to_be_visible()


def confirm(page: Page) -> None:
    """Say the password again, as an account's settings ask."""
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button").last.click()
