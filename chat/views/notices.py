"""A sentence instead of a page: what htmx shows when something could not be done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def notice(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    """Answer with the fragment htmx puts into the page's notice (see responseHandling in chat/page.html)."""
    return render(request, "chat/partials/notice.html", {"sentence": sentence}, status=status)
