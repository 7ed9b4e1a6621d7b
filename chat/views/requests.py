"""What a request has besides Django's own attributes, for the type checker."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from chat.models import User


class Request(HttpRequest):
    """Of anybody."""

    htmx: HtmxDetails


class MemberRequest(Request):
    """Of somebody who is signed in, a guest included."""

    user: User
