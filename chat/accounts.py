"""Accounts: what django-allauth asks us, and the guests it doesn't know."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from chat.guests import refuse_crowd
from chat.mail import html_of
from chat.models import User

GUEST_COOKIE = "guest"
GUEST_COOKIE_SECONDS = 365 * 24 * 3600
GUEST_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

_signer = Signer(salt="chat.guest")


class AccountAdapter(DefaultAccountAdapter):
    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        """Let an account take over the chats of the guest who signs up or in."""
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        guest = request.user
        if response is None and isinstance(guest, User) and guest.is_guest and isinstance(user, User) and guest != user:
            user.adopt(guest)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Say why to whoever was suspended: only they come this far, with the right password."""
        return render(request, "account/account_inactive.html", {"suspended": user}, status=403)

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMessage:
        """Give every e-mail its HTML besides its text."""
        message: EmailMessage = super().render_mail(*args, **kwargs)
        if isinstance(message, EmailMultiAlternatives) and not message.alternatives:
            message.attach_alternative(html_of(str(message.subject), str(message.body)), "text/html")
        return message


def may_be_guest() -> bool:
    """Whether a visitor may chat without signing in."""
    return bool(settings.CHAT_GUESTS)


def offer_guest_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    """Give a visitor who may chat as a guest the key their first message will make a user of."""
    if not may_be_guest() or request.user.is_authenticated or _guest_key(request):
        return
    response.set_cookie(
        GUEST_COOKIE,
        _signer.sign(secrets.token_urlsafe(32)),
        max_age=GUEST_COOKIE_SECONDS,
        secure=settings.CHAT_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def sign_in_guest(request: HttpRequest, *, is_new: bool) -> User | None:
    """Sign in the guest whose cookie this is; with `is_new`, make them first if need be. None where there is none.

    With `is_new` it raises TooOften for one guest too many from an address, Suspended for one who was shut out.
    """
    key = _guest_key(request)
    if not may_be_guest() or not key:
        return None
    guest = User.objects.filter(guest_key=key).first()
    if guest is None and is_new:
        refuse_crowd(request)
        guest = User.objects.for_guest(key)
    if guest is not None and is_new:
        guest.refuse_if_suspended()
    if guest is None or not guest.is_active:
        return None
    login(request, guest, backend=GUEST_BACKEND)
    return guest


def _guest_key(request: HttpRequest) -> str:
    try:
        return _signer.unsign(request.COOKIES.get(GUEST_COOKIE, ""))
    except BadSignature:
        return ""
