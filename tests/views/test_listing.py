"""The list of chats: grouped by the reader's days, with what is being written marked."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from chat.listing import by_day, title_of, zone_of
from chat.models import Conversation, User
from tests.conftest import begin

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("day", "title"),
    [
        (date(2026, 3, 3), "Today"),  # a clock that is ahead
        (date(2026, 3, 2), "Today"),
        (date(2026, 3, 1), "Yesterday"),
        (date(2026, 2, 28), "Previous 7 days"),
        (date(2026, 2, 23), "Previous 7 days"),
        (date(2026, 2, 22), "February"),
        (date(2026, 1, 1), "January"),
        (date(2025, 12, 31), "December 2025"),
        (date(2025, 3, 2), "March 2025"),
    ],
)
def test_a_day_has_the_name_a_reader_gives_it(day: date, title: str) -> None:
    assert title_of(day, TODAY) == title


def test_chats_are_grouped_by_the_readers_day(owner: User) -> None:
    begin(owner, "Now")
    begin(owner, "Long ago")
    Conversation.objects.filter(title="Long ago").update(updated=datetime(2020, 6, 30, 23, 30, tzinfo=UTC))
    listed = Conversation.objects.of(owner)
    assert [(day.title, [each.title for each in day.conversations]) for day in by_day(listed, UTC)] == [
        ("Today", ["Now"]),
        ("June 2020", ["Long ago"]),
    ]
    assert [day.title for day in by_day(listed, ZoneInfo("Europe/Berlin"))] == ["Today", "July 2020"]


@pytest.mark.parametrize("cookie", ["", "Nowhere/Nothing", "../../etc/passwd", "Europe", "/etc/localtime", "x" * 5000])
def test_a_time_zone_that_is_none_counts_as_not_told(cookie: str) -> None:
    request = RequestFactory().get("/")
    assert zone_of(request) == timezone.get_default_timezone()
    request.COOKIES["timezone"] = cookie
    assert zone_of(request) == timezone.get_default_timezone()


def test_times_are_shown_in_the_readers_zone(owner_client: Client, owner: User) -> None:
    turn = begin(owner)
    turn.question.created = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    turn.question.save()
    page = turn.question.conversation.get_absolute_url()
    assert "2 Mar 2026, 23:30" in owner_client.get(page).content.decode()
    owner_client.cookies["timezone"] = "Asia/Tokyo"
    assert "3 Mar 2026, 08:30" in owner_client.get(page).content.decode()


def test_a_chat_that_is_being_answered_is_marked_and_no_other(owner_client: Client, owner: User) -> None:
    for title in ("Done", "Running"):
        begin(owner, title)
    done = Conversation.objects.get(title="Done")
    done.generations.update(state="complete")
    done.updated = timezone.now() - timedelta(days=1)
    done.save()
    html = owner_client.get(reverse("chat:new")).content.decode()
    assert re.findall(r">(\w+)</a><span class=\"writing\">", html) == ["Running"]
