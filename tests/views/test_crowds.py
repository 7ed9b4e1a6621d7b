"""Too many attempts, too many guests, too many messages from one address: each is told to wait, and loses nothing."""

import uuid
from typing import Any

import pytest
from django.conf import settings as site
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Message, User
from tests.conftest import signed_in

NEW = reverse("chat:new")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def guests_allowed(settings: Settings) -> None:
    settings.CHAT_GUESTS = True


def limit(settings: Settings, **rates: str | None) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**site.ACCOUNT_RATE_LIMITS, **rates}


def visitor() -> Client:
    client = Client()
    client.get(NEW)
    return client


def send(client: Client, path: str = NEW, **more: Any) -> Any:
    return client.post(path, {"text": "What I wrote", "key": str(uuid.uuid4())}, **more)


@pytest.mark.parametrize(
    ("name", "form", "tries"),
    [
        ("account_login", {"login": "nobody", "password": "wrong"}, 30),
        ("account_signup", {"username": "", "password1": "x"}, 20),
        ("account_reset_password", {"email": "somebody@example.org"}, 5),
    ],
)
def test_the_forms_of_accounts_count_as_they_are_set(name: str, form: dict[str, str], tries: int) -> None:
    client = Client()
    for _ in range(tries):
        assert client.post(reverse(name), form).status_code != 429
    refused = client.post(reverse(name), form)
    assert refused.status_code == 429
    assert "That was a little too often." in refused.content.decode()


def test_one_account_is_not_guessed_at_from_many_addresses(owner: User) -> None:
    wrong = {"login": "owner", "password": "wrong"}
    for number in range(5):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(reverse("account_login"), wrong)
    right = {"login": "owner", "password": "owner's secret"}
    answer = Client(REMOTE_ADDR="192.0.2.99").post(reverse("account_login"), right)
    assert answer.status_code == 200  # the form again, and why
    assert "Too many failed login attempts" in answer.content.decode()
    assert not mail.outbox


def test_so_many_new_guests_come_from_one_address(settings: Settings) -> None:
    limit(settings, new_guest="2/h/ip")
    assert [send(visitor()).status_code for _ in range(2)] == [303, 303]
    refused = send(visitor())
    html = refused.content.decode()
    assert refused.status_code == 429
    assert "a lot of writing from your network" in html
    assert "What I wrote</textarea>" in html
    assert User.objects.count() == 2
    elsewhere = Client(REMOTE_ADDR="192.0.2.1")
    elsewhere.get(NEW)
    assert send(elsewhere).status_code == 303


def test_a_guest_who_is_there_already_is_not_a_new_one(settings: Settings) -> None:
    limit(settings, new_guest="1/h/ip")
    client = visitor()
    assert [send(client).status_code for _ in range(2)] == [303, 303]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_guests_write_only_so_fast(settings: Settings, headers: dict[str, str]) -> None:
    limit(settings, guest_message="1/m/ip")
    client = visitor()
    send(client)
    chat = Conversation.objects.get()
    answer, question = chat.messages.get(role="assistant"), chat.messages.get(role="user")
    Message.objects.get(pk=answer.pk).generations.get().request_stop()
    paths = [NEW, reverse("chat:send", args=[chat.pk]), reverse("chat:edit", args=[question.pk])]
    paths += [reverse(f"chat:{name}", args=[answer.pk]) for name in ("regenerate", "continue")]
    # The first message made the guest, who counts from the next one on.
    assert [send(client, path, headers=headers).status_code for path in paths][1:] == [429] * 4
    cache.clear()
    assert send(client, paths[1], headers=headers).status_code in (200, 303)


def test_members_write_as_fast_as_they_like(settings: Settings, owner: User) -> None:
    limit(settings, guest_message="1/m/ip", new_guest="1/h/ip")
    client = signed_in(owner)
    assert [send(client).status_code for _ in range(3)] == [303] * 3


def test_nothing_is_counted_where_the_operator_wishes_no_limit(settings: Settings) -> None:
    limit(settings, new_guest=None, guest_message=None)
    assert {send(visitor()).status_code for _ in range(5)} == {303}


@pytest.mark.parametrize(("proxies", "statuses"), [(1, [303, 303]), (0, [303, 429])])
def test_the_address_is_the_one_the_trusted_proxies_saw(settings: Settings, proxies: int, statuses: list[int]) -> None:
    limit(settings, new_guest="1/h/ip")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    got = []
    for number in range(2):
        client = Client(headers={"X-Forwarded-For": f"203.0.113.66, 192.0.2.{number}"})
        client.get(NEW)
        got.append(send(client).status_code)
    assert got == statuses


def test_a_password_of_any_length_is_not_hashed(owner: User) -> None:
    endless = "x" * 1_001
    answer = Client().post(reverse("account_login"), {"login": "owner", "password": endless})
    assert "at most 1000 characters" in answer.content.decode()
    form = {"username": "newcomer", "email": "", "password1": endless, "password2": endless}
    assert "at most 1000 characters" in Client().post(reverse("account_signup"), form).content.decode()
