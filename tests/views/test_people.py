"""Who is made what: operators look after people who are not on the staff; names and roles are given by superusers."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db.models.signals import pre_delete
from django.test import Client, RequestFactory
from django.urls import reverse

from chat.models import Conversation, LegalHold, Turn, User
from tests.conftest import begin, signed_in
from tests.races import at_once
from tests.roles import client_of, person

pytestmark = pytest.mark.django_db

LIST = reverse("admin:chat_user_changelist")


@pytest.fixture
def operating(db: None) -> Client:
    return client_of("Operator")


def page_of(user: User, page: str = "change") -> str:
    return reverse(f"admin:chat_user_{page}", args=[user.pk])


def forged(user: User) -> dict[str, object]:
    """What a page that gives roles would send."""
    make = {"is_staff": "on", "is_superuser": "on", "groups": [Group.objects.get(name="Lead").pk]}
    sent = {"username": "new", "first_name": "New", "last_name": "Newer", "email": "new@example.org"}
    return {**sent, "is_active": "on", "password": "!", **make}


NOT_THEIRS = (
    *("is_staff", "is_superuser", "groups", "user_permissions", "password", "is_active"),
    *("username", "email", "first_name", "last_name"),
)


def test_operators_see_people_and_give_them_nothing(operating: Client, owner: User) -> None:
    html = operating.get(page_of(owner)).content.decode()
    for field in NOT_THEIRS:
        assert f'name="{field}"' not in html
    assert operating.post(page_of(owner), forged(owner)).status_code == 302  # the form was taken
    owner.refresh_from_db()
    assert (owner.username, owner.email) == ("owner", "")  # by which a new password would be sent
    assert (owner.first_name, owner.last_name) == ("", "")
    assert (owner.is_staff, owner.is_superuser, owner.groups.count()) == (False, False, 0)
    assert owner.check_password("owner's secret")


@pytest.mark.parametrize("role", ["Lead", "Operator", "staff", "superuser"])
def test_operators_do_not_find_the_staff(operating: Client, owner: User, role: str) -> None:
    somebody = person(role) if role != "Operator" else User.objects.get(username="operator")
    assert somebody
    html = operating.get(LIST).content.decode()
    assert page_of(owner) in html
    assert page_of(somebody) not in html
    assert operating.get(page_of(somebody)).status_code == 302  # as for nobody
    operating.post(page_of(somebody), forged(somebody))
    somebody.refresh_from_db()
    assert somebody.first_name == ""


def test_only_superusers_set_passwords_and_roles(operating: Client, reviewer: User, owner: User) -> None:
    path = reverse("admin:auth_user_password_change", args=[owner.pk])
    new = {"usable_password": "true", "password1": "another secret", "password2": "another secret"}
    assert operating.post(path, new).status_code == 403
    root = signed_in(reviewer)
    assert root.post(path, {**new, "set-password": "1"}).status_code == 302
    assert root.post(page_of(owner), {**forged(owner), "date_joined_0": "2026-01-01", "date_joined_1": "12:00"})
    owner.refresh_from_db()
    assert owner.check_password("another secret")
    assert (owner.username, owner.email) == ("new", "new@example.org")
    assert owner.is_staff
    assert [group.name for group in owner.groups.all()] == ["Lead"]


@pytest.mark.parametrize(
    "query",
    [
        "conversations__title__startswith=W",
        "messages__text__contains=sky",
        "conversations__messages__text__contains=sky",
        "is_superuser__exact=1",
        "groups__name=Lead",
        "password__startswith=m",
    ],
)
def test_operators_ask_no_list_for_what_they_may_not_see(operating: Client, turn: Turn, query: str) -> None:
    assert operating.get(f"{LIST}?email=").status_code == 200
    assert operating.get(f"{LIST}?{query}").status_code == 400


@pytest.mark.parametrize(
    "source",
    [
        "app_label=chat&model_name=message&field_name=conversation",
        "app_label=chat&model_name=flag&field_name=conversation",
    ],
)
def test_no_title_is_completed_for_operators(operating: Client, turn: Turn, source: str) -> None:
    assert operating.get(f"{reverse('admin:autocomplete')}?term=Why&{source}").status_code == 403


def test_no_title_is_completed_past_the_read_log(turn: Turn, reviewer: User) -> None:
    source = "app_label=chat&model_name=message&field_name=conversation"
    for client in (client_of("Lead"), signed_in(reviewer)):
        assert client.get(f"{reverse('admin:autocomplete')}?term=Why&{source}").status_code == 403


# Deleting


def deletion(client: Client, path: str) -> str:
    """Ask, confirm and return what the confirmation said and what was said afterwards."""
    asked = client.get(path).content.decode()
    return asked + client.post(path, {"post": "yes"}, follow=True).content.decode()


def test_what_goes_with_a_person_is_counted_not_quoted(reviewer: User, turn: Turn, owner: User) -> None:
    said = deletion(signed_in(reviewer), page_of(owner, "delete"))
    assert "Conversations: 1" in said
    assert "Messages: 2" in said
    assert "sky" not in said
    assert not User.objects.filter(pk=owner.pk).exists()


def test_a_conversations_deletion_is_logged_without_its_title(reviewer: User, turn: Turn) -> None:
    pk = turn.question.conversation_id
    path = reverse("admin:chat_conversation_delete", args=[pk])
    client = signed_in(reviewer)
    assert "Messages: 2" in client.get(path).content.decode()
    after = client.post(path, {"post": "yes"}, follow=True).content.decode()
    assert f"Conversation {pk}” was deleted" in after.replace("&quot;", "”")
    assert "sky" not in after
    assert LogEntry.objects.get().object_repr == f"Conversation {pk}"
    assert not Conversation.objects.exists()


def test_what_is_logged_of_a_conversation_names_no_title(turn: Turn, rf: RequestFactory) -> None:
    lead, request = person("Lead"), rf.get("/admin/")
    assert lead
    request.user = lead
    admin.site.get_model_admin(Conversation).log_change(request, turn.question.conversation, "Judged.")
    lead.groups.set([Group.objects.get(name="Operator")])
    html = signed_in(lead).get(reverse("admin:index")).content.decode()
    assert f"Conversation {turn.question.conversation_id}" in html
    assert "sky" not in html


def test_several_are_deleted_and_logged_alike(reviewer: User, turn: Turn) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [str(turn.question.conversation_id)], "post": "yes"}
    assert signed_in(reviewer).post(reverse("admin:chat_conversation_changelist"), chosen).status_code == 302
    assert "sky" not in LogEntry.objects.get().object_repr
    assert not Conversation.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_action", [False, True])
def test_each_chat_of_a_person_goes_by_itself(reviewer: User, owner: User, is_action: bool) -> None:
    """Or all who write at that time would wait for all of them."""
    for number in range(3):
        begin(owner, f"Question {number}")
    left: list[int] = []

    def look(**kwargs: Any) -> None:
        left.extend(at_once(1, Conversation.objects.count))  # as others see it

    pre_delete.connect(look, sender=Conversation)
    try:
        chosen = {"action": "delete_selected", "_selected_action": [str(owner.pk)]} if is_action else {}
        path = LIST if is_action else page_of(owner, "delete")
        assert signed_in(reviewer).post(path, {**chosen, "post": "yes"}).status_code == 302
    finally:
        pre_delete.disconnect(look, sender=Conversation)
    assert left == [3, 2, 1]
    assert LogEntry.objects.get().object_repr == "owner"
    assert not User.objects.filter(pk=owner.pk).exists()


@pytest.mark.parametrize("model", ["conversation", "user"])
def test_what_is_held_is_not_deleted_here(reviewer: User, turn: Turn, owner: User, model: str) -> None:
    LegalHold.objects.lay(reviewer, "A case", user=owner)
    client = signed_in(reviewer)
    pk = owner.pk if model == "user" else turn.question.conversation_id
    said = deletion(client, reverse(f"admin:chat_{model}_delete", args=[pk]))
    assert "is under a legal hold" in said
    chosen = {"action": "delete_selected", "_selected_action": [str(pk)], "post": "yes"}
    assert "is under a legal hold" in client.post(reverse(f"admin:chat_{model}_changelist"), chosen).content.decode()
    assert Conversation.objects.filter(user=owner).exists()
    assert not LogEntry.objects.exists()
