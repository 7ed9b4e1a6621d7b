import re
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from chat.second_factor import has_factor, may_use_admin, way_to_show_factor

NUL = re.compile("%(25)?00")
SHOW_FACTOR = "You signed in here without your second factor. The admin asks for it."
SECOND_FACTOR = "The admin asks for more than a password. Set up an authenticator app here, or a security key."


def could_be_key(model: type[Model], text: str) -> bool:
    try:
        model._meta.pk.clean(text, None)
    except ValidationError:
        return False
    return True


class ReviewSite(AdminSite):
    """Django's admin, as the place where conversations are reviewed."""

    site_header = site_title = "ChatStream"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and may_use_admin(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Refuse what no page of ours sends: an address with a NUL in it, also within the list's query that it carries,
        for PostgreSQL has none, and an action on rows that can't be."""
        checked = super().admin_view(view, cacheable)
        model = getattr(getattr(view, "__self__", None), "model", None)

        @wraps(checked)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if NUL.search(request.META.get("QUERY_STRING", "")):
                raise BadRequest("An address holds no NUL.")
            if model and not all(could_be_key(model, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
                raise BadRequest("What was chosen is none of the rows.")
            response: HttpResponse = checked(request, *args, **kwargs)
            return response

        return inner

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """No form here asks for it, and it would show titles, and search texts, past the read log."""
        raise PermissionDenied

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the one way in, where attempts are counted and the second factor is asked for."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
        safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
        way_back = wanted if safe else reverse("admin:index")
        if self.has_permission(request):
            return redirect(way_back)
        if super().has_permission(request):
            return self._ask_second_factor(request, way_back)
        return redirect_to_login(way_back, reverse("account_login"))

    def _ask_second_factor(self, request: HttpRequest, way_back: str) -> HttpResponse:
        if not has_factor(request):
            messages.info(request, SECOND_FACTOR)
            return redirect("mfa_index")
        messages.info(request, SHOW_FACTOR)
        return redirect(f"{way_to_show_factor(request)}?{urlencode({REDIRECT_FIELD_NAME: way_back})}")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "unseen_mentions": self._unseen_mentions(request)}

    def _unseen_mentions(self, request: HttpRequest) -> int:
        """Return how often somebody was mentioned in notes they have not looked at."""
        from chat.models import Conversation, Mention, User

        user = request.user
        if not isinstance(user, User) or not user.has_perm("chat.view_note"):
            return 0
        there = Conversation.objects.reviewable().values("pk")
        return Mention.objects.waiting_for(user).filter(note__conversation__in=there).count()

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the figures to those who may see them; others see Django's own index."""
        from chat.admin.figures import RANGES, Figures  # models are not there yet when this site is made

        if request.user.has_perm("chat.view_figures"):
            extra_context = {"figures": Figures(request), "ranges": RANGES, **(extra_context or {})}
        return super().index(request, extra_context)
