"""What the operator says stands above the chat and the way in, in its time, and costs a page one query."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat.models import Announcement, Share, Turn, User
from tests.conftest import signed_in
from tests.roles import client_of
from tests.views.test_chat import end

pytestmark = pytest.mark.django_db

PAGES = ["/chat/", "/chats/", "/personas/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
LIST = reverse("admin:chat_announcement_changelist")
ADD = reverse("admin:chat_announcement_add")


def announce(text: str = "Down at noon", **values: object) -> Announcement:
    return Announcement.objects.create(text=text, **values)


def read(client: Client, path: str = "/chat/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_it_stands_above_the_chat_and_the_way_in(owner_client: Client, client: Client, path: str) -> None:
    reader = client if path.startswith("/accounts/") else owner_client
    assert "nnouncement" not in read(reader, path)
    announcement = announce()
    html = read(reader, path)
    assert html.count("Down at noon") == 1
    assert '<section class="announcements" aria-label="Announcements">' in html
    assert f'data-announcement="{announcement.pk}" data-level="note"' in html
    assert "js/announcement" in html


def test_a_conversation_has_it_too(owner_client: Client, turn: Turn) -> None:
    announce()
    assert "Down at noon" in read(owner_client, turn.question.conversation.get_absolute_url())


def test_what_others_see_by_a_link_and_the_admin_do_not(client: Client, reviewer: User, turn: Turn) -> None:
    end(turn)
    announce()
    share = Share.objects.make(turn.question.conversation)
    assert "Down at noon" not in read(client, share.get_absolute_url())
    assert "Down at noon" not in read(signed_in(reviewer), "/admin/")


@pytest.mark.parametrize(
    ("since", "until", "is_shown"),
    [(-1, None, True), (-1, 1, True), (1, None, False), (1, 2, False), (-2, -1, False)],
)
def test_it_is_shown_in_its_time_alone(owner_client: Client, since: int, until: int | None, is_shown: bool) -> None:
    now = timezone.now()
    end_of_it = None if until is None else now + timedelta(hours=until)
    announcement = announce(since=now + timedelta(hours=since), until=end_of_it)
    assert announcement.is_current == is_shown
    assert ("Down at noon" in read(owner_client)) == is_shown


def test_a_warning_says_so_to_every_sense(owner_client: Client) -> None:
    announce(level="warning")
    html = read(owner_client)
    assert 'data-level="warning"' in html
    assert "Warning: " in html


def test_nothing_in_it_is_markup_but_addresses_are_links(owner_client: Client) -> None:
    announce('<script>alert(1)</script> <b>See</b> https://status.example.org/?a=1&b="2')
    html = read(owner_client)
    assert "<script>alert" not in html
    assert "<b>See" not in html
    assert '<a href="https://status.example.org/?a=1&amp;b=' in html


def test_the_latest_three_are_shown(owner_client: Client) -> None:
    for number in range(5):
        announce(f"Number {number}", since=timezone.now() - timedelta(hours=number + 1))
    html = read(owner_client)
    assert [number for number in range(5) if f"Number {number}" in html] == [0, 1, 2]


def test_it_costs_one_query(owner_client: Client) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            read(owner_client)
        return [query["sql"] for query in captured if "chat_announcement" in query["sql"]]

    read(owner_client)
    assert len(queries()) == 1
    announce()
    announce("Another")
    assert len(queries()) == 1


def test_a_fragment_asks_for_none(owner_client: Client, turn: Turn) -> None:
    announce()
    with CaptureQueriesContext(connection) as captured:
        html = owner_client.get(reverse("chat:list"), headers={"HX-Request": "true"}).content.decode()
    assert "Down at noon" not in html
    assert not [query for query in captured if "chat_announcement" in query["sql"]]


# In the admin


@pytest.fixture
def operator(db: None) -> Client:
    return client_of("Operator")


FORM = {"text": "Down at noon", "level": "warning", "since_0": "2026-01-01", "since_1": "00:00"}


def test_operators_make_change_and_take_it_away(operator: Client, owner_client: Client) -> None:
    assert operator.post(ADD, {**FORM, "until_0": "", "until_1": ""}).status_code == 302
    announcement = Announcement.objects.get()
    assert "Down at noon" in read(owner_client)
    assert "icon-yes" in read(operator, LIST)
    change = reverse("admin:chat_announcement_change", args=[announcement.pk])
    assert operator.post(change, {**FORM, "text": "Up again"}).status_code == 302
    assert "Up again" in read(owner_client)
    operator.post(reverse("admin:chat_announcement_delete", args=[announcement.pk]), {"post": "yes"})
    assert "Up again" not in read(owner_client)


def test_one_that_would_be_over_before_it_begins_is_refused(operator: Client) -> None:
    response = operator.post(ADD, {**FORM, "until_0": "2025-12-31", "until_1": "00:00"})
    assert "It would be over before it begins." in response.content.decode()
    assert operator.post(ADD, {**FORM, "text": "x" * 501}).status_code == 200
    assert not Announcement.objects.exists()


def test_reviewers_and_users_make_none(owner_client: Client, operator: Client) -> None:
    user = User.objects.create_user("reviewing", is_staff=True)
    user.groups.set([user.groups.model.objects.get(name="Reviewer")])
    assert signed_in(user).post(ADD, FORM).status_code == 403
    assert owner_client.post(ADD, FORM).headers["Location"].startswith("/admin/login/")
    assert not Announcement.objects.exists()
