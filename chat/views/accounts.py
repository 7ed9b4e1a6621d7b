"""A person's account as a whole: taken away as a file, or deleted with everything. Signing in and up is allauth's."""

from allauth.core import ratelimit
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from chat.accounts import GUEST_COOKIE
from chat.errors import LastSuperuser
from chat.forms import DeleteAccountForm
from chat.models import Conversation
from chat.views.access import member_required
from chat.views.arranging import tell
from chat.views.pages import SeeOther
from chat.views.requests import MemberRequest, Request

TOO_OFTEN = "Nothing was deleted. That was tried a little too often: wait a minute, then try again."


@require_safe
@member_required
def show(request: MemberRequest) -> HttpResponse:
    return render(request, "chat/account.html")


@sensitive_post_parameters("proof")
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def delete(request: MemberRequest) -> HttpResponse:
    """Say what goes, and ask whether that is meant."""
    if request.user.is_last_superuser():
        return _refused(request, request.method == "POST")
    if request.method != "POST":
        return _page(request, DeleteAccountForm(request.user))
    form = DeleteAccountForm(request.user, request.POST)
    if form.asks_for_password and not ratelimit.consume(request, action="reauthenticate", user=request.user):
        return _page(request, form, sentence=TOO_OFTEN, status=429)
    if not form.is_valid():
        return _page(request, form, sentence=form.sentence, status=400)
    return _leave(request)


def _leave(request: MemberRequest) -> HttpResponse:
    user = request.user
    try:
        user.leave()
    except LastSuperuser:
        return _refused(request, is_post=True)
    tell(user.stop_writing())
    logout(request)
    response = SeeOther(reverse("chat:account_gone"))
    response.delete_cookie(GUEST_COOKIE, samesite="Lax")
    return response


@require_safe
def gone(request: Request) -> HttpResponse:
    """Say that it is done, to nobody in particular."""
    return render(request, "chat/account_gone.html")


def _refused(request: MemberRequest, is_post: bool) -> HttpResponse:
    context = {"refusal": LastSuperuser.sentence}
    return render(request, "chat/delete_account.html", context, status=LastSuperuser.status if is_post else 200)


def _page(request: MemberRequest, form: DeleteAccountForm, *, sentence: str = "", status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "sentence": sentence,
        "count": Conversation.objects.of(request.user).count(),
    }
    return render(request, "chat/delete_account.html", context, status=status)
