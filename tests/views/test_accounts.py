"""Signing up, in and out; and guests, who chat before they do."""

import re
import uuid

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.accounts import GUEST_COOKIE
from chat.mail import html_of
from chat.models import Conversation, Message, User
from tests.races import at_once
from tests.visitor import words

NEW = reverse("chat:new")
SIGN_UP = reverse("account_signup")
SIGN_IN = reverse("account_login")
PASSWORD = "correct horse battery"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def guests_allowed(settings: Settings) -> None:
    settings.CHAT_GUESTS = True


def send(client: Client, key: uuid.UUID | None = None) -> None:
    client.post(NEW, {"text": "Hello", "key": key or uuid.uuid4()})


def visitor() -> Client:
    client = Client()
    assert client.get(NEW).status_code == 200
    return client


def sign_up(client: Client, username: str = "newcomer") -> None:
    form = {"username": username, "email": "n@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(SIGN_UP, form).status_code == 302


# Guests


def test_a_first_look_makes_no_user() -> None:
    client = visitor()
    assert client.cookies[GUEST_COOKIE]["httponly"]
    assert not User.objects.exists()


def test_the_first_message_makes_a_guest_and_signs_them_in() -> None:
    client = visitor()
    send(client)
    guest = User.objects.get()
    assert guest.is_guest
    assert not guest.has_usable_password()
    assert Conversation.objects.get().user == guest
    assert "Hello" in client.get(NEW).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_guest_and_one_turn() -> None:
    cookie = visitor().cookies[GUEST_COOKIE].value
    key = uuid.uuid4()

    def click() -> None:
        client = Client()
        client.cookies[GUEST_COOKIE] = cookie
        send(client, key)

    at_once(2, click)
    assert User.objects.count() == 1
    assert Message.objects.count() == 2


def test_a_guest_whose_session_has_run_out_comes_back_by_their_cookie() -> None:
    client = visitor()
    send(client)
    del client.cookies["sessionid"]
    assert client.get(Conversation.objects.get().get_absolute_url()).status_code == 200
    del client.cookies["sessionid"]
    assert "Hello" in client.get(NEW).content.decode()
    assert User.objects.count() == 1


def test_a_guest_who_was_shut_out_stays_out() -> None:
    client = visitor()
    send(client)
    User.objects.update(is_active=False)
    send(client)
    assert Conversation.objects.count() == 1
    assert client.get(Conversation.objects.get().get_absolute_url()).status_code == 302


@pytest.mark.parametrize("cookie", ["", "forged", "forged:signature"])
def test_a_forged_cookie_makes_nobody(cookie: str) -> None:
    client = Client()
    client.cookies[GUEST_COOKIE] = cookie
    send(client)
    assert not User.objects.exists()


def test_where_guests_are_not_allowed_a_visitor_is_asked_to_sign_in(settings: Settings) -> None:
    settings.CHAT_GUESTS = False
    client = Client()
    assert client.get(NEW).headers["Location"].startswith(SIGN_IN)
    send(client)
    assert not User.objects.exists()
    assert GUEST_COOKIE not in client.cookies


def test_one_guest_does_not_see_anothers_chats() -> None:
    first, second = visitor(), visitor()
    send(first)
    send(second)
    assert User.objects.count() == 2
    path = Conversation.objects.earliest("created").get_absolute_url()
    assert (first.get(path).status_code, second.get(path).status_code) == (200, 404)


def test_signing_up_keeps_the_guests_chats() -> None:
    client = visitor()
    send(client)
    sign_up(client)
    newcomer = User.objects.get()
    assert (newcomer.username, newcomer.is_guest) == ("newcomer", False)
    assert Conversation.objects.get().user == newcomer
    assert Message.objects.filter(role="user").get().author == newcomer
    assert client.get(Conversation.objects.get().get_absolute_url()).status_code == 200


def test_signing_in_keeps_the_guests_chats(owner: User) -> None:
    client = visitor()
    send(client)
    client.post(SIGN_IN, {"login": "owner", "password": "owner's secret"})
    assert list(User.objects.all()) == [owner]
    assert Conversation.objects.get().user == owner


def test_a_failed_sign_in_leaves_the_guest_alone(owner: User) -> None:
    client = visitor()
    send(client)
    client.post(SIGN_IN, {"login": "owner", "password": "wrong"})
    assert User.objects.count() == 2
    assert client.get(Conversation.objects.get().get_absolute_url()).status_code == 200


# Accounts


def test_one_signs_up_signs_out_and_signs_in_again() -> None:
    client = Client()
    sign_up(client)
    assert "newcomer" in client.get(NEW).content.decode()
    client.post(reverse("account_logout"))
    assert "newcomer" not in client.get(NEW).content.decode()
    client.post(SIGN_IN, {"login": "n@example.org", "password": PASSWORD})
    assert "newcomer" in client.get(NEW).content.decode()


def test_a_forgotten_password_is_reset_by_e_mail() -> None:
    client = Client()
    sign_up(client)
    client.post(reverse("account_logout"))
    mail.outbox.clear()
    client.post(reverse("account_reset_password"), {"email": "n@example.org"})
    assert "/accounts/password/reset/key/" in str(mail.outbox[0].body)


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_account_pages_wear_the_sites_frame(client: Client, name: str) -> None:
    html = client.get(reverse(name)).content.decode()
    assert 'class="sheet"' in html
    assert 'name="csrfmiddlewaretoken"' in html


@pytest.mark.parametrize("path", [SIGN_IN, SIGN_UP])
def test_whoever_is_signed_in_is_told_so_and_a_guest_may_still_sign_up(path: str, owner_client: Client) -> None:
    assert "You are signed in as owner." in owner_client.get(path).content.decode()
    guest = visitor()
    send(guest)
    assert 'name="csrfmiddlewaretoken"' in guest.get(path).content.decode()
    assert "You are signed in" not in guest.get(path).content.decode()


def test_whoever_tries_too_often_is_told_to_wait(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
    cache.clear()
    answers = [client.post(SIGN_IN, {"login": "nobody", "password": "wrong"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    html = answers[1].content.decode()
    assert "That was a little too often." in html
    assert "Try again" in html


# E-mails: text and HTML, written once


def sent_to(client: Client, address: str) -> EmailMultiAlternatives:
    mail.outbox.clear()
    client.post(reverse("account_reset_password"), {"email": address})
    message = mail.outbox[0]
    assert isinstance(message, EmailMultiAlternatives)
    return message


def test_every_e_mail_has_text_and_html_that_say_the_same(client: Client, owner: User) -> None:
    owner.email = "owner@example.org"
    owner.save()
    for address in (owner.email, "nobody@example.org"):
        message = sent_to(client, address)
        html, kind = message.alternatives[0]
        assert kind == "text/html"
        assert "http://testserver/accounts/" in str(message.body)
        said = str(message.body).replace("\n--\n", "\n").split()
        assert len(said) > 20
        assert [word for word in said if word not in words(str(html))] == []


def test_the_link_of_an_e_mail_is_its_button_and_works(client: Client, owner: User) -> None:
    owner.email = "owner@example.org"
    owner.save()
    html, _ = sent_to(client, owner.email).alternatives[0]
    found = re.search(r'class="button" href="http://testserver([^"]+)"', str(html))
    assert found
    assert "Change Password" in client.get(found[1], follow=True).content.decode()


def test_what_a_person_wrote_is_text_in_an_e_mail() -> None:
    html = html_of(
        "[ChatStream] Hello",
        "The account <b>evil.com</b> & http://evil.com/ y\n\nhttps://example.org/?a=1&b=2\n\n--\nhere",
    )
    assert "<h1>Hello</h1>" in html
    assert "&lt;b&gt;evil.com&lt;/b&gt; &amp; http://evil.com/ y" in html
    assert 'href="http' not in html.replace('href="https://example.org/', "")
    assert 'href="https://example.org/?a=1&amp;b=2"' in html
    assert "<footer>here</footer>" in html
