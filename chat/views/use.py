"""What a person has used today, and what they may."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.models.allowance import in_words, time_left
from chat.views.access import member_required
from chat.views.requests import MemberRequest


@require_safe
@member_required
def show(request: MemberRequest) -> HttpResponse:
    context = {
        "allowances": request.user.allowances(),
        "use": request.user.usage_today(),
        "wait": in_words(time_left()),
    }
    return render(request, "chat/use.html", context)
