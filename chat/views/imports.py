"""The page where conversations come in from a file, and all of them go out to one."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from chat.exchange.importing import Report, bring_in
from chat.views.access import member_required
from chat.views.requests import MemberRequest

NO_FILE = "Choose a file first."
TOO_LARGE = "This file is too large: at most {:,.0f} MB can be imported."
MEGABYTE = 1_000_000


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def bring(request: MemberRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    file = request.FILES.get("file")
    if file is None:
        return _page(request, sentence=NO_FILE, status=400)
    if (file.size or 0) > settings.CHAT_IMPORT_MAX_BYTES:
        return _page(request, sentence=TOO_LARGE.format(settings.CHAT_IMPORT_MAX_BYTES / MEGABYTE), status=413)
    report = bring_in(request.user, file, file.name or "")
    return _page(request, report, status=_status(report))


def _status(report: Report) -> int:
    """Return 200 where anything could be read."""
    if report.taken or report.there:
        return 200
    return 413 if report.is_too_large else 400


def _page(
    request: MemberRequest, report: Report | None = None, *, sentence: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "report": report,
        "sentence": sentence,
        "megabytes": settings.CHAT_IMPORT_MAX_BYTES / MEGABYTE,
    }
    return render(request, "chat/import.html", context, status=status)
