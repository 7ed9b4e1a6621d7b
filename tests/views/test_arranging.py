"""Arranging one's chats: named, pinned, put away, deleted and had back; one by one, several, and all."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chat.errors import Gone
from chat.listing import LISTED, Key
from chat.models import Conversation, Generation, Message, Turn, User
from chat.models.arranging import KEPT, UNDO
from chat.models.chunk import Row
from chat.models.generation import State
from tests.conftest import begin, signed_in
from tests.races import at_once
from tests.views.test_chat import end, send

HTMX = {"HX-Request": "true"}
NEW = reverse("chat:new")

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(turn: Turn) -> Conversation:
    end(turn)
    return turn.question.conversation


def url(name: str, conversation: Conversation) -> str:
    return reverse(f"chat:{name}", args=[conversation.pk])


def do(
    client: Client, name: str, conversation: Conversation, *, htmx: bool = True, at: str = NEW, **fields: str
) -> HttpResponse:
    """Ask for it as the menu does, from the page at `at`."""
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{at}"} if htmx else {}
    return client.post(url(name, conversation), fields, headers=headers)  # type: ignore[return-value]


def do_to(client: Client, name: str, *chosen: object, htmx: bool = False, **fields: object) -> HttpResponse:
    """Ask for it as the page of many chats does."""
    ids = [getattr(each, "pk", each) for each in chosen]
    return client.post(  # type: ignore[return-value]
        reverse(f"chat:{name}"), {"chat": ids, **fields}, headers=HTMX if htmx else {}
    )


def listed(client: Client, path: str = NEW) -> list[str]:
    """The titles in the list beside a thread."""
    return re.findall(r'<li id="chat-[^>]*><a href="[^"]*" title="([^"]*)"', client.get(path).content.decode())


def rows(client: Client, name: str) -> list[str]:
    """The titles on a page of many chats."""
    return re.findall(r'class="name" href="[^"]*">([^<]*)<', client.get(reverse(f"chat:{name}")).content.decode())


def headings(html: str) -> list[str]:
    nav = html[html.index('<nav id="chats"') : html.index("</nav>", html.index('<nav id="chats"'))]
    return re.findall(r"<h2>([^<]*)</h2>", nav)


def make(user: User, count: int, **values: object) -> list[Conversation]:
    """Make conversations, latest first, a minute apart."""
    now = timezone.now()
    made = [
        Conversation(user=user, title=f"Chat {number}", updated=now - timedelta(minutes=number + 1), **values)
        for number in range(count)
    ]
    return Conversation.objects.bulk_create(made)


def deleted_ago(conversation: Conversation, ago: timedelta) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(deleted=timezone.now() - ago)


# What each deed does

DEEDS: dict[str, Callable[[Conversation], bool]] = {
    "pin": lambda conversation: conversation.is_pinned,
    "archive": lambda conversation: conversation.is_archived,
    "delete": lambda conversation: conversation.deleted is not None,
}
UNDEEDS = {"unpin": "pin", "unarchive": "archive", "undo": "delete"}
ALL = [*DEEDS, *UNDEEDS]


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_is_done_and_done_twice_is_done_once(
    owner_client: Client, conversation: Conversation, name: str, htmx: bool
) -> None:
    for _ in range(2):
        response = do(owner_client, name, conversation, htmx=htmx)
        assert response.status_code == (200 if htmx else 303)
        conversation.refresh_from_db()
        assert DEEDS[name](conversation)


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("name", UNDEEDS)
def test_a_deed_is_undone_and_undone_twice_is_undone_once(
    owner_client: Client, conversation: Conversation, name: str, htmx: bool
) -> None:
    do(owner_client, UNDEEDS[name], conversation)
    for _ in range(2):
        response = do(owner_client, name, conversation, htmx=htmx)
        assert response.status_code == (200 if htmx else 303)
        conversation.refresh_from_db()
        assert not DEEDS[UNDEEDS[name]](conversation)


@pytest.mark.parametrize("name", ["pin", "unpin", "archive", "unarchive"])
def test_without_script_a_deed_leads_to_the_chat_and_says_so(
    owner_client: Client, conversation: Conversation, name: str
) -> None:
    response = do(owner_client, name, conversation, htmx=False)
    assert response.headers["Location"] == conversation.get_absolute_url()
    assert "“Why is the sky blue?” is" in owner_client.get(response.headers["Location"]).content.decode()


def test_with_htmx_a_deed_brings_the_list_and_the_head_of_the_open_chat(
    owner_client: Client, conversation: Conversation
) -> None:
    elsewhere = do(owner_client, "pin", conversation).content.decode()
    here = do(owner_client, "pin", conversation, at=conversation.get_absolute_url()).content.decode()
    for html in (elsewhere, here):
        assert 'id="chats"' in html and 'hx-swap-oob="true"' in html
        assert headings(html) == ["Pinned"]
        assert "“Why is the sky blue?” is pinned." in html
    assert 'id="heading"' not in elsewhere
    assert "aria-current" not in elsewhere
    assert 'id="heading"' in here
    assert "Unpin" in here
    assert 'aria-current="page"' in here


@pytest.mark.parametrize("name", [*ALL, "rename"])
def test_deeds_are_for_posting(owner_client: Client, conversation: Conversation, name: str) -> None:
    response = owner_client.get(url(name, conversation))
    assert response.status_code == (200 if name == "rename" else 405)
    before = {field: getattr(conversation, field) for field in ("title", "is_pinned", "is_archived", "deleted")}
    conversation.refresh_from_db()
    assert before == {field: getattr(conversation, field) for field in before}


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("name", [*ALL, "rename"])
def test_a_stranger_finds_nothing_to_arrange(
    other_client: Client, conversation: Conversation, name: str, htmx: bool
) -> None:
    if name in UNDEEDS:
        do(signed_in(conversation.user), UNDEEDS[name], conversation)
    before = Conversation.objects.values().get()
    assert do(other_client, name, conversation, htmx=htmx, title="Mine").status_code == 404
    assert Conversation.objects.values().get() == before


@pytest.mark.parametrize("name", [*ALL, "rename", "manage"])
def test_an_anonymous_visitor_is_asked_to_sign_in(client: Client, conversation: Conversation, name: str) -> None:
    ask = client.get if name == "manage" else client.post
    sign_in = reverse("account_login")
    assert ask(url(name, conversation)).headers["Location"].startswith(sign_in)
    assert ask(url(name, conversation), headers=HTMX).status_code == 403


@pytest.mark.parametrize("name", [*ALL, "rename"])
def test_a_deed_from_elsewhere_is_refused(owner: User, conversation: Conversation, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert do(client, name, conversation).status_code == 403


def test_a_guest_arranges_too(settings: object) -> None:
    settings.CHAT_GUESTS = True  # type: ignore[attr-defined]
    guest = Client()
    guest.get(NEW)
    send(guest, NEW)
    conversation = Conversation.objects.get()
    assert conversation.user.is_guest
    for name in ("pin", "archive", "delete", "undo"):
        assert do(guest, name, conversation).status_code == 200


@pytest.mark.parametrize("name", ["pin", "unpin", "archive", "unarchive", "rename", "manage"])
def test_what_was_deleted_is_out_of_reach(owner_client: Client, conversation: Conversation, name: str) -> None:
    do(owner_client, "delete", conversation)
    ask = owner_client.get if name == "manage" else owner_client.post
    assert ask(url(name, conversation)).status_code == 404
    assert owner_client.get(conversation.get_absolute_url()).status_code == 404


# The menu


def test_the_menu_comes_alone_for_htmx_and_as_a_page_without(owner_client: Client, conversation: Conversation) -> None:
    alone = owner_client.get(url("manage", conversation), headers=HTMX)
    page = owner_client.get(url("manage", conversation))
    assert alone.content.decode().strip().startswith("<details")
    assert "<h1>Why is the sky blue?</h1>" in page.content.decode()
    for response in (alone, page):
        assert "HX-Request" in response.headers["Vary"]
        for name in ("rename", "pin", "archive", "delete"):
            assert f'"{url(name, conversation)}"' in response.content.decode()


@pytest.mark.parametrize(
    ("values", "offered"),
    [
        ({}, ["Rename", "Pin", "Archive", "Delete"]),
        ({"is_pinned": True}, ["Rename", "Unpin", "Archive", "Delete"]),
        ({"is_archived": True}, ["Rename", "Unarchive", "Delete"]),
        ({"is_temporary": True}, ["Rename", "Delete"]),
    ],
)
def test_the_menu_offers_what_can_be_done(
    owner_client: Client, conversation: Conversation, values: dict[str, bool], offered: list[str]
) -> None:
    Conversation.objects.update(**values)
    html = owner_client.get(url("manage", conversation), headers=HTMX).content.decode()
    mine = ["Rename", "Pin", "Unpin", "Archive", "Unarchive", "Delete"]
    assert [each for each in re.findall(r">(\w+)</(?:a|button)>", html) if each in mine] == offered


def test_a_title_is_escaped_wherever_it_is_shown(owner_client: Client, conversation: Conversation) -> None:
    hostile = '"><script>alert(1)</script>'
    conversation.rename(hostile)
    pages = [NEW, url("manage", conversation), url("rename", conversation), reverse("chat:chats")]
    html = "".join(owner_client.get(path).content.decode() for path in pages)
    html += do(owner_client, "delete", conversation).content.decode()
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 8


# Rename


@pytest.mark.parametrize("htmx", [True, False])
def test_a_chat_gets_the_title_it_is_given(owner_client: Client, conversation: Conversation, htmx: bool) -> None:
    path = conversation.get_absolute_url()
    response = do(owner_client, "rename", conversation, htmx=htmx, at=path, title="  Blue \n skies ")
    conversation.refresh_from_db()
    assert (conversation.title, conversation.is_title_given) == ("Blue skies", True)
    if htmx:
        html = response.content.decode()
        assert "<title>Blue skies · ChatStream</title>" in html
        assert "<h1>Blue skies</h1>" in html
        assert 'title="Blue skies"' in html
    else:
        assert response.headers["Location"] == path


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize(
    ("title", "sentence"),
    [("", "Give it a title"), (" \n ", "Give it a title"), ("x" * 201, "This title has 201 characters; at most 200")],
)
def test_a_title_that_can_not_be_is_refused_and_kept(
    owner_client: Client, conversation: Conversation, title: str, sentence: str, htmx: bool
) -> None:
    response = do(owner_client, "rename", conversation, htmx=htmx, title=title)
    html = response.content.decode()
    assert (response.status_code, sentence in html) == (400, True)
    assert htmx or f'value="{title}"' in html
    conversation.refresh_from_db()
    assert (conversation.title, conversation.is_title_given) == ("Why is the sky blue?", False)


def test_a_title_of_200_characters_fits(owner_client: Client, conversation: Conversation) -> None:
    assert do(owner_client, "rename", conversation, title="x" * 200).status_code == 200


def test_renaming_leaves_a_chat_in_its_place(owner_client: Client, conversation: Conversation) -> None:
    before = conversation.updated
    do(owner_client, "rename", conversation, title="Other")
    conversation.refresh_from_db()
    assert conversation.updated == before


def test_the_form_for_a_title_comes_alone_for_htmx(owner_client: Client, conversation: Conversation) -> None:
    alone = owner_client.get(url("rename", conversation), headers=HTMX)
    assert alone.content.decode().strip().startswith('<form class="rename"')
    assert "HX-Request" in alone.headers["Vary"]
    assert 'value="Why is the sky blue?"' in owner_client.get(url("rename", conversation)).content.decode()


# Delete and Undo


def test_without_script_the_next_page_holds_the_way_back(owner_client: Client, conversation: Conversation) -> None:
    response = do(owner_client, "delete", conversation, htmx=False)
    assert response.headers["Location"] == NEW
    html = owner_client.get(NEW).content.decode()
    assert "“<bdi>Why is the sky blue?</bdi>” was deleted." in html
    assert f'method="post" action="{url("undo", conversation)}"' in html
    assert listed(owner_client) == []
    back = do(owner_client, "undo", conversation, htmx=False)
    assert back.headers["Location"] == conversation.get_absolute_url()
    assert listed(owner_client) == ["Why is the sky blue?"]
    assert "was deleted" not in owner_client.get(NEW).content.decode()


def test_deleting_the_open_chat_leads_to_a_new_one(owner_client: Client, conversation: Conversation) -> None:
    here = do(owner_client, "delete", conversation, at=conversation.get_absolute_url())
    assert here.headers["HX-Redirect"] == NEW


def test_deleting_another_chat_stays_and_offers_undo(owner_client: Client, conversation: Conversation) -> None:
    html = do(owner_client, "delete", conversation).content.decode()
    assert f'hx-post="{url("undo", conversation)}"' in html
    assert "can be had back for ten seconds" in html


def test_undo_is_there_for_ten_seconds(owner_client: Client, conversation: Conversation) -> None:
    deleted_ago(conversation, UNDO - timedelta(seconds=1))
    assert "was deleted." in owner_client.get(NEW).content.decode()
    deleted_ago(conversation, UNDO)
    assert "was deleted." not in owner_client.get(NEW).content.decode()


@pytest.mark.parametrize("htmx", [True, False])
def test_undo_comes_too_late_after_it(owner_client: Client, conversation: Conversation, htmx: bool) -> None:
    deleted_ago(conversation, KEPT)
    late = do(owner_client, "undo", conversation, htmx=htmx)
    Conversation.objects.due().remove(conversation.pk)
    later = do(owner_client, "undo", conversation, htmx=htmx)
    for response in (late, later):
        assert (response.status_code, "It is too late" in response.content.decode()) == (410, True)
    assert not Conversation.objects.exists()


def test_deleting_ends_what_is_being_written_and_undo_brings_back_its_text(owner_client: Client, turn: Turn) -> None:
    claim = turn.generation.claim_for("a test")
    assert claim
    Generation.objects.append([claim], [Row(turn.answer.pk, claim, "text", 0, "so far", 1)], again=False)
    conversation = turn.question.conversation
    do(owner_client, "delete", conversation)
    generation = Generation.objects.get()
    assert (generation.state, generation.claim) == (State.STOPPED, None)
    assert Generation.objects.append([claim], [], again=False) == {}  # its writer has lost it
    do(owner_client, "undo", conversation)
    assert "so far" in owner_client.get(conversation.get_absolute_url()).content.decode()


def test_deleting_again_does_not_begin_the_ten_seconds_anew(owner_client: Client, conversation: Conversation) -> None:
    deleted_ago(conversation, timedelta(seconds=5))
    before = Conversation.objects.get().deleted
    do(owner_client, "delete", conversation)
    assert Conversation.objects.get().deleted == before


def test_what_was_imported_can_be_imported_again_once_deleted(
    owner_client: Client, owner: User, conversation: Conversation
) -> None:
    Conversation.objects.update(origin="elsewhere 1")
    do(owner_client, "delete", conversation)
    again = Conversation.objects.create(user=owner, title="Again", origin="elsewhere 1")
    do(owner_client, "undo", conversation)
    assert [each.origin for each in (Conversation.objects.get(pk=conversation.pk), again)] == ["", "elsewhere 1"]


def test_undo_keeps_where_a_chat_was_imported_from(owner_client: Client, conversation: Conversation) -> None:
    Conversation.objects.update(origin="elsewhere 1")
    do(owner_client, "delete", conversation)
    do(owner_client, "undo", conversation)
    assert Conversation.objects.get().origin == "elsewhere 1"


def test_a_message_to_a_chat_that_is_being_deleted_is_refused(conversation: Conversation) -> None:
    Conversation.objects.all().discard()
    with pytest.raises(Gone):
        conversation.post("One more", uuid.uuid4(), "scripted")
    assert Message.objects.count() == 2


def test_the_same_message_after_its_chat_was_deleted_makes_another(owner_client: Client) -> None:
    key = uuid.uuid4()
    send(owner_client, NEW, key=key)
    first = Conversation.objects.get()
    do(owner_client, "delete", first)
    send(owner_client, NEW, key=key)
    second = Conversation.objects.get(deleted=None)
    assert second.pk != first.pk
    do(owner_client, "undo", first)
    assert Conversation.objects.filter(deleted=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_message_and_a_deletion_at_once_leave_nothing_running(owner: User, turn: Turn) -> None:
    end(turn)
    conversation = turn.question.conversation
    deeds = iter([lambda: conversation.post("One more", uuid.uuid4(), "scripted"), Conversation.objects.all().discard])

    def one_of_them() -> None:
        try:
            next(deeds)()
        except Gone:
            pass

    at_once(2, one_of_them)
    assert not Generation.objects.active().exists()
    assert Conversation.objects.get().deleted


# The archive


@pytest.mark.parametrize("name", ["archive", "is_temporary"])
def test_what_is_archived_or_temporary_is_not_in_the_list(
    owner_client: Client, conversation: Conversation, name: str
) -> None:
    if name == "archive":
        do(owner_client, "archive", conversation)
    else:
        Conversation.objects.update(is_temporary=True)
    assert listed(owner_client) == rows(owner_client, "chats") == []
    assert rows(owner_client, "archived") == (["Why is the sky blue?"] if name == "archive" else [])


def test_a_new_message_brings_a_chat_out_of_the_archive(owner_client: Client, conversation: Conversation) -> None:
    do(owner_client, "archive", conversation)
    response = owner_client.post(
        reverse("chat:send", args=[conversation.pk]), {"text": "More", "key": uuid.uuid4()}, headers=HTMX
    )
    assert listed(owner_client) == ["Why is the sky blue?"]
    assert ">Archive</button>" in response.content.decode()


# The list: its groups and its parts


def test_what_is_pinned_comes_first_and_only_once(owner_client: Client, owner: User) -> None:
    make(owner, 3)
    Conversation.objects.filter(title="Chat 2").update(is_pinned=True)
    assert listed(owner_client) == ["Chat 2", "Chat 0", "Chat 1"]
    assert headings(owner_client.get(NEW).content.decode())[0] == "Pinned"


def older_of(html: str) -> str:
    found = re.search(r'hx-get="([^"]*\?before=[^"]*)"', html)
    return found[1] if found else ""


def test_the_list_comes_in_parts_with_no_gap_and_nothing_twice(owner_client: Client, owner: User) -> None:
    made = make(owner, 2 * LISTED + 5)
    Conversation.objects.filter(pk__in=[each.pk for each in made[10:20]]).update(updated=made[10].updated)  # at once
    order = list(Conversation.objects.of(owner).latest_first().values_list("title", flat=True))
    html = owner_client.get(NEW).content.decode()
    seen = re.findall(r'title="(Chat \d+)"', html)
    assert len(seen) == LISTED
    while more := older_of(html):
        html = owner_client.get(more, headers=HTMX).content.decode()
        assert "<html" not in html
        seen += re.findall(r'title="(Chat \d+)"', html)
    assert seen == order


def test_a_day_that_goes_on_in_the_next_part_has_one_heading(owner_client: Client, owner: User) -> None:
    made = make(owner, LISTED + 3)
    yesterday, before = timezone.now() - timedelta(days=1), timezone.now() - timedelta(days=40)
    Conversation.objects.update(updated=yesterday)
    Conversation.objects.filter(pk=made[0].pk).update(updated=before)
    html = owner_client.get(NEW).content.decode()
    part = owner_client.get(older_of(html), headers=HTMX).content.decode()
    assert headings(html) == ["Yesterday"]
    assert "<h2>Yesterday" not in part
    assert part.count("<h2>") == 1
    assert part.count("<section") == 2


def test_without_script_older_chats_are_on_pages(owner_client: Client, owner: User) -> None:
    make(owner, LISTED + 5)
    html = owner_client.get(NEW).content.decode()
    page = owner_client.get(older_of(html)).content.decode()
    assert "<html" in page
    assert re.findall(r">(Chat \d+)</a>", page) == [f"Chat {LISTED + number}" for number in range(5)]
    assert "Latest chats" in page


@pytest.mark.parametrize(
    "before", ["", "x", "1.2", f"{'9' * 17}.{uuid.uuid4()}", f"1.{uuid.uuid4()}.", "١." + str(uuid.uuid4())]
)
@pytest.mark.parametrize("htmx", [True, False])
def test_a_place_that_is_none_shows_the_beginning(owner_client: Client, owner: User, before: str, htmx: bool) -> None:
    make(owner, 1)
    response = owner_client.get(reverse("chat:chats"), {"before": before}, headers=HTMX if htmx else {})
    assert response.status_code == 200
    assert "Chat 0" in response.content.decode()


def test_a_deed_brings_the_list_as_far_down_as_the_page_shows_it(owner_client: Client, owner: User) -> None:
    made = make(owner, 2 * LISTED)
    html = do(owner_client, "pin", made[70], until=str(Key.of(made[80]))).content.decode()
    titles = re.findall(r'title="(Chat \d+)"', html)
    assert titles == ["Chat 70", *(f"Chat {number}" for number in range(81) if number != 70)]
    assert older_of(html).endswith(str(Key.of(made[80])))


def test_the_list_costs_the_same_queries_whatever_its_length(
    owner_client: Client, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    owner_client.get(NEW)
    # session, user, announcements, deleted, pinned, the others, personas, models off, quotas
    with django_assert_num_queries(9):
        owner_client.get(NEW)
    make(owner, LISTED + 20)
    make(owner, 5, is_pinned=True)
    with django_assert_num_queries(9):
        owner_client.get(NEW)


# The list, kept up to date


def version(html: str) -> str:
    found = re.search(r'data-version="(\w+)"', html)
    assert found
    return found[1]


def test_a_page_that_is_looked_at_again_gets_the_list_where_it_has_changed(
    owner_client: Client, owner: User, conversation: Conversation
) -> None:
    path = conversation.get_absolute_url()
    shown = version(owner_client.get(path).content.decode())
    last = conversation.thread()[-1]
    news = {"last": str(last.pk), "state": last.state, "list": shown}
    for address in (url("news", conversation), reverse("chat:list")):
        assert owner_client.get(address, news, headers=HTMX).status_code == 204
    running = begin(owner, "Another")
    for address in (url("news", conversation), reverse("chat:list")):
        headers = {**HTMX, "HX-Current-URL": f"http://testserver{path}"}
        html = owner_client.get(address, news, headers=headers).content.decode()
        assert "Another</a><span" in html
        assert "aria-current" in html
        assert 'id="stop"' not in html  # what is being written on the page can still be stopped
    news["list"] = version(html)
    end(running)
    html = owner_client.get(reverse("chat:list"), news, headers=HTMX).content.decode()
    assert "Another</a><form" in html


# Several at once

MANY = {
    "pin_selected": ("is_pinned", False, True),
    "unpin_selected": ("is_pinned", True, False),
    "archive_selected": ("is_archived", False, True),
    "unarchive_selected": ("is_archived", True, False),
}


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("name", MANY)
def test_several_are_dealt_with_at_once(owner_client: Client, owner: User, name: str, htmx: bool) -> None:
    field, before, after = MANY[name]
    first, second, third = make(owner, 3, **{field: before})
    response = do_to(owner_client, name, first, second, htmx=htmx, desk="chats")
    assert response.headers["HX-Redirect" if htmx else "Location"] == reverse("chat:chats")
    assert "2 chats are" in owner_client.get(reverse("chat:chats")).content.decode()
    assert set(Conversation.objects.filter(**{field: after})) == {first, second}
    assert third.pk


@pytest.mark.parametrize("name", [*MANY, "delete_selected"])
def test_what_is_somebody_elses_or_nothing_is_left_out(
    owner_client: Client, owner: User, other: User, name: str
) -> None:
    field, before, _ = MANY.get(name, ("is_pinned", False, True))
    (mine,), (theirs,) = make(owner, 1, **{field: before}), make(other, 1, **{field: before})
    as_it_was = Conversation.objects.values().get(pk=theirs.pk)
    do_to(owner_client, name, mine, theirs, "nonsense", uuid.uuid4())
    assert Conversation.objects.values().get(pk=theirs.pk) == as_it_was
    assert getattr(Conversation.objects.get(pk=mine.pk), field) is not before or name == "delete_selected"


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("name", [*MANY, "delete_selected"])
def test_an_empty_selection_says_so(owner_client: Client, owner: User, other: User, name: str, htmx: bool) -> None:
    make(owner, 1, is_archived=True)
    (theirs,) = make(other, 1)
    for chosen in ([], [theirs], ["nonsense"]):
        response = do_to(owner_client, name, *chosen, htmx=htmx, desk="archived")
        html = response.content.decode()
        assert (response.status_code, "Select some chats first." in html) == (400, True)
        assert htmx or ("<h1>Archive</h1>" in html and "Chat 0" in html)


def undo_of(html: str) -> tuple[str, str]:
    """Where the notice's Undo leads, and the moment it names."""
    found = re.search(r'action="([^"]*undo/)".*?name="moment" value="([^"]*)"', html, re.DOTALL)
    assert found
    return found[1], found[2]


