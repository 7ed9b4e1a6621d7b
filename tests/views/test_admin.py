"""Staff read conversations in the admin; records stay records."""

import pytest
from django.test import Client
from django.urls import reverse

from chat.models import Ending, Generation, Message, Turn, User
from chat.models.chunk import Row
from chat.models.generation import State
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db

MODELS = ["conversation", "message", "generation"]


@pytest.fixture
def reading(reviewer: User) -> Client:
    return signed_in(reviewer)


@pytest.fixture
def reviewed(turn: Turn) -> Turn:
    claim = turn.generation.claim_for("a test")
    assert claim is not None
    rows = [Row(turn.answer.pk, claim, "text", 0, "Because of *Rayleigh* <b>.", 1)]
    assert Generation.objects.finish(claim, rows, Ending(State.FAILED, "upstream", "It broke off."))
    return turn


def listing(model: str) -> str:
    return reverse(f"admin:chat_{model}_changelist")


def test_the_conversations_page_has_a_readable_transcript(reading: Client, reviewed: Turn) -> None:
    path = reverse("admin:chat_conversation_change", args=[reviewed.question.conversation_id])
    html = reading.get(path).content.decode()
    assert "Why is the sky blue?" in html
    assert "Because of <em>Rayleigh</em> &lt;b&gt;." in html
    assert "It broke off." in html


@pytest.mark.parametrize("model", ["conversation", "message"])
def test_lists_are_searched_in_the_text_that_matters(reading: Client, reviewed: Turn, model: str) -> None:
    found = reading.get(listing(model), {"q": "sky"}).content.decode()
    missed = reading.get(listing(model), {"q": "nowhere"}).content.decode()
    assert f"0 {model}s" in missed
    assert f"0 {model}s" not in found


@pytest.mark.parametrize(
    ("model", "query", "count"),
    [
        ("generation", {"state__exact": "failed"}, 1),
        ("generation", {"state__exact": "complete"}, 0),
        ("message", {"role__exact": "user"}, 1),
        ("conversation", {"ending": "failed"}, 1),
        ("conversation", {"ending": "stopped"}, 0),
    ],
)
def test_lists_are_filtered(reading: Client, reviewed: Turn, model: str, query: dict[str, str], count: int) -> None:
    html = reading.get(listing(model), query).content.decode()
    assert f"{count} {model}" in html


@pytest.mark.parametrize("model", MODELS)
def test_records_are_neither_added_nor_changed(reading: Client, reviewed: Turn, model: str) -> None:
    assert reading.get(reverse(f"admin:chat_{model}_add")).status_code == 403
    records = {"conversation": reviewed.question.conversation, "message": reviewed.answer}
    record = records.get(model, reviewed.generation)
    path = reverse(f"admin:chat_{model}_change", args=[record.pk])
    assert reading.get(path).status_code == 200
    assert reading.post(path, {"text": "forged", "title": "forged"}).status_code == 403
    assert not Message.objects.filter(text="forged").exists()


def test_only_staff_come_in(owner_client: Client, client: Client) -> None:
    for visitor in (owner_client, client):
        assert visitor.get(listing("conversation")).headers["Location"].startswith("/admin/login/")


def test_staff_without_the_permission_see_no_conversations(db: None) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    assert signed_in(clerk).get(listing("conversation")).status_code == 403


@pytest.mark.parametrize("query", ["model=%00", "_changelist_filters=model%3D%2500"])
def test_an_address_with_a_nul_is_refused(reading: Client, query: str) -> None:
    """Where PostgreSQL would say that it knows no such text."""
    assert reading.get(f"{listing('conversation')}?{query}").status_code == 400


@pytest.mark.parametrize(
    ("model", "key"), [("conversation", "5"), ("conversation", "x"), ("flag", "x"), ("user", "9" * 40)]
)
def test_an_action_on_rows_that_can_not_be_is_refused(reviewer: User, model: str, key: str) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [key], "index": "0"}
    assert signed_in(reviewer).post(listing(model), chosen).status_code == 400
