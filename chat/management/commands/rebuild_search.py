"""Write what search knows anew: after texts were written past it, or when a new version reads them otherwise."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.db.models import Q

from chat.models import Conversation, SearchEntry

LOT = 200  # conversations looked up at a time
WHOLE = {
    "postgresql": "REINDEX INDEX CONCURRENTLY chat_searchindex",
    "sqlite": "INSERT INTO chat_searchindex (chat_searchindex) VALUES ('rebuild')",
}


class Command(BaseCommand):
    help = "Writes every entry of the search anew, a conversation at a time, while the site runs."
    requires_migrations_checks = True

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--index",
            action="store_true",
            help="then have the database make its index anew from them; on SQLite nobody can write meanwhile",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        total = Conversation.objects.count()
        entries = done = 0
        for done, conversation in enumerate(_all(), 1):
            entries += SearchEntry.objects.index(conversation)
            if done % LOT == 0:
                self.stdout.write(f"{done:,} of {total:,} conversations")
        if options["index"]:
            with connection.cursor() as cursor:
                cursor.execute(WHOLE[connection.vendor])
        self.stdout.write(f"{entries:,} entries of {done:,} conversations.")


def _all() -> Iterator[Conversation]:
    """Yield every conversation, oldest first, in lots: no query stays open between the transactions."""
    older = Q()
    while lot := list(Conversation.objects.filter(older).order_by("created", "pk")[:LOT]):
        yield from lot
        last = lot[-1]
        older = Q(created__gt=last.created) | Q(created=last.created, pk__gt=last.pk)