@pytest.mark.parametrize("htmx", [True, False])
def test_several_that_were_deleted_come_back_by_one_undo(
    owner_client: Client, owner: User, other: User, htmx: bool
) -> None:
    first, second, third = make(owner, 3)
    theirs = begin(other).question.conversation
    do_to(owner_client, "delete_selected", first, second)
    html = owner_client.get(reverse("chat:chats")).content.decode()
    assert "2 chats were deleted." in html
    assert rows(owner_client, "chats") == [third.title]
    action, moment = undo_of(html)
    Conversation.objects.filter(pk=theirs.pk).update(deleted=moment)
    response = owner_client.post(action, {"moment": moment}, headers=HTMX if htmx else {})
    assert response.status_code == (200 if htmx else 303)
    assert len(rows(owner_client, "chats")) == 3
    assert Conversation.objects.get(pk=theirs.pk).deleted  # somebody else's of the same moment
    assert owner_client.post(action, {"moment": moment}).status_code == 410


@pytest.mark.parametrize("moment", ["", "x", "2026-01-01", "2026-99-01T00:00:00+00:00", "2026-01-01T00:00:00"])
def test_undo_of_no_moment_is_too_late(owner_client: Client, owner: User, moment: str) -> None:
    make(owner, 1)
    assert owner_client.post(reverse("chat:undo_selected"), {"moment": moment}).status_code == 410


