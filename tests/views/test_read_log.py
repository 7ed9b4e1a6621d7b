"""The read log is read by leads, changed by nobody, and outlives what it tells of."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chat.models import Assignment, Conversation, Correction, Opening, Turn, User
from tests.conftest import begin, signed_in
from tests.roles import client_of

pytestmark = pytest.mark.django_db

LIST = reverse("admin:chat_opening_changelist")


@pytest.fixture
def opening(turn: Turn, reviewer: User) -> Opening:
    Opening.objects.record(reviewer, [turn.question.conversation], Opening.Kind.PAGE, reason="A complaint")
    return Opening.objects.get()


@pytest.fixture
def leading(db: None) -> Client:
    return client_of("Lead")


def page(opening: Opening, name: str = "change") -> str:
    return reverse(f"admin:chat_opening_{name}", args=[opening.pk])


def test_no_line_of_it_is_changed_or_deleted_by_code(opening: Opening) -> None:
    line = Opening.objects.filter(pk=opening.pk)
    changes = [
        lambda: line.update(reader_name="nobody"),
        lambda: Opening.objects.update(reader_name="nobody"),
        lambda: Opening.objects.bulk_update([opening], ["reader_name"]),
        line.delete,
        Opening.objects.all().delete,
        opening.delete,
        opening.save,
    ]
    for change in changes:
        with pytest.raises(TypeError, match="What was read stays read"), transaction.atomic():
            change()
    assert Opening.objects.get().reader_name == "reviewer"


def test_an_account_takes_over_who_has_read_a_guests_chats(owner: User, other: User, reviewer: User) -> None:
    guest = User.objects.for_guest("somebody")
    chats = [begin(user).question.conversation for user in (guest, other)]
    Opening.objects.record(reviewer, chats, Opening.Kind.PAGE, reason="A complaint")
    owner.adopt(guest)
    line = Opening.objects.of(owner).get()
    assert (line.owner_name, line.reader_name, line.reason) == ("owner", "reviewer", "A complaint")
    assert line.conversation_id == chats[0].pk
    assert Opening.objects.of(other).get().owner_name == "other"


def test_not_even_superusers_change_it(opening: Opening, reviewer: User) -> None:
    root = signed_in(reviewer)
    for path in (page(opening), page(opening, "delete"), reverse("admin:chat_opening_add")):
        assert root.post(path, {"post": "yes", "reader_name": "nobody"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(opening.pk)], "post": "yes"}
    root.post(LIST, chosen)
    assert Opening.objects.get().reader_name == "reviewer"
    assert 'name="action"' not in root.get(LIST).content.decode()


def test_it_outlives_who_read_whose_it_was_and_what_it_was(opening: Opening, reviewer: User, owner: User) -> None:
    owner.delete()
    reviewer.delete()
    line = Opening.objects.get()
    assert (line.reader, line.owner) == (None, None)
    assert (line.reader_name, line.owner_name) == ("reviewer", "owner")
    assert line.conversation_id == opening.conversation_id
    assert not Conversation.objects.exists()
    assert str(line.conversation_id) in client_of("Lead").get(LIST).content.decode()


def test_a_line_leads_to_the_conversation_where_it_may_be_read(
    opening: Opening, leading: Client, settings: Settings, owner: User, turn: Turn
) -> None:
    link = reverse("admin:chat_conversation_change", args=[opening.conversation_id])
    html = leading.get(LIST).content.decode()
    assert f'href="{link}"' in html
    assert "sky" not in html  # it is no list of titles
    assert f'href="{link}"' in leading.get(page(opening)).content.decode()
    settings.CHAT_REVIEW = "opt-in"
    html = leading.get(LIST).content.decode()
    assert link not in html
    assert str(opening.conversation_id) in html
    assert link not in leading.get(page(opening)).content.decode()


def lines(client: Client, query: dict[str, str]) -> int:
    response = client.get(LIST, query)
    assert response.status_code == 200
    count: int = response.context["cl"].result_count
    return count


def test_a_history_whose_heading_is_said_in_a_chat_is_an_opening(turn: Turn, reviewer: User, leading: Client) -> None:
    correction = Correction.objects.write(reviewer, turn.answer, "Because it scatters.")
    for model, pk in (("conversation", turn.answer.conversation_id), ("correction", correction.pk)):
        assert leading.get(reverse(f"admin:chat_{model}_history", args=[pk])).status_code == 200
    assert [each.conversation_id for each in Opening.objects.all()] == [turn.answer.conversation_id] * 2


def test_where_a_reason_is_asked_for_the_history_is_no_way_around_it(
    turn: Turn, leading: Client, settings: Settings
) -> None:
    settings.CHAT_READ_LOG_REASON = True
    there = reverse("admin:chat_conversation_history", args=[turn.answer.conversation_id])
    assert leading.get(there).headers["Location"].startswith("/admin/chat/conversation/")
    assert not Opening.objects.exists()


@pytest.mark.parametrize("spelled", ["message/urn_3Auuid_3A{answer}", "generation/{generation}_0A"])
def test_an_address_that_is_spelled_another_way_is_an_opening_too(turn: Turn, leading: Client, spelled: str) -> None:
    """The admin reads "_3A" as ":", and a database overlooks blanks around a number."""
    path = f"/admin/chat/{spelled}/change/".format(answer=turn.answer.pk, generation=turn.generation.pk)
    response = leading.get(path)
    assert response.status_code != 200 or Opening.objects.count() == 1


@pytest.mark.parametrize("model", ["message", "generation"])
def test_where_a_reason_is_asked_for_no_record_is_a_way_around_it(
    turn: Turn, leading: Client, settings: Settings, model: str
) -> None:
    settings.CHAT_READ_LOG_REASON = True
    record = turn.answer if model == "message" else turn.generation
    there = reverse(f"admin:chat_{model}_change", args=[record.pk])
    assert leading.get(there).headers["Location"].startswith("/admin/chat/conversation/")
    assert not Opening.objects.exists()


def test_the_page_that_asks_about_deleting_names_no_title(turn: Turn, reviewer: User) -> None:
    conversation = turn.question.conversation
    there = reverse("admin:chat_conversation_delete", args=[conversation.pk])
    html = signed_in(reviewer).get(there).content.decode()
    assert str(conversation.pk) in html
    assert conversation.title not in html


@pytest.mark.parametrize(
    "query",
    [
        "conversation/?title__icontains=sky",
        "conversation/export/?title__icontains=sky",
        "message/?conversation__title__icontains=sky",
        "message/?text__startswith=Why",
        "message/?reasoning__contains=sky",
        "generation/?system_prompt__contains=sky",
        "correction/?text__contains=sky",
        "change/?after__text__contains=sky",
    ],
)
def test_no_list_is_narrowed_down_by_what_was_said(turn: Turn, leading: Client, query: str) -> None:
    assert leading.get(f"/admin/chat/{query}").status_code == 400
    assert leading.get(f"/admin/chat/{query.split('?', maxsplit=1)[0]}").status_code == 200


@pytest.mark.parametrize("action", ["next/", "{}/skip/"])
@pytest.mark.parametrize("query", ["title__icontains=sky", "_changelist_filters=title__icontains%3Dsky"])
def test_nor_does_a_turn_tell_what_was_said(turn: Turn, leading: Client, action: str, query: str) -> None:
    path = f"/admin/chat/conversation/{action.format(turn.answer.conversation_id)}"
    assert leading.post(f"{path}?{query}").status_code == 400
    assert not Assignment.objects.exists()


def test_it_is_found_by_names_and_by_the_conversation(
    opening: Opening, leading: Client, other: User, reviewer: User
) -> None:
    theirs = begin(other, "Theirs").question.conversation
    Opening.objects.record(other, [theirs], Opening.Kind.EXPORT)
    Opening._base_manager.filter(owner=other).update(when=timezone.now() - timedelta(days=800))
    assert lines(leading, {}) == 2
    for query in (
        {"q": "reviewer"},
        {"q": "owner"},
        {"q": str(opening.conversation_id)},
        {"q": f" {opening.conversation_id.hex} "},
        {"kind__exact": "page"},
        {"reader_name": "reviewer"},
        {"owner_name": "owner"},
        {"since": str(timezone.localdate())},
    ):
        assert lines(leading, query) == 1, query
    assert lines(leading, {"q": str(theirs.pk)[:-1] + "x"}) == 0


def test_a_site_that_keeps_none_is_warned_of(settings: Settings) -> None:
    def ids() -> list[str | None]:
        return [each.id for each in run_checks(include_deployment_checks=True)]

    assert "chat.W010" not in ids()
    settings.CHAT_READ_LOG = False
    assert "chat.W010" in ids()
    assert "chat.W010" not in [each.id for each in run_checks()]
