"""What search finds, on either database, and that it is kept with what it finds."""

import uuid
from io import StringIO
from unicodedata import normalize

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from chat.models import Conversation, Ending, Message, SearchEntry, User
from chat.models.chunk import Row
from chat.models.generation import Generation, State
from chat.models.search import BLOCK, MOST, Query
from chat.words import BOUND
from tests.conftest import begin

pytestmark = pytest.mark.django_db


def found(query: str, owner: User | None) -> list[str]:
    """Return the texts that are found, a title where it is that."""
    hits = SearchEntry.objects.search(Query(query), owner.pk if owner else None).hits
    entries = SearchEntry.objects.defer("words").in_bulk([hit.entry for hit in hits])
    told = [entries[hit.entry] for hit in hits]
    return [entry.message.text if entry.message else entry.conversation.title for entry in told]


def conversation_with(user: User, *texts: str, title: str = "") -> Conversation:
    conversation = Conversation.objects.create(user=user, title=title)
    for text in texts:
        Message.objects.create(conversation=conversation, role=Message.Role.USER, text=text)
    return conversation


# Words


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Why is the sky blue?", "sky"),
        ("Why is the sky blue?", "BLUE sky"),
        ("Why is the sky blue?", "why blu"),
        ("Why is the sky blue?", '"the sky"'),
        ("Why is the sky blue?", '"sky bl'),
        ("Why is the sky blue?", "“the sky”"),
        ("A well-known place", "well-known"),
        ("It doesn't rain", "doesn't"),
        ("call stream_view(request)", "view"),
        ("Ein Café in Köln", "cafe koln"),
        ("Ein Cafe in Koln", "café köln"),
        (normalize("NFD", "Ein Café in Köln"), "Café"),
        ("Die Straße", "STRASSE"),
        ("ﬁne, Ｗｉｄｅ", "fine wide"),
        ("Ελλάδα", "ΕΛΛΑΔΑ"),
        ("İstanbul", "istanbul"),
        ("東京タワーの高さ", "東京"),
        ("東京タワーの高さ", "高"),
        ("東京タワーの高さ", "さ"),
        ("東京タワーの高さ", "タワーの高さ"),
        ("东京的iPhone手机很贵", "iphone手机"),
        ("东京的iPhone手机很贵", "手机 贵"),
        ("𠮷野家", "𠮷野"),
        ("서울은 대한민국의 수도", "민국"),
        ("สวัสดีครับ ชาวโลก", "ครับ"),
        ("हिन्दी में", "हिन्दी"),
        ("مَرْحَبًا بالعالم", "مرحبا"),
    ],
)
def test_it_is_found(owner: User, text: str, query: str) -> None:
    conversation_with(owner, text, "Something else entirely")
    assert found(query, owner) == [text]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Why is the sky blue?", "skies"),
        ("Why is the sky blue?", "sk blue"),
        ("Why is the sky blue?", "green sky"),
        ("Why is the sky blue?", '"sky the"'),
        ("Why is the sky blue?", '"th" sky'),
        ("Why is the sky blue?", "b"),
        ("東京タワー", "京東"),
        ("かき", "かぎ"),
        ("Why is the sky blue?", "owner"),
    ],
)
def test_it_is_not_found(owner: User, text: str, query: str) -> None:
    conversation_with(owner, text)
    assert found(query, owner) == []


@pytest.mark.parametrize("query", ["", " ", '"', '""', "*", "()", ":", "🎉", "\0", "' OR 1=1 --", "_", "-"])
def test_what_has_no_letters_finds_nothing(owner: User, query: str) -> None:
    conversation_with(owner, "Why is the sky blue? 🎉")
    assert found(query, owner) == []


SYNTAX = ["AND", "NOT", "NEAR(", *"*:)^'\\&|!<->🎉{}\0\" ", "sky", "東京", "_1"]
typed = st.text(max_size=80) | st.lists(st.sampled_from(SYNTAX)).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=typed)
def test_whatever_is_typed_is_a_query(owner: User, query: str) -> None:
    found(query, owner)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
def test_whatever_is_said_is_stored_and_found_by_itself(owner: User, text: str) -> None:
    conversation = conversation_with(owner, text)
    assert (text in found(f'"{text.translate(dict.fromkeys(map(ord, QUOTES), " "))}"', owner)) == bool(Query(text))
    conversation.delete()


QUOTES = '"“”„«»'


def test_a_query_of_ten_thousand_characters_is_one(owner: User) -> None:
    conversation_with(owner, "a word " * 200)
    assert len(found("word " * 2_000, owner)) == 1
    assert found("x" * 10_000, owner) == []
    found("東" * 10_000, owner)
    found(" ".join(str(number) for number in range(3_000)), owner)


