"""What the application wrote is a record: staff read it, search it, and neither change it nor take a part away.

A conversation is deleted whole (deleting.py), or not at all.
"""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest

from chat.admin.names import PlainNamesMixin

WORDS = ("title", "text", "reasoning", "system_prompt", "before", "after")  # fields of what people said
MOST = 2_000  # rows that a list counts and pages through: filters lead to the others


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than MOST: the whole of a big table is counted by reading it."""

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def has_more(self) -> bool:
        return self._counted > MOST

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return rows.order_by().values("pk")[: MOST + 1].count()  # type: ignore[no-any-return]


class RecordAdmin(PlainNamesMixin):
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table
    list_per_page = 50
    paginator = BoundedPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A list that an address narrows down by what was said tells it, and the read log would not know."""
        return not lookup.startswith(WORDS) and super().lookup_allowed(lookup, value, request)
