from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest


class ReviewSite(AdminSite):
    """Django's admin, as the place where conversations are reviewed."""

    site_header = site_title = "ChatStream"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "unseen_mentions": self._unseen_mentions(request)}

    def _unseen_mentions(self, request: HttpRequest) -> int:
        """Return how often somebody was mentioned in notes they have not looked at."""
        from chat.models import Mention, User

        user = request.user
        if not isinstance(user, User) or not user.has_perm("chat.view_note"):
            return 0
        return Mention.objects.waiting_for(user).that_can_be_read().count()