def test_undo_of_several_comes_too_late_after_ten_seconds(owner_client: Client, owner: User) -> None:
    make(owner, 2)
    moment = timezone.now() - KEPT
    Conversation.objects.update(deleted=moment)
    assert owner_client.post(reverse("chat:undo_selected"), {"moment": moment.isoformat()}).status_code == 410
    assert Conversation.objects.of(owner).count() == 0


# All of them


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("word", ["delete", " DELETE "])
def test_all_are_deleted_once_the_word_is_typed(
    owner_client: Client, owner: User, other: User, word: str, htmx: bool
) -> None:
    running = begin(owner)
    make(owner, 2)
    make(owner, 1, is_archived=True)
    make(owner, 1, is_temporary=True)
    make(other, 1)
    response = owner_client.post(reverse("chat:delete_all"), {"word": word}, headers=HTMX if htmx else {})
    assert response.headers["HX-Redirect" if htmx else "Location"] == reverse("chat:chats")
    assert Conversation.objects.of(owner).count() == 0
    assert Conversation.objects.of(other).count() == 1
    assert Generation.objects.get(pk=running.generation.pk).state == State.STOPPED
    html = owner_client.get(reverse("chat:chats")).content.decode()
    assert "5 chats were deleted." in html
    action, moment = undo_of(html)
    owner_client.post(action, {"moment": moment})
    assert Conversation.objects.of(owner).count() == 5


