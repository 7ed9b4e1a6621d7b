"""What others see of a chat by its link, and going on with a copy of it. Nobody needs an account to read.

Reading looks at no session and leaves no cookie behind, so the page holds no form: going on has a page of its own.
"""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from chat.accounts import may_be_guest, offer_guest_cookie, sign_in_guest
from chat.errors import ChatError
from chat.models import Share
from chat.views.pages import SeeOther
from chat.views.requests import Request


@require_safe
def show(request: Request, token: str) -> HttpResponse:
    share = _alive(token)
    response = _for_readers_only(render(request, "chat/shared.html", {"share": share}))
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def proceed(request: Request, token: str) -> HttpResponse:
    """Ask whether to go on with a copy, and make it. Who has no account signs in first and comes back, or goes on as a
    guest where guests may chat."""
    share = _alive(token)
    here = reverse("chat:continue_shared", args=[token])
    if not request.user.is_authenticated and not may_be_guest():
        return redirect_to_login(here)
    return _copy(request, share, here) if request.method == "POST" else _ask(request, share, here)


def _ask(request: Request, share: Share, here: str) -> HttpResponse:
    if not request.user.is_authenticated:
        sign_in_guest(request, is_new=False)
    response = _for_readers_only(render(request, "chat/continue.html", {"share": share, "here": here}))
    offer_guest_cookie(request, response)
    return response


def _copy(request: Request, share: Share, here: str) -> HttpResponse:
    try:
        user = request.user if request.user.is_authenticated else sign_in_guest(request, is_new=True)
    except ChatError as error:
        context = {"share": share, "here": here, "sentence": error.sentence}
        return _for_readers_only(render(request, "chat/continue.html", context, status=error.status))
    if user is None:
        return redirect_to_login(here)
    return SeeOther(share.copy_for(user).get_absolute_url())


def _alive(token: str) -> Share:
    return get_object_or_404(Share.objects.alive(), token=token)


def _for_readers_only(response: HttpResponse) -> HttpResponse:
    """Keep it out of search engines and caches: it may be taken back."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "private, no-store"
    return response
