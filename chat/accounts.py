"""Accounts: what django-allauth asks us, and the guests it doesn't know."""

import secrets
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from chat.guests import refuse_crowd
from chat.mail import html_of
from chat.models import User
from chat.models.sessions import PROVED_BY

GUEST_COOKIE = "guest"
GUEST_SESSION_KEY = "guest"  # who becomes somebody else as soon as they have signed in
GUEST_COOKIE_SECONDS = 365 * 24 * 3600
GUEST_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PROVED = (AUTHENTICATION_METHODS_SESSION_KEY, PROVED_BY)  # in a session: what somebody has shown, and who

_signer = Signer(salt="chat.guest")


class AccountAdapter(DefaultAccountAdapter):
    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        """Sign out whoever is in: a second factor is asked of nobody who is. A guest is remembered."""
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if response is not None:
            return response
        guest = _guest_of(request)
        if request.user.is_authenticated and request.user != user:
            _sign_out(request)
        if guest and guest != user:
            request.session[GUEST_SESSION_KEY] = guest.pk
        return None

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Let an account take over their chats, now that all that was to be proved is proved."""
        guest = User.objects.filter(pk=request.session.pop(GUEST_SESSION_KEY, None), guest_key__isnull=False).first()
        if guest and isinstance(user, User):
            user.adopt(guest)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return not settings.OIDC_ONLY

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Take no password where one signs in elsewhere."""
        if settings.OIDC_ONLY:
            raise ValidationError(f"Sign in with {settings.OIDC_NAME}.")
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return user

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Say why to whoever was suspended: only they come this far, with the right password."""
        return render(request, "account/account_inactive.html", {"suspended": user}, status=403)

    def render_mail(self, *args: Any, **kwargs: Any) -> EmailMessage:
        """Give every e-mail its HTML besides its text."""
        message: EmailMessage = super().render_mail(*args, **kwargs)
        if isinstance(message, EmailMultiAlternatives) and not message.alternatives:
            message.attach_alternative(html_of(str(message.subject), str(message.body)), "text/html")
        return message


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whoever the team's own sign-in lets through has an account here, or gets one."""
        return True

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Open no account by an address that was not verified here too: anybody may have entered it, and kept other
        ways into the account."""
        verified = EmailAddress.objects.filter(email__iexact=email, verified=True)
        return verified.exists() and bool(super().can_authenticate_by_email(login, email))


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


def _sign_out(request: HttpRequest) -> None:
    """Keep what whoever signs in has proved so far."""
    proved = {key: request.session[key] for key in PROVED if key in request.session}
    logout(request)
    request.session.update(proved)


def _guest_of(request: HttpRequest) -> User | None:
    """Return the guest that this browser is; on the way back from elsewhere only the cookie still tells."""
    if isinstance(request.user, User):
        return request.user if request.user.is_guest else None
    key = _guest_key(request)
    return User.objects.filter(guest_key=key, is_active=True).first() if key else None


def _guest_key(request: HttpRequest) -> str:
    try:
        return _signer.unsign(request.COOKIES.get(GUEST_COOKIE, ""))
    except BadSignature:
        return ""
