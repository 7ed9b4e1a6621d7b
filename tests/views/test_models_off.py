"""A model that an operator has switched off is offered to nobody and asked by nobody."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Ending, Generation, Turn, User, WithdrawnModel
from chat.models.chunk import Row
from chat.models.generation import State
from chat.streaming import upstream
from chat.streaming.titles import untitled_after
from tests.conftest import signed_in
from tests.roles import staff

NEW = reverse("chat:new")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_models(model_settings: Settings) -> None:
    model_settings.CHAT_MODELS = ["small", "middle", "large"]
    upstream.catalog.cache_clear()


def withdraw(*names: str, reason: str = "It costs too much.") -> None:
    for name in names:
        WithdrawnModel.objects.create(name=name, reason=reason)


def send(client: Client, path: str = NEW, **form: str) -> Any:
    return client.post(path, {"text": "What I wrote", "key": str(uuid.uuid4()), **form})


def test_it_is_in_no_picker(owner_client: Client) -> None:
    withdraw("large")
    assert upstream.models() == ("small", "middle")
    assert "large" not in owner_client.get(NEW).content.decode()


def test_it_is_one_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        upstream.models()


@pytest.mark.parametrize(("reason", "because"), [("It costs too much.", ": It costs too much"), ("", "")])
def test_asking_for_it_is_refused_with_its_reason(owner_client: Client, reason: str, because: str) -> None:
    withdraw("large", reason=reason)
    answer = send(owner_client, model="large")
    html = answer.content.decode()
    assert answer.status_code == 400
    assert f"“large” is switched off{because}. Choose another one, then send again." in html
    assert "What I wrote</textarea>" in html
    assert not Conversation.objects.exists()


def test_where_it_was_the_default_the_next_one_is(owner_client: Client) -> None:
    withdraw("small")
    assert upstream.default_model() == "middle"
    send(owner_client)
    assert Generation.objects.get().model == "middle"
    withdraw("large")
    assert "<strong>middle</strong>" in owner_client.get(NEW).content.decode()


def test_a_chat_that_used_it_goes_on_with_the_default_and_says_so(owner_client: Client, turn: Turn) -> None:
    turn.generation.request_stop()
    chat = turn.question.conversation
    chat.use_model("large")
    withdraw("large")
    page = owner_client.get(chat.get_absolute_url()).content.decode()
    assert "“large” is no longer on offer (It costs too much.): small answers in its place." in page
    assert owner_client.post(reverse("chat:regenerate", args=[turn.answer.pk])).status_code == 303
    assert Generation.objects.latest("pk").model == "small"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_where_all_are_off_a_sentence_says_so_and_nothing_is_lost(
    owner_client: Client, turn: Turn, headers: dict[str, str]
) -> None:
    turn.generation.request_stop()
    withdraw("small", "middle", "large")
    for page in (NEW, turn.question.conversation.get_absolute_url()):
        html = owner_client.get(page).content.decode()
        assert "No model answers at the moment" in html, "before one sends"
        assert "Answers come from" not in html
    paths = [NEW, reverse("chat:send", args=[turn.question.conversation_id])]
    paths += [reverse("chat:regenerate", args=[turn.answer.pk]), reverse("chat:continue", args=[turn.answer.pk])]
    for path in paths:
        answer = owner_client.post(path, {"text": "What I wrote", "key": str(uuid.uuid4())}, headers=headers)
        assert answer.status_code == 503, path
        assert "No model answers at the moment" in answer.content.decode()
    assert Generation.objects.count() == 1


def test_what_is_being_written_goes_on(turn: Turn) -> None:
    assert turn.generation.claim_for("a test")
    withdraw("small", "middle", "large", "scripted")
    turn.generation.refresh_from_db()
    assert turn.generation.state == State.RUNNING


def test_an_operator_switches_it_off_and_on_and_nobody_else_does(db: None) -> None:
    operator = staff("operator", "Operator")
    add = reverse("admin:chat_withdrawnmodel_add")
    client = signed_in(operator)
    assert "On offer now: small, middle, large." in client.get(add).content.decode()
    assert client.post(add, {"name": "large", "reason": "Dear."}).status_code == 302
    withdrawn = WithdrawnModel.objects.get()
    assert (withdrawn.name, withdrawn.withdrawn_by) == ("large", operator)
    client.post(reverse("admin:chat_withdrawnmodel_delete", args=[withdrawn.pk]), {"post": "yes"})
    assert upstream.models() == ("small", "middle", "large")
    reviewer = User.objects.create_user("one-who-reviews", is_staff=True)
    reviewer.groups.add(Group.objects.get(name="Reviewer"))
    assert signed_in(reviewer).get(add).status_code == 403


def test_a_model_for_titles_that_is_off_names_nothing(turn: Turn, model_settings: Settings) -> None:
    model_settings.CHAT_TITLE_MODEL = "small"
    claim = turn.generation.claim_for("a test")
    assert claim
    rows = [Row(turn.answer.pk, claim, "text", 0, "Because.", 1)]
    assert Generation.objects.finish(claim, rows, Ending(State.COMPLETE))
    assert untitled_after(turn.generation.pk)
    withdraw("small")
    assert untitled_after(turn.generation.pk) is None


@pytest.fixture
def unheard(model_settings: Settings) -> None:
    """A process that doesn't know yet what its endpoint offers."""
    model_settings.CHAT_MODELS = []
    upstream.catalog.cache_clear()
    assert upstream.models() == ()


def test_where_nobody_knows_what_is_on_offer_it_is_not_asked_either(
    unheard: None, owner_client: Client, turn: Turn
) -> None:
    turn.generation.request_stop()
    chat = turn.question.conversation
    chat.use_model("large")
    withdraw("large")
    assert send(owner_client, model="large").status_code == 400
    assert owner_client.post(reverse("chat:regenerate", args=[turn.answer.pk])).status_code == 303
    assert Generation.objects.latest("pk").model == ""


def test_a_model_that_is_on_is_remembered_where_nobody_knows(unheard: None, owner_client: Client, turn: Turn) -> None:
    turn.generation.request_stop()
    turn.question.conversation.use_model("large")
    assert owner_client.post(reverse("chat:regenerate", args=[turn.answer.pk])).status_code == 303
    assert Generation.objects.latest("pk").model == "large"
