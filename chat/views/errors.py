"""What a person sees when a page can't be shown: a page with a way on, or a sentence for htmx."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chat.views.notices import notice

SENTENCES = {
    400: "This request could not be understood.",
    403: "This page is not for this account.",
    404: "There is nothing here, or it is not yours.",
    500: "Something went wrong here. Try again in a moment.",
}
STALE_PAGE = "This page is out of date. Reload it and send again."


def error(request: HttpRequest, status: int, sentence: str = "") -> HttpResponse:
    sentence = sentence or SENTENCES[status]
    if "HX-Request" in request.headers:
        return notice(request, sentence, status=status)
    return render(request, "error.html", {"sentence": sentence, "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error(request, 403, STALE_PAGE)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error(request, 404)


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    return error(request, 500)
