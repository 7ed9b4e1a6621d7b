"""Personas: a page for one's own, everybody's for staff, and both for whoever begins a chat."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Persona, User
from chat.persona_forms import MOST_PERSONAS
from tests.conftest import signed_in
from tests.races import at_once

PAGE = reverse("chat:personas")

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(owner: User) -> Persona:
    return Persona.objects.create(owner=owner, name="Pirate", prompt="Talk like a pirate.")


def add(client: Client, name: str = "Pirate", prompt: str = "Talk like a pirate.") -> HttpResponse:
    return client.post(PAGE, {"name": name, "prompt": prompt})  # type: ignore[return-value]


def url_of(persona: Persona, name: str = "persona") -> str:
    return reverse(f"chat:{name}", args=[persona.pk])


def names(user: User) -> list[str]:
    return list(user.personas.values_list("name", flat=True))


# The page


def test_one_is_added_and_listed(owner_client: Client, owner: User) -> None:
    assert add(owner_client, prompt="Talk like\r\na pirate.").status_code == 303
    assert owner.personas.get().prompt == "Talk like\na pirate."
    html = owner_client.get(PAGE).content.decode()
    assert "“Pirate” is kept." in html
    assert url_of(owner.personas.get()) in html


def test_everybodys_are_shown_and_can_not_be_changed(owner_client: Client) -> None:
    Persona.objects.filter(owner=None).delete()
    everybodys = Persona.objects.create(name="Sage", prompt="Be <wise>.")
    html = owner_client.get(PAGE).content.decode()
    assert "Sage" in html
    assert "Be &lt;wise&gt;." in html
    assert url_of(everybodys) not in html
    assert owner_client.get(url_of(everybodys)).status_code == 404
    assert owner_client.post(url_of(everybodys), {"name": "x", "prompt": "x"}).status_code == 404
    assert owner_client.post(url_of(everybodys, "delete_persona")).status_code == 404
    assert Persona.objects.get(pk=everybodys.pk).name == "Sage"


@pytest.mark.parametrize(
    ("name", "prompt", "sentence"),
    [
        ("", "Something", "Give it a name."),
        ("Something", " ", "Write what it should be like."),
        ("Pirate", "Something", "There is a persona of this name already."),
        ("x" * 81, "Something", "at most 80 characters"),
        ("Something", "x" * 21, "These instructions have 21 characters; at most 20 fit."),
    ],
)
def test_what_can_not_be_kept_is_explained_and_not_lost(
    owner_client: Client, owner: User, mine: Persona, settings: Settings, name: str, prompt: str, sentence: str
) -> None:
    settings.CHAT_MAX_SYSTEM_PROMPT_CHARACTERS = 20
    response = add(owner_client, name, prompt)
    html = response.content.decode()
    assert response.status_code == 400
    assert sentence in html
    assert name in html
    assert prompt in html
    assert names(owner) == ["Pirate"]


def test_one_may_have_many_but_not_any_number(owner_client: Client, owner: User) -> None:
    Persona.objects.bulk_create(
        Persona(owner=owner, name=f"Number {number}", prompt="x") for number in range(MOST_PERSONAS)
    )
    response = add(owner_client)
    assert (response.status_code, owner.personas.count()) == (400, MOST_PERSONAS)
    assert "Delete one first." in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_same_one_from_two_tabs_at_once_is_one(owner: User) -> None:
    statuses = at_once(2, lambda: add(signed_in(owner)).status_code)
    assert sorted(statuses) == [303, 400]
    assert names(owner) == ["Pirate"]


def test_one_is_changed(owner_client: Client, mine: Persona) -> None:
    assert "Talk like a pirate." in owner_client.get(url_of(mine)).content.decode()
    assert owner_client.post(url_of(mine), {"name": "Pirate", "prompt": "Arr."}).status_code == 303
    mine.refresh_from_db()
    assert mine.prompt == "Arr."


def test_a_change_that_can_not_be_kept_is_explained(owner_client: Client, owner: User, mine: Persona) -> None:
    Persona.objects.create(owner=owner, name="Sage", prompt="Be wise.")
    response = owner_client.post(url_of(mine), {"name": "Sage", "prompt": "Arr."})
    assert response.status_code == 400
    assert "There is a persona of this name already." in response.content.decode()
    mine.refresh_from_db()
    assert mine.name == "Pirate"


def test_one_is_deleted_and_chats_keep_its_words(owner_client: Client, owner: User, mine: Persona) -> None:
    chat = Conversation.objects.create(user=owner, title="Ahoy", persona=mine, system_prompt=mine.prompt)
    assert owner_client.post(url_of(mine, "delete_persona")).status_code == 303
    chat = Conversation.objects.get(pk=chat.pk)
    assert (chat.persona_name, chat.instructions) == ("Own instructions", "Talk like a pirate.")
    assert owner_client.post(url_of(mine, "delete_persona")).status_code == 404


def test_deleting_takes_a_post(owner_client: Client, mine: Persona) -> None:
    assert owner_client.get(url_of(mine, "delete_persona")).status_code == 405
    assert Persona.objects.filter(pk=mine.pk).exists()


def test_anothers_are_not_seen_nor_touched(other_client: Client, mine: Persona) -> None:
    assert "Pirate" not in other_client.get(PAGE).content.decode()
    assert other_client.get(url_of(mine)).status_code == 404
    assert other_client.post(url_of(mine), {"name": "Mine now", "prompt": "x"}).status_code == 404
    assert other_client.post(url_of(mine, "delete_persona")).status_code == 404
    mine.refresh_from_db()
    assert mine.name == "Pirate"


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    assert add(client).status_code == 302


def test_a_guest_has_some_too_and_takes_them_along(owner: User, mine: Persona) -> None:
    guest = User.objects.for_guest("a key")
    assert add(signed_in(guest), prompt="Another pirate.").status_code == 303
    assert add(signed_in(guest), "Pirate (2)").status_code == 303
    assert add(signed_in(guest), "Sage").status_code == 303
    chat = Conversation.objects.create(user=guest, title="Ahoy", persona=guest.personas.get(name="Pirate"))
    owner.adopt(guest)
    assert names(owner) == ["Pirate", "Pirate (2)", "Pirate (2) (2)", "Sage"]
    assert owner.personas.get(name="Pirate").prompt == "Talk like a pirate."
    chat = Conversation.objects.get(pk=chat.pk)
    assert chat.persona
    assert (chat.persona.name, chat.persona.owner) == ("Pirate (2)", owner)


def test_a_long_name_is_cut_for_its_number(owner: User) -> None:
    guest = User.objects.for_guest("a key")
    for user in (owner, guest):
        Persona.objects.create(owner=user, name="x" * 80, prompt="x")
    owner.adopt(guest)
    assert names(owner) == ["x" * 76 + " (2)", "x" * 80]


# Everybody's


def test_the_first_three_come_with_the_site_and_replace_nothing(transactional_db: None) -> None:
    migration = import_module("chat.migrations.0005_personas")
    Persona.objects.all().delete()
    Persona.objects.create(name="The dude", prompt="The site's own dude.")
    with connection.schema_editor() as editor:
        migration.add_personas(apps, editor)
        migration.add_personas(apps, editor)
    personas = {persona.name: persona for persona in Persona.objects.filter(owner=None)}
    assert len(personas) == 3
    assert personas["The dude"].prompt == "The site's own dude."
    assert "DVD commentary" in migration.PERSONAS["The dude"]


def test_staff_keep_everybodys_and_see_nobodys_own(reviewer: User, mine: Persona) -> None:
    Persona.objects.filter(owner=None).delete()
    staff = signed_in(reviewer)
    adding = reverse("admin:chat_persona_add")
    assert staff.post(adding, {"name": "Pirate", "prompt": "Arr."}).status_code == 302
    everybodys = Persona.objects.get(owner=None)
    again = staff.post(adding, {"name": "Pirate", "prompt": "Arr."})
    assert "There is a persona of this name already." in again.content.decode()
    change = reverse("admin:chat_persona_change", args=[everybodys.pk])
    assert staff.post(change, {"name": "Pirate", "prompt": "Ahoy."}).status_code == 302
    assert Persona.objects.get(owner=None).prompt == "Ahoy."
    assert "1 persona" in staff.get(reverse("admin:chat_persona_changelist")).content.decode()
    assert staff.get(reverse("admin:chat_persona_change", args=[mine.pk])).status_code == 302  # there is none


def test_who_is_no_staff_keeps_none_of_everybodys(owner_client: Client) -> None:
    assert owner_client.post(reverse("admin:chat_persona_add"), {"name": "x", "prompt": "x"}).status_code == 302
    assert not Persona.objects.filter(name="x").exists()
