"""Saved views: one's own, and what others share; named, changed and deleted in the admin."""

import pytest
from django.urls import reverse

from chat.models import SavedView, User
from tests.conftest import signed_in
from tests.roles import staff
from tests.views.test_queue import LIST

pytestmark = pytest.mark.django_db

ADD = "/admin/chat/savedview/add/"


@pytest.fixture
def anna(db: None) -> User:
    return staff("anna", "Reviewer")


@pytest.fixture
def ben(db: None) -> User:
    return staff("ben", "Reviewer")


@pytest.fixture
def view(anna: User) -> SavedView:
    return SavedView.objects.create(owner=anna, name="Slow ones", query="first_words=5")


def page_of(view: SavedView, action: str = "change") -> str:
    return reverse(f"admin:chat_savedview_{action}", args=[view.pk])


def test_the_list_offers_the_views_everybody_has(anna: User) -> None:
    html = signed_in(anna).get(LIST).content.decode()
    for name in ("Waiting", "Bad answers", "Failures", "Flagged", "Mine"):
        assert f">{name}</a>" in html
    assert "Save this view" not in html  # of everything


def test_filters_are_saved_under_a_name(anna: User) -> None:
    client = signed_in(anna)
    html = client.get(LIST, {"length": "more", "feedback": "bad", "p": "1"}).content.decode()
    assert f"{ADD}?query=feedback%3Dbad%26length%3Dmore" in html
    form = client.get(ADD, {"query": "feedback=bad&length=more"}).content.decode()
    assert 'value="feedback=bad&amp;length=more"' in form
    answer = client.post(ADD, {"name": "Long and bad", "query": "?length=more&feedback=bad&p=3", "is_shared": ""})
    assert answer.headers["Location"] == f"{LIST}?feedback=bad&length=more"
    view = SavedView.objects.get()
    assert (view.owner, view.query, view.is_shared) == (anna, "feedback=bad&length=more", False)
    there = client.get(answer.headers["Location"]).content.decode()
    assert '>Long and bad</a> <a class="edit"' in there
    assert "Save this view" not in there


def test_a_name_is_taken_once(anna: User, view: SavedView) -> None:
    page = signed_in(anna).post(ADD, {"name": "Slow ones", "query": "stall=2"})
    assert "You have a view of this name already." in page.content.decode()
    assert 'value="stall=2"' in page.content.decode()  # nothing is lost
    assert SavedView.objects.count() == 1


def test_two_people_may_use_one_name(ben: User, view: SavedView) -> None:
    signed_in(ben).post(ADD, {"name": "Slow ones", "query": "stall=2"})
    assert SavedView.objects.filter(owner=ben, name="Slow ones").exists()


def test_others_see_it_when_it_is_shared_and_cant_change_it(anna: User, ben: User, view: SavedView) -> None:
    client = signed_in(ben)
    assert "Slow ones" not in client.get(LIST).content.decode()
    assert client.get(page_of(view)).status_code == 302  # there is none
    signed_in(anna).post(page_of(view), {"name": "Slow ones", "query": "first_words=5", "is_shared": "on"})
    assert "Slow ones" in client.get(LIST).content.decode()
    assert "Edit" not in client.get(LIST, {"first_words": "5"}).content.decode()
    assert client.get(page_of(view)).status_code == 200
    assert client.post(page_of(view), {"name": "Mine now", "query": ""}).status_code == 403
    assert client.post(page_of(view, "delete"), {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": view.pk, "post": "yes"}
    client.post(reverse("admin:chat_savedview_changelist"), data)
    assert SavedView.objects.get().name == "Slow ones"


def test_its_owner_renames_and_deletes_it(anna: User, view: SavedView) -> None:
    client = signed_in(anna)
    client.post(page_of(view), {"name": "Slower", "query": "first_words=15"})
    assert SavedView.objects.get().name == "Slower"
    client.post(page_of(view, "delete"), {"post": "yes"})
    assert not SavedView.objects.exists()


UNKNOWN = {
    "ending": "complete",
    "review": "",
    "persona": "999",
    "sample": "soon",
    "user__id__exact": "999999",
    "until": "yesterday",
}


@pytest.mark.parametrize(("name", "value"), UNKNOWN.items())
def test_a_value_that_is_no_choice_is_told(anna: User, name: str, value: str) -> None:
    client = signed_in(anna)
    page = client.get(LIST, {name: value, "feedback": "bad"})
    assert f"“{value}” is no choice of the filter “" in page.content.decode()
    assert "So nothing is listed." in page.content.decode()
    assert not page.context["cl"].result_list
    refused = client.post(ADD, {"name": "Odd ones", "query": f"feedback=bad&{name}={value}"}).content.decode()
    assert f"“{value}” is no choice of the filter “" in refused
    assert f"{name}={value}" in refused
    assert not SavedView.objects.exists()


def test_values_that_are_choices_are_told_nothing(anna: User) -> None:
    query = {"ending": "failed", "user__id__exact": str(anna.pk), "until": "2026-01-01", "model": "gone", "q": "sky"}
    assert "is no choice of" not in signed_in(anna).get(LIST, query).content.decode()
    signed_in(anna).post(ADD, {"name": "Known", "query": "&".join(f"{name}={value}" for name, value in query.items())})
    assert SavedView.objects.get().name == "Known"
