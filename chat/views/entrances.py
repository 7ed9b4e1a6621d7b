"""Ways in that django-allauth makes and that need a word more under our Content-Security-Policy."""

from allauth.mfa.totp.views import activate_totp as allauths_activate_totp
from allauth.socialaccount.providers.openid_connect.views import login
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.shortcuts import render
from requests import RequestException

activate_totp = csp_update({"img-src": "data:"})(allauths_activate_totp)  # its QR code is one


def elsewhere(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Lead to the team's own sign-in by a page, not by a redirect: Chromium holds a redirect after a form to
    `form-action`, and so every host that one passes on its way."""
    try:
        response: HttpResponseBase = login(request, provider_id)
    except RequestException:
        return render(request, "account/unreachable.html", {"name": settings.OIDC_NAME}, status=502)
    if not (isinstance(response, HttpResponseRedirectBase) and response.url.startswith(("https://", "http://"))):
        return response
    onward: HttpResponse = render(request, "account/onward.html", {"name": settings.OIDC_NAME, "url": response.url})
    onward.headers["Cache-Control"] = "no-store"
    return onward
