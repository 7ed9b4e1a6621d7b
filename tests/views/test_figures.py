"""The figures on the admin's index: who sees them, what they count, and where they lead."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.admin.figures import Figures, Period, Sums
from chat.models import Day, Feedback, Rubric, Tally, User, Verdict
from chat.models.figures import today
from chat.models.rubric import Subject
from tests.conftest import signed_in
from tests.contract.test_figures import answer, imported
from tests.roles import client_of, staff

INDEX = reverse("admin:index")
VERDICTS = {"Good": 0, "Bad": 2, "Unsure": 1}


@pytest.fixture
def reviewer_client(reviewer: User) -> Client:
    return signed_in(reviewer)


def figures(client: Client, **query: str) -> Figures:
    response = client.get(INDEX, query)
    assert response.status_code == 200
    found: Figures = response.context["figures"]
    return found


def page(client: Client, **query: str) -> str:
    return unescape(client.get(INDEX, query).content.decode())


@pytest.mark.parametrize("role", ["Reviewer", "Lead", "Operator"])
def test_each_role_sees_figures(db: None, role: str) -> None:
    assert "Chats and answers a day" in page(client_of(role))


def test_other_staff_see_djangos_index(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert 'class="figures"' not in page(client)


def test_nobody_else_sees_it(owner_client: Client) -> None:
    assert owner_client.get(INDEX).status_code == 302


def test_an_empty_site_has_nothing_to_show(reviewer_client: Client) -> None:
    assert "Nothing in these days." in page(reviewer_client)


@pytest.mark.parametrize(
    "query",
    [
        {"days": "31"},
        {"days": "x"},
        {"from": "x"},
        {"from": "2026-02-01", "to": "2026-01-01"},
        {"to": "2026-01-01"},
        {"from": "0001-01-01"},
    ],
)
def test_days_that_make_no_sense_are_the_default(reviewer_client: Client, query: dict[str, str]) -> None:
    found = figures(reviewer_client, **query)
    assert found.period.problem in page(reviewer_client, **query)
    assert found.period.problem
    assert found.period.length == 30


def test_each_list_is_as_long_as_its_figure(reviewer_client: Client, owner: User) -> None:
    now = timezone.now()
    for state, days in (("complete", 0), ("complete", 1), ("failed", 1), ("stopped", 6), ("complete", 7)):
        answer(owner, now - timedelta(days=days), state=state, longest_stall_ms=3_000 if days == 1 else None)
    brought = answer(owner, now - timedelta(days=1))
    brought.conversation.fork(brought.message, uuid4())
    imported(brought)
    for day in Day.objects.due():
        Day.objects.roll_up(day)
    charts = {chart.title: chart for chart in figures(reviewer_client, days="7").charts}
    assert {bar.label: bar.value for bar in charts["How answers ended"].bars} == {
        "Complete": 2,
        "Stopped": 1,
        "Failed": 1,
    }
    linked = [(bar.link, bar.value) for chart in charts.values() if hasattr(chart, "bars") for bar in chart.bars]
    assert {bar.value for bar in charts["Tokens and cost by model"].bars} == {440}
    for title in ("Chats and answers a day", "Stalls a day"):
        linked += [(link, value) for _, cells in charts[title].rows for value, link in cells]
    checked = 0
    for link, value in linked:
        if link and value != 440:
            assert reviewer_client.get(link).context["cl"].result_count == value
            checked += 1
    assert checked == 3 + 7 + 7 + 7 + 2 + 3  # endings, answers, chats and stalls in seven days, opinions of both


def test_a_persons_bar_leads_to_the_answers_it_is_made_of(reviewer_client: Client, owner: User, other: User) -> None:
    for user in (owner, owner, other):
        answer(user, timezone.now())
    charts = {chart.title: chart for chart in figures(reviewer_client).charts}
    links = {bar.label: bar.link for bar in charts["Tokens and cost by person"].bars}
    found = {name: reviewer_client.get(link).context["cl"].result_count for name, link in links.items()}
    assert found == {"owner": 2, "other": 1}


def test_what_users_and_reviewers_say_leads_to_who_said_it(
    reviewer_client: Client, reviewer: User, owner: User
) -> None:
    rubric = Rubric.objects.current(Subject.ANSWER)
    for value, overall in (("bad", "bad"), ("bad", "unsure"), ("good", "bad")):
        message = answer(owner, timezone.now()).message
        Feedback.objects.create(message=message, value=value)
        Verdict.objects.give(reviewer, message.conversation, message, rubric, overall)
    charts = {chart.title: chart for chart in figures(reviewer_client).charts}
    for title, expected in (("Feedback", {"Good answer": 1, "Bad answer": 2}), ("Verdicts", VERDICTS)):
        bars = charts[title].bars
        assert {bar.label: bar.value for bar in bars} == expected
        assert {bar.label: reviewer_client.get(bar.link).context["cl"].result_count for bar in bars} == expected
    others = {chart.title: chart for chart in figures(signed_in(staff("clerk", "Reviewer"))).charts}
    assert not any(bar.link for bar in others["Verdicts"].bars), "their list has their own alone"


def test_old_days_are_missing_until_they_are_counted(reviewer_client: Client, owner: User) -> None:
    now = timezone.now()
    for days in (0, 1, 2, 4):
        answer(owner, now - timedelta(days=days))
    oldest, latest = (now.astimezone(UTC).date() - timedelta(days=days) for days in (4, 2))

    def answers() -> list[float | None]:
        values: list[float | None] = figures(reviewer_client, days="7").charts[0].series[0].values
        return values

    assert answers() == [0, 0, None, 0, None, 1, 1]
    assert f"missing here: 2 days, from {oldest} to {latest}." in page(reviewer_client, days="7")
    for day in Day.objects.due():
        Day.objects.roll_up(day)
    assert answers() == [0, 0, 1, 0, 1, 1, 1]
    assert "missing here" not in page(reviewer_client, days="7")


def test_a_day_that_is_rolled_up_while_the_page_is_made_is_on_it(owner: User) -> None:
    yesterday = today() - timedelta(days=1)
    answer(owner, datetime.combine(yesterday, time(12), UTC), first_token_ms=300)
    looks: list[str] = []

    def roll_up_after_the_first_look(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if len(looks) == 1:
            looks.append("")
            assert Day.objects.roll_up(yesterday)
        if any(table in sql for table in (Day._meta.db_table, Tally._meta.db_table)):
            looks.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(roll_up_after_the_first_look):
        sums = Sums(Period(yesterday, yesterday))
    assert Day.objects.get(date=yesterday).counted
    assert (sums.total["answers"], sums.total["conversations"]) == (1, 1)
    assert sums.spread[yesterday, "wait"].total() == 1


def test_operators_see_no_names_where_they_may_not(db: None, owner: User) -> None:
    answer(owner, timezone.now())
    client = client_of("Operator")
    assert owner.username in page(client)  # who may see accounts
    Group.objects.get(name="Operator").permissions.filter(codename="view_user").delete()
    html = page(client)
    assert f"User {owner.pk}" in html
    assert "changelist" not in html
    assert not re.search(r'href="[^"]*/generation/\?', html)


def test_one_model_alone(reviewer_client: Client, owner: User) -> None:
    answer(owner, timezone.now())
    answer(owner, timezone.now() - timedelta(days=2), model="large")
    Day.objects.roll_up((timezone.now() - timedelta(days=2)).date())
    charts = {chart.title: chart for chart in figures(reviewer_client, model="large").charts}
    assert [(bar.label, bar.value) for bar in charts["Tokens and cost by model"].bars] == [("large", 110)]
    assert charts["How answers ended"].bars[0].value == 1


def test_what_waits_is_counted(reviewer_client: Client, owner: User) -> None:
    generation = answer(owner, datetime(2026, 3, 1, tzinfo=UTC))
    Feedback.objects.create(message=generation.message, value="bad")
    counts = {each["label"]: each["count"] for each in figures(reviewer_client).waiting}
    assert counts == {"Flagged": 0, "With a bad answer": 1, "Waiting for review": 1}
