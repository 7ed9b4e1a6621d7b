"""Who may read a person's chats: the site says, they say where it lets them, and it holds everywhere at once."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from chat.models import Conversation, Opening, Turn, User
from tests.conftest import begin, signed_in

PAGE = reverse("chat:privacy")
MAY, MAY_NOT = "Staff of this site may read your chats", "Staff of this site do not read your chats"

pytestmark = pytest.mark.django_db


def is_reviewed(user: User) -> bool:
    return Conversation.objects.reviewable().filter(user=user).exists()


@pytest.mark.parametrize(
    ("setting", "said", "is_excepted", "is_read"),
    [
        ("all", None, False, True),
        ("all", False, False, True),
        ("all", True, True, False),
        ("opt-out", None, False, True),
        ("opt-out", True, False, True),
        ("opt-out", False, False, False),
        ("opt-out", True, True, False),
        ("opt-in", None, False, False),
        ("opt-in", False, False, False),
        ("opt-in", True, False, True),
        ("opt-in", True, True, False),
    ],
)
def test_setting_word_and_group_decide_and_the_page_says_so(
    settings: Settings, turn: Turn, owner: User, setting: str, said: bool | None, is_excepted: bool, is_read: bool
) -> None:
    settings.CHAT_REVIEW, settings.CHAT_REVIEW_EXCEPT_GROUPS = setting, ["Council", "Doctors"]
    owner.groups.add(Group.objects.create(name="Choir"))
    if is_excepted:
        owner.groups.add(Group.objects.create(name="Council"), Group.objects.create(name="Doctors"))
    User.objects.filter(pk=owner.pk).update(allows_review=said)
    assert is_reviewed(owner) is is_read
    assert Conversation.objects.reviewable().count() == is_read
    html = signed_in(owner).get(PAGE).content.decode()
    assert (MAY in html, MAY_NOT in html) == (is_read, not is_read)
    assert ("May staff read your chats?" in html) is (setting != "all" and not is_excepted)


@pytest.mark.parametrize("setting", ["opt-out", "opt-in"])
def test_a_decision_holds_at_once_and_can_be_changed(
    settings: Settings, turn: Turn, owner: User, owner_client: Client, setting: str
) -> None:
    settings.CHAT_REVIEW = setting
    for word, is_read in (("no", False), ("yes", True), ("no", False)):
        assert owner_client.post(PAGE, {"allow": word}).status_code == 303
        assert is_reviewed(owner) is is_read
        assert (MAY in owner_client.get(PAGE).content.decode()) is is_read


def test_a_guest_decides_too(settings: Settings) -> None:
    settings.CHAT_REVIEW = "opt-out"
    guest = User.objects.for_guest("a guest")
    begin(guest)
    assert signed_in(guest).post(PAGE, {"allow": "no"}).status_code == 303
    assert not is_reviewed(guest)


def test_where_the_site_decides_nobody_else_does(settings: Settings, owner: User, owner_client: Client) -> None:
    settings.CHAT_REVIEW = "all"
    response = owner_client.post(PAGE, {"allow": "no"})
    assert response.status_code == 403
    assert "the choice is not yours" in response.content.decode()
    owner.refresh_from_db()
    assert owner.allows_review is None


@pytest.mark.parametrize("word", ["", "perhaps"])
def test_nonsense_decides_nothing(settings: Settings, owner: User, owner_client: Client, word: str) -> None:
    settings.CHAT_REVIEW = "opt-in"
    response = owner_client.post(PAGE, {"allow": word}, HTTP_HX_REQUEST="true")
    assert response.status_code == 400
    assert "Choose whether staff may read your chats" in response.content.decode()
    owner.refresh_from_db()
    assert owner.allows_review is None


def test_a_visitor_signs_in_first_and_no_other_method_is_taken(client: Client, owner_client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE, {"allow": "no"}).status_code == 302
    assert owner_client.put(PAGE).status_code == 405


def test_it_is_found_from_the_other_pages_about_chats(owner_client: Client) -> None:
    assert f'href="{PAGE}"' in owner_client.get(reverse("chat:chats")).content.decode()


@pytest.mark.parametrize(
    ("guests", "own", "then"),
    [(False, None, False), (False, True, False), (None, True, True), (True, False, False), (True, None, None)],
)
def test_a_guests_no_goes_with_their_chats(
    settings: Settings, owner: User, guests: bool | None, own: bool | None, then: bool | None
) -> None:
    settings.CHAT_REVIEW = "opt-out"
    guest = User.objects.for_guest("somebody")
    begin(guest)
    User.objects.filter(pk=guest.pk).update(allows_review=guests)
    User.objects.filter(pk=owner.pk).update(allows_review=own)
    User.objects.get(pk=owner.pk).adopt(guest)
    assert User.objects.get(pk=owner.pk).allows_review is then
    assert is_reviewed(owner) is (then is not False)


# Who has read them


def test_the_log_of_ones_own_chats_is_shown_where_the_site_says_so(
    settings: Settings, turn: Turn, other: User, owner_client: Client, reviewer: User
) -> None:
    mine, theirs = turn.question.conversation, begin(other, "Somebody else's").question.conversation
    gone = begin(turn.question.conversation.user, "Gone").question.conversation
    Opening.objects.record(reviewer, [mine, theirs, gone], Opening.Kind.PAGE, reason="A <complaint>")
    gone.delete()
    assert "Who has read them" not in owner_client.get(PAGE).content.decode()
    settings.CHAT_READ_LOG_SHOWN = True
    html = owner_client.get(PAGE).content.decode()
    assert html.count("Conversation page, by reviewer: A &lt;complaint&gt;") == 2
    assert f'href="{mine.get_absolute_url()}"' in html
    assert "A chat that is gone" in html
    assert str(theirs.pk) not in html
    assert "Somebody else" not in html


def test_an_empty_log_and_a_long_one(
    settings: Settings,
    turn: Turn,
    owner_client: Client,
    reviewer: User,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    settings.CHAT_READ_LOG_SHOWN = True
    assert "Nobody on the staff has opened a chat of yours." in owner_client.get(PAGE).content.decode()
    Opening.objects.record(reviewer, [turn.question.conversation] * 60, Opening.Kind.SEARCH)
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        html = owner_client.get(PAGE).content.decode()
    assert html.count("Search result, by reviewer") == 50
    assert owner_client.get(PAGE, {"page": "2"}).content.decode().count("Search result, by reviewer") == 10
    assert owner_client.get(PAGE, {"page": "nonsense"}).status_code == 200