@pytest.mark.parametrize("htmx", [True, False])
@pytest.mark.parametrize("word", ["", "yes", "delete it"])
def test_without_the_word_nothing_is_deleted(owner_client: Client, owner: User, word: str, htmx: bool) -> None:
    make(owner, 2)
    response = owner_client.post(reverse("chat:delete_all"), {"word": word}, headers=HTMX if htmx else {})
    assert (response.status_code, "Nothing was deleted." in response.content.decode()) == (400, True)
    assert Conversation.objects.of(owner).count() == 2


# The pages of many chats


PAGES = ["chats", "archived", "delete_all"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_which_it_is_and_asks_strangers_to_sign_in(client: Client, owner_client: Client, name: str) -> None:
    html = owner_client.get(reverse(f"chat:{name}")).content.decode()
    assert html.count('aria-current="page"') == (0 if name == "delete_all" else 1)
    assert client.get(reverse(f"chat:{name}")).headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["chats", "archived", "list"])
def test_pages_are_for_reading(owner_client: Client, name: str) -> None:
    assert owner_client.post(reverse(f"chat:{name}")).status_code == 405


@pytest.mark.parametrize("name", [*MANY, "delete_selected", "undo_selected"])
def test_deeds_on_several_are_for_posting(client: Client, owner_client: Client, name: str) -> None:
    assert owner_client.get(reverse(f"chat:{name}")).status_code == 405
    assert client.post(reverse(f"chat:{name}")).headers["Location"].startswith(reverse("account_login"))


def test_all_on_a_page_can_be_selected_without_script(owner_client: Client, owner: User) -> None:
    make(owner, 3)
    page = reverse("chat:chats")
    assert owner_client.get(page).content.decode().count(" checked>") == 0
    assert owner_client.get(page, {"select": "all"}).content.decode().count(" checked>") == 3
