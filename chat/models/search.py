"""What search finds: an entry for every message and every conversation's title, with the words it is found by.

The words are a row's own; the index over them is the database's: FTS5 on SQLite, kept by triggers, and a tsvector under
GIN on PostgreSQL (migration 0008_search). So whoever writes a text writes its entry, in the same transaction.
"""

import math
import re
import uuid
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth import get_user_model
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Left

from chat.models.consent import may_be_read
from chat.words import BOUND, indexed, is_dense, runs, words_of

if TYPE_CHECKING:
    from chat.models.conversation import Conversation
    from chat.models.message import Message

MOST = 300  # hits that are ranked: the newest
ENOUGH = 100  # hits for which no older block is asked
BLOCK = 2_000  # entries of one person
AMONG_ALL = 10_000  # entries that are asked first when everybody's are
TERMS = 12  # of one query
LONGEST_QUERY = 500  # characters
OWNERS = 2  # words before a text's own
FOR_A_TITLE = 10.0  # more than a rank can be


# What people look for


@dataclass(frozen=True)
class Term:
    """A word or a phrase ("well-known" is one too); `is_open` where its last word may go on."""

    runs: tuple[str, ...]
    is_open: bool = False

    @property
    def words(self) -> list[str]:
        words = words_of(list(self.runs))
        if len(self.runs[-1]) > 1 and is_dense(self.runs[-1]):
            words.pop()  # the last character, alone: the pair before has it
        return words

    @property
    def is_prefix(self) -> bool:
        """Whether the last word is a beginning: it is being typed, or is one character of a script without blanks."""
        last = self.runs[-1]
        return len(last) == 1 if is_dense(last) else self.is_open and len(last) > 1


class Query:
    """All of its terms are wanted. Whatever is typed is a query: what is no letter parts words, and means nothing."""

    def __init__(self, text: str) -> None:
        """Words are whole, the last one may be the beginning of one; what stands in quotes is a phrase."""
        pieces = re.split('["“”„«»]', text[:LONGEST_QUERY])
        found: list[tuple[int, list[str]]] = []
        for place, piece in enumerate(pieces):
            is_phrase = place % 2 == 1  # also one without an end, which is being typed
            found += [(place, there) for part in ([piece] if is_phrase else piece.split()) if (there := runs(part))]
        terms = [Term(tuple(there)) for _, there in found]
        if found and found[-1][0] == len(pieces) - 1:
            terms[-1] = Term(terms[-1].runs, is_open=True)
        self.terms: list[Term] = list(dict.fromkeys(terms))[:TERMS]

    def __bool__(self) -> bool:
        return bool(self.terms)


# What is found


@dataclass(frozen=True)
class Hit:
    entry: int
    conversation: object  # as the database says it
    is_title: bool
    when: object  # the message was said, or the title's chat was last written to; as the database says it
    rank: float

    def place(self, extra: float) -> tuple[Any, ...]:
        """Return what hits are sorted by: of two that say it alike the later comes first, whatever came in first."""
        return self.rank + extra, self.when, self.entry


@dataclass(frozen=True)
class Found:
    hits: list[Hit]  # the best first
    is_all: bool  # False: there may be older ones


