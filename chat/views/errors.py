"""What a person sees when a page can't be shown: a page with a way on, or a sentence for htmx."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from chat.views.notices import notice


@dataclass(frozen=True)
class Trouble:
    """What went wrong, in a sentence, and what one can do about it."""

    sentence: str
    advice: str


TROUBLES = {
    400: Trouble("This request could not be understood.", "Go back, and try it another way."),
    403: Trouble("This page is not for this account.", "Signed in as somebody else, you may be let in."),
    404: Trouble(
        "This page is not here.", "The address may be mistyped, what was here may be gone, or it is somebody else's."
    ),
    429: Trouble("That was a little too often.", "Wait a minute, then try again."),
    500: Trouble("Something went wrong here.", "It is not your fault, and nothing you sent before is lost. Try again."),
}
STALE_PAGE = Trouble(
    "This page is out of date. Reload it and send again.", "Your browser may also refuse cookies here."
)


def error(request: HttpRequest, status: int, trouble: Trouble | None = None) -> HttpResponse:
    """Answer in the fewest possible parts: no session, no database, any of which may be what failed. Only where a
    person is not let in does it matter who they are."""
    trouble = trouble or TROUBLES[status]
    if "HX-Request" in request.headers:
        return notice(request, trouble.sentence, status=status)
    is_shut_out = status in (403, 404)
    context = {
        "status": status,
        "trouble": trouble,
        "may_be_somebody_elses": is_shut_out,
        "is_staff": is_shut_out and is_on_staff(request),
    }
    return HttpResponse(render_to_string("error.html", context), status=status)


def is_on_staff(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)  # there is none where the request was refused before it was asked for
    return user is not None and user.is_active and user.is_staff


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error(request, 403, STALE_PAGE)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Answer whoever tries an account's forms too often; django-allauth counts and calls this."""
    return error(request, 429)


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    return error(request, 500)


# Where there is no server to answer at all


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that a browser keeps for when the server can't be reached."""
    return HttpResponse(_offline_page())


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps it. It stands at the root, for it may only speak for what is below it.

    It changes whenever the page does, or a browser would keep the old one: the page names its files by their hashes.
    """
    context = {"version": sha256(_offline_page().encode()).hexdigest()}
    return render(request, "chat/service-worker.js", context, content_type="text/javascript")


def _offline_page() -> str:
    return render_to_string("offline.html")
