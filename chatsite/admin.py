from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse


class ReviewSite(AdminSite):
    """Django's admin, as the place where conversations are reviewed."""

    site_header = site_title = "ChatStream"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the figures to those who may see them; others see Django's own index."""
        from chat.admin.figures import RANGES, Figures  # models are not there yet when this site is made

        if request.user.has_perm("chat.view_figures"):
            extra_context = {"figures": Figures(request), "ranges": RANGES, **(extra_context or {})}
        return super().index(request, extra_context)