@pytest.mark.parametrize(
    "text",
    [
        "word " * 210_000,
        " ".join(f"{number:x}" for number in range(150_000)),
        "x" * 1_048_576,
        "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(349_000)),
        "ﷺ" * 349_000,
        "𠮷 " * 209_000,
        "'\\" * 500_000,
    ],
    ids=["one word", "many words", "a long word", "Chinese", "ligatures", "beyond 16 bits", "quotes"],
)
def test_an_answer_of_a_megabyte_is_stored_whatever_it_says(owner: User, text: str) -> None:
    conversation = conversation_with(owner, f"Beginning. {text}")
    assert conversation.messages.get().text.endswith(text)
    assert len(found("beginning", owner)) == 1


def test_a_text_is_found_up_to_its_bound(owner: User) -> None:
    conversation_with(owner, "so " * (BOUND // 3 - 10) + "nearly " + "so " * 20 + "beyond")
    assert len(found("nearly", owner)) == 1
    assert found("beyond", owner) == []


# Order


def test_a_title_counts_more_than_any_text(owner: User) -> None:
    conversation_with(owner, "rain", title="Weather")
    conversation_with(owner, "Clouds", title="About rain")
    conversation_with(owner, "rain, rain, rain", title="More")
    assert found("rain", owner)[0] == "About rain"
    assert len(found("rain", owner)) == 3


def test_a_text_that_says_more_of_it_comes_first(owner: User) -> None:
    conversation_with(owner, "rain and much else that is said at some length here " * 5)
    conversation_with(owner, "rain, rain and again rain")
    conversation_with(owner, "there is rain and then there is much, much more to say of other things")
    assert found("rain", owner)[0] == "rain, rain and again rain"


def test_of_texts_that_say_it_alike_the_later_comes_first_though_it_came_in_before(owner: User) -> None:
    days = {"rain of May": 5, "rain of March": 3, "rain of April": 4}  # as exports are sorted, or not at all
    for text, month in days.items():
        conversation_with(owner, text)
        Message.objects.filter(text=text).update(created=timezone.now().replace(2026, month, 1))
    assert found("rain", owner) == ["rain of May", "rain of April", "rain of March"]


def test_of_titles_that_say_it_alike_the_one_last_written_to_comes_first(owner: User) -> None:
    for title, month in (("rain of May", 5), ("rain of March", 3), ("rain of April", 4)):
        conversation = conversation_with(owner, title=title)
        Conversation.objects.filter(pk=conversation.pk).update(updated=timezone.now().replace(2026, month, 1))
    assert found("rain", owner) == ["rain of May", "rain of April", "rain of March"]


def test_a_title_is_no_result_of_its_own_where_a_message_is_one(owner: User) -> None:
    conversation_with(owner, "Does rain fall?", title="Does rain fall?")
    assert len(SearchEntry.objects.search(Query("rain"), owner.pk).hits) == 1


def test_of_very_many_the_newest_are_ranked(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = Conversation.objects.create(user=owner, title="Many")
    Message.objects.bulk_create(
        Message(conversation=conversation, role=Message.Role.USER, text=f"rain {number}")
        for number in range(MOST + 100)
    )
    SearchEntry.objects.index(conversation)
    conversation_with(owner, "rain of today")
    texts = found("rain", owner)
    assert len(texts) == MOST
    assert "rain of today" in texts


def test_old_entries_are_found_past_many_blocks_of_newer_ones(owner: User) -> None:
    old = conversation_with(owner, "rain of old")
    new = conversation_with(owner, "rain of today")
    SearchEntry.objects.filter(conversation=new).update(number=40 * BLOCK)
    SearchEntry.objects.index(new)
    assert sorted(found("rain", owner)) == ["rain of old", "rain of today"]
    old.delete()
    assert found("rain", owner) == ["rain of today"]


# Whose


def test_nobody_finds_what_is_another_persons(owner: User, other: User) -> None:
    conversation_with(owner, "my secret", title="A secret")
    conversation_with(other, f"secret _{owner.pk} {owner.pk}", title="secret")
    assert found("secret", owner) == ["my secret"]
    assert len(found("secret", other)) == 1
    assert len(found("secret", None)) == 2


def test_neither_deleted_nor_temporary_chats_are_found_but_archived_ones_are(owner: User) -> None:
    conversation_with(owner, "rain, archived")
    Conversation.objects.update(is_archived=True)
    Conversation.objects.filter(pk=conversation_with(owner, "rain, deleted").pk).update(deleted=timezone.now())
    Conversation.objects.filter(pk=conversation_with(owner, "rain, temporary").pk).update(is_temporary=True)
    assert found("rain", owner) == ["rain, archived"]


def test_who_signs_up_finds_what_they_said_as_a_guest(owner: User) -> None:
    guest = User.objects.for_guest("a key")
    begin(guest, "rain of a guest")
    assert found("rain", owner) == []
    owner.adopt(guest)
    assert found("rain", owner) == ["rain of a guest"]


# Kept


def test_a_question_is_found_at_once_and_its_answer_when_it_ends(owner: User) -> None:
    turn = begin(owner, "Does it rain?")
    assert found("rain", owner) == ["Does it rain?"]
    claim = turn.generation.claim_for("test") or uuid.uuid4()
    Generation.objects.append([claim], [Row(turn.answer.pk, claim, "text", 0, "Only umbrellas know.", 1)], again=False)
    assert found("umbrellas", owner) == []
    turn.answer.refresh_from_db()
    Generation.objects.get().end(Ending(State.COMPLETE))
    assert found("umbrellas", owner) == ["Only umbrellas know."]


def test_an_edited_question_and_a_new_title_are_found(owner: User) -> None:
    turn = begin(owner, "Does it rain?")
    conversation = turn.question.conversation
    conversation.edit(turn.question, "Does it snow?", uuid.uuid4(), "scripted")
    assert found("snow", owner) == ["Does it snow?"]
    conversation.title = "Hail"
    conversation.save(update_fields=["title"])
    assert found("hail", owner) == ["Hail"]
    conversation.title = "Sleet"
    conversation.save()
    assert found("hail", owner) == []
    assert found("sleet", owner) == ["Sleet"]


def test_what_is_deleted_is_gone_from_the_index(owner: User) -> None:
    conversation = conversation_with(owner, "rain", title="rain")
    begin(owner, "rain again")
    assert in_the_index("rain") == 4
    conversation.messages.all().delete()
    assert in_the_index("rain") == 3
    conversation.delete()
    assert in_the_index("rain") == 2
    owner.delete()
    assert in_the_index("rain") == 0
    assert not SearchEntry.objects.exists()


def in_the_index(word: str) -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT count(*) FROM chat_searchentry WHERE words @@ %s::tsquery", [word])
        else:
            cursor.execute("SELECT count(*) FROM chat_searchindex WHERE chat_searchindex MATCH %s", [word])
        return int(cursor.fetchone()[0])


def test_what_was_written_in_bulk_is_found_once_the_conversation_is_indexed(owner: User) -> None:
    conversation = conversation_with(owner, "here already", title="Old")
    Message.objects.bulk_create([Message(conversation=conversation, role="user", text=f"rain {n}") for n in range(250)])
    Conversation.objects.filter(pk=conversation.pk).update(title="New")
    assert found("rain", owner) == []
    for _ in range(2):
        assert SearchEntry.objects.index(conversation) == 252
        assert len(found("rain", owner)) == 250
        assert found("new", owner) == ["New"]
        assert found("old", owner) == []
        assert found("already", owner) == ["here already"]


@pytest.mark.parametrize("options", [[], ["--index"]])
def test_the_command_makes_good_whatever_was_missed(owner: User, options: list[str], transactional_db: None) -> None:
    conversation = conversation_with(owner, "rain", title="One")
    lost = conversation_with(owner, "rain too", title="Two")
    SearchEntry.objects.filter(conversation=lost).delete()
    Message.objects.filter(conversation=conversation).update(text="snow")
    assert found("rain", owner) == ["rain"] or found("rain", owner) == ["snow"]
    said = StringIO()
    call_command("rebuild_search", *options, stdout=said)
    assert "4 entries of 2 conversations." in said.getvalue()
    assert found("rain", owner) == ["rain too"]
    assert found("snow", owner) == ["snow"]
    assert found("two", owner) == ["Two"]


def spared(user: User, settings: Settings, how: str) -> None:
    """Have staff spare this person's chats."""
    if how == "left":
        User.objects.filter(pk=user.pk).update(left=timezone.now())
    elif how == "group":
        settings.CHAT_REVIEW_EXCEPT_GROUPS = ["Board", "Council"]
        user.groups.add(Group.objects.create(name="Council"))
    else:
        settings.CHAT_REVIEW = how
        User.objects.filter(pk=user.pk).update(allows_review=False if how == "opt-out" else None)


@pytest.mark.parametrize("how", ["left", "group", "opt-out", "opt-in"])
def test_staff_find_what_they_may_read_past_all_that_they_may_not(
    owner: User, other: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr("chat.models.search.MOST", 3)
    monkeypatch.setattr("chat.models.search.ENOUGH", 3)
    settings.CHAT_MAX_RUNNING = 10
    User.objects.filter(pk=owner.pk).update(allows_review=True)
    begin(owner, "Mine is a common word")
    for _ in range(4):
        begin(other, "A common word")
    assert "Mine is a common word" not in found("common", None)
    spared(other, settings, how)
    assert found("common", None) == ["Mine is a common word"]
    assert "A common word" in found("common", other)  # their own search is theirs
