"""The two ends of a form that leads elsewhere: the page it leads to, or why it doesn't."""

from django.http import HttpResponse
from django_htmx.http import HttpResponseClientRedirect

from chat.models import Conversation
from chat.views.notices import notice
from chat.views.pages import SeeOther, page
from chat.views.requests import MemberRequest


def lead_to(request: MemberRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else SeeOther(url)


def refuse(request: MemberRequest, conversation: Conversation, sentence: str, status: int) -> HttpResponse:
    if request.htmx:
        return notice(request, sentence, status=status)
    return page(request, conversation, sentence=sentence, status=status)
