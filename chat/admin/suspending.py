"""Shutting people out, and letting them in again: an action on the list of users, with a page that asks why."""

import logging
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from chat.errors import NotToSuspend
from chat.models import User
from chat.models.sessions import end_sessions
from chat.streaming.runner import runner

HAS_LEFT = "{} has deleted their account, which stays shut."

log = logging.getLogger(__name__)  # says who did it also once they are gone, and what the admin noted with them


class SuspendForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        error_messages={"required": "Say why: they read it when they sign in."},
        help_text="They read this when they sign in. At most 300 characters.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class Suspending(admin.ModelAdmin):  # type: ignore[type-arg]
    actions: Any = ["suspend", "let_in_again"]

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chat.suspend_user")

    @admin.action(description="Suspend selected users", permissions=["suspend"])
    def suspend(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        form = SuspendForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            self._suspend(request, users, form.cleaned_data["reason"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "checkbox": ACTION_CHECKBOX_NAME,
            "form": form,
            "media": self.media,
            "opts": self.opts,
            "title": "Suspend users",
            "users": users,
        }
        return TemplateResponse(request, "admin/chat/suspend.html", context)

    def _suspend(self, request: HttpRequest, users: QuerySet[User], reason: str) -> None:
        assert isinstance(request.user, User)
        suspended = []
        for user in users.filter(suspended=None):
            try:
                with transaction.atomic():
                    writing = user.suspend(reason, request.user)
                    self._note(request, user, f"Suspended: {reason}")
            except NotToSuspend as error:
                self.message_user(request, f"{user} was not suspended. {error.sentence}", messages.ERROR)
                continue
            for generation in writing:
                runner.stop(generation)
            suspended.append(user.pk)
            log.info("User %s was suspended by %s.", user.pk, request.user.pk)
            self.message_user(request, f"{user} is suspended.", messages.SUCCESS)
        end_sessions(suspended)  # all are shut out by now, and nobody waits for this

    @admin.action(description="Let selected users in again", permissions=["suspend"])
    def let_in_again(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users.exclude(suspended=None):
            with transaction.atomic():
                if is_in := user.let_in_again():
                    self._note(request, user, "Let in again.")
            if not is_in:
                self.message_user(request, HAS_LEFT.format(user), messages.ERROR)
                continue
            log.info("User %s was let in again by %s.", user.pk, request.user.pk)
            self.message_user(request, f"{user} may come in again.", messages.SUCCESS)

    def _note(self, request: HttpRequest, user: User, what: str) -> None:
        assert isinstance(request.user, User)
        LogEntry.objects.log_actions(request.user.pk, [user], CHANGE, what, single_object=True)