class Words(models.TextField):  # type: ignore[type-arg]
    """Words with blanks between; on PostgreSQL they are kept as a tsvector, with their places."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_placeholder(self, value: Any, compiler: Any, connection: BaseDatabaseWrapper) -> str:
        return "%s::tsvector" if connection.vendor == "postgresql" else "%s"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return _vector(value) if connection.vendor == "postgresql" else value


def _vector(text: str) -> str:
    """Return a tsvector as PostgreSQL reads one. Words are letters and digits, so nothing needs quoting."""
    *marks, words = text.split(" ", OWNERS)
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words.split(), 1):
        places.setdefault(word, []).append(str(place))
    marks += _pairs(words.split())
    return " ".join([*(f"'{mark}'" for mark in marks), *(f"'{word}':{','.join(at)}" for word, at in places.items())])


def _pairs(words: list[str]) -> list[str]:
    """Return a mark for each two words that stand side by side: one of 65,536, which all such pairs share.

    GIN knows which texts hold the words of a phrase, not where. PostgreSQL looks at each of them, and two common words
    are in half of all texts; by these marks nearly all that don't hold the phrase are left out before.
    """
    return sorted({f"~{zlib.crc32(f'{one} {other}'.encode()) & 0xFFFF:x}" for one, other in pairwise(words)})


class SearchQuerySet(models.QuerySet["SearchEntry"]):
    # Keeping it

    def add(self, conversation: "Conversation", message: "Message | None") -> None:
        """Make the entry of a message, or of the title, that is new."""
        owner = conversation.user_id
        number = self._next_number(owner)
        words = words_for(owner, number, message.text if message else conversation.title)
        self.create(conversation=conversation, message=message, owner=owner, number=number, words=words)

    def change(self, conversation_id: uuid.UUID, message_id: uuid.UUID | None, text: str) -> None:
        """Write the words of an entry anew.

        The row is held, and nothing beside it: who ends an answer may not wait for a conversation or its owner (as new
        rows do, for their foreign keys), because whoever holds those may be waiting for the answer.
        """
        entries = self.filter(conversation=conversation_id, message=message_id)
        entry = entries.select_for_update(no_key=True).defer("words").first()
        if entry:
            entry.words = words_for(entry.owner, entry.number, text)
            entry.save(update_fields=["words"])

    @transaction.atomic
    def index(self, conversation: "Conversation") -> int:
        """Write all entries of a conversation anew, after its messages were written in bulk or it was handed over.

        Returns how many there are. Whoever adds to it meanwhile waits, and so does the end of an answer.
        """
        conversations = type(conversation)._default_manager.select_for_update(no_key=True)
        now = conversations.only("user_id", "title").filter(pk=conversation.pk).first()
        if now is None:  # deleted meanwhile
            return 0
        owner = now.user_id
        there = {entry.message_id: entry for entry in self.filter(conversation=conversation).defer("words")}
        number = self._next_number(owner)
        fresh: list[SearchEntry] = []
        for count, (message_id, text) in enumerate(_texts_of(now), 1):  # noqa: B007
            entry = there.get(message_id)
            if entry is None:
                entry = SearchEntry(conversation=conversation, message_id=message_id)
            if entry.pk is None or entry.owner != owner:
                entry.number, number = number, number + 1
            entry.owner = owner
            entry.words = words_for(owner, entry.number, text)
            if entry.pk is None:
                fresh.append(entry)
            else:
                entry.save(update_fields=["owner", "number", "words"])
            if len(fresh) == 100:
                self.bulk_create(fresh)
                fresh = []
        self.bulk_create(fresh)
        return count

    def _next_number(self, owner: int) -> int:
        """Return what the next entry of a person is counted as; two at once may have the same."""
        latest = self.filter(owner=owner).order_by("-number").values_list("number", flat=True).first()
        return 0 if latest is None else latest + 1

    # Finding

    def search(self, query: Query, owner: int | None) -> Found:
        """Return the newest hits, at most MOST, of this person or (None) of everybody whose chats staff may read.

        A title counts most, and is a hit of its own only where no message of its conversation is one.
        """
        if not query:
            return Found([], is_all=True)
        on_postgresql = connections[self.db].vendor == "postgresql"
        hits, is_all = self._on_postgresql(query, owner) if on_postgresql else self._on_sqlite(query, owner)
        titles = {hit.conversation for hit in hits if hit.is_title}
        told = {hit.conversation for hit in hits if not hit.is_title}
        shown = [hit for hit in hits if not (hit.is_title and hit.conversation in told)]
        shown.sort(key=lambda hit: hit.place(FOR_A_TITLE * (hit.conversation in titles)), reverse=True)
        return Found(shown, is_all)

    def shown(self, entries: list[int]) -> "dict[int, SearchEntry]":
        """Return entries with what a result shows of their conversations and messages, in one look."""
        parts = ["conversation__title", "conversation__updated", "conversation__is_archived", "message__role"]
        found = self.filter(pk__in=entries).select_related("conversation", "message")
        found = found.only("conversation", "message", *parts, "message__created")
        texts = found.annotate(beginning=Left("message__text", BOUND))
        for entry in texts:
            if entry.message:
                entry.message.text = entry.beginning  # type: ignore[attr-defined]
        return {entry.pk: entry for entry in texts}

    def _on_sqlite(self, query: Query, owner: int | None) -> tuple[list[Hit], bool]:
        """FTS5 goes from the newest row to the oldest and stops when it has enough. Its own rank, bm25(), would first
        count every hit of every word, so the few that are shown are ranked here, by the same idea."""
        wanted = [f'"{" ".join(term.words)}"{" *" if term.is_prefix else ""}' for term in query.terms]
        if owner is not None:
            wanted.insert(0, f'"_{owner}"')
        may_be_found, whose = _may_be_found(owner)
        sql = f"""
            SELECT entry.id, entry.conversation_id, entry.message_id IS NULL,
                coalesce(message.created, conversation.updated), entry.words
            FROM chat_searchindex CROSS JOIN chat_searchentry entry ON entry.id = chat_searchindex.rowid
            CROSS JOIN chat_conversation conversation ON conversation.id = entry.conversation_id
            LEFT JOIN chat_message message ON message.id = entry.message_id
            WHERE chat_searchindex MATCH %s AND {may_be_found}
            ORDER BY chat_searchindex.rowid DESC LIMIT {MOST}
        """  # noqa: S608
        rows = self._rows(sql, [" AND ".join(wanted), *whose])
        sought = [f" {' '.join(term.words)}{'' if term.is_prefix else ' '}" for term in query.terms]
        hits = [Hit(entry, chat, bool(title), when, _rank(sought, words)) for entry, chat, title, when, words in rows]
        return hits, len(hits) < MOST

    def _on_postgresql(self, query: Query, owner: int | None) -> tuple[list[Hit], bool]:
        """GIN knows no order: it would fetch half of all rows to find the newest that hold a common word. So a person's
        entries are numbered and marked with their block, and the newest blocks are asked first."""
        said = " & ".join(_as_tsquery(term) for term in query.terms)
        wanted = " & ".join([said, *(f"'{pair}'" for term in query.terms for pair in _pairs_of(term))])
        may_be_found, whose = _may_be_found(owner)
        among = "AND id > %s AND id <= %s" if owner is None else ""
        sql = f"""
            WITH matching AS MATERIALIZED (
                SELECT id, conversation_id FROM chat_searchentry WHERE words @@ %s::tsquery {among}
            ), found AS MATERIALIZED (
                SELECT matching.id, conversation.updated FROM matching JOIN chat_conversation conversation
                ON conversation.id = matching.conversation_id WHERE {may_be_found}
                ORDER BY matching.id DESC LIMIT {MOST}
            )
            SELECT entry.id, entry.conversation_id, entry.message_id IS NULL,
                coalesce(message.created, found.updated), ts_rank(entry.words, %s::tsquery, 1)
            FROM found JOIN chat_searchentry entry USING (id) LEFT JOIN chat_message message
            ON message.id = entry.message_id ORDER BY entry.id DESC
        """  # noqa: S608
        hits: list[Hit] = []
        parts = self._parts_of_all(wanted) if owner is None else self._parts_of(owner, wanted)
        for part in parts:
            if len(hits) >= ENOUGH:
                return hits[:MOST], False
            rows = self._rows(sql, [*part, *whose, said])
            hits += [Hit(*row) for row in rows]
        return hits[:MOST], len(hits) < MOST

    def _parts_of_all(self, wanted: str) -> Iterator[list[Any]]:
        """Yield what to look for, and among which of all entries: the newest, then four times as many each time."""
        end, size = self.order_by("-pk").values_list("pk", flat=True).first() or 0, AMONG_ALL
        while end > 0:
            start = max(end - size, 0)
            yield [wanted, start, end]
            end, size = start, size * 4

    def _parts_of(self, owner: int, wanted: str) -> Iterator[list[Any]]:
        """Yield what to look for in some blocks of a person: the newest, then four times as many each time."""
        end, size = (self._next_number(owner) - 1) // BLOCK + 1, 1
        while end > 0:
            start = max(end - size, 0)
            blocks = " | ".join(f"'_{owner}_{block}'" for block in range(start, end))
            yield [f"{wanted} & ({blocks})"]
            end, size = start, size * 4

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with connections[self.db].cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())


def words_for(owner: int, number: int, text: str) -> str:
    """Return what an entry is found by. First (OWNERS) come words that say whose it is; no text has "_" in a word."""
    return f"_{owner} _{owner}_{number // BLOCK} {indexed(text)}"


def _texts_of(conversation: "Conversation") -> Iterator[tuple[uuid.UUID | None, str]]:
    """Yield the title and each message's text as far as it is indexed; who writes one of them now is waited for."""
    yield None, conversation.title
    messages = conversation.messages.select_for_update(no_key=True).annotate(beginning=Left("text", BOUND))
    yield from messages.values_list("pk", "beginning").iterator(chunk_size=50)


def _may_be_found(owner: int | None) -> tuple[str, list[Any]]:
    """Return the condition on a conversation, and its values; for everybody's it says what reviewable() says."""
    there = "conversation.deleted IS NULL AND NOT conversation.is_temporary"
    if owner is not None:
        return f"conversation.user_id = %s AND {there}", [owner]
    people = get_user_model().objects.filter(may_be_read(), pk=RawSQL("conversation.user_id", []))
    sql, values = people.order_by().values("pk").query.sql_with_params()
    return f"{there} AND EXISTS ({sql})", list(values)


def _as_tsquery(term: Term) -> str:
    phrase = " <-> ".join(f"'{word}'" for word in term.words)
    return f"({phrase}{':*' if term.is_prefix else ''})"


def _pairs_of(term: Term) -> list[str]:
    return _pairs(term.words[:-1] if term.is_prefix else term.words)


def _rank(sought: list[str], words: str) -> float:
    """Return how much a text is about what is looked for: how often it says it, against its length."""
    text = f" {words} "
    counts = [text.count(each) for each in sought]
    return sum(count / (count + 1) for count in counts) / (1 + math.log(text.count(" ")))


class SearchEntry(models.Model):
    conversation = models.ForeignKey("chat.Conversation", models.CASCADE, related_name="search_entries")
    message = models.OneToOneField(
        "chat.Message", models.CASCADE, null=True, blank=True, related_name="search_entry"
    )  # None: the title
    owner = models.BigIntegerField()  # the conversation's user, whom no foreign key holds (see change())
    number = models.PositiveIntegerField()  # of the owner's entries; a block is BLOCK of them
    words = Words()

    objects: ClassVar[SearchQuerySet] = SearchQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "search entries"
        indexes = [models.Index(fields=["owner", "-number"], name="newest_entries_of_an_owner")]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(message=None), name="one_search_entry_per_title"
            )
        ]

    def __str__(self) -> str:
        return f"What {self.message or self.conversation} is found by"
