"""The system checks warn of what would make a site start and then not stream."""

from collections.abc import Mapping

import pytest
from pytest_django import Settings

from chat import checks


def ids() -> list[str | None]:
    return [problem.id for problem in checks.served_by_asgi()]


def test_this_site_has_nothing_to_warn_of() -> None:
    assert ids() == []


def test_a_wsgi_application_is_warned_of(settings: Settings) -> None:
    settings.WSGI_APPLICATION = "chatsite.wsgi.application"
    assert ids() == ["chat.W001"]


def test_another_applications_runserver_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: Mapping[str, str] = {"runserver": "django.contrib.staticfiles"}
    monkeypatch.setattr(checks, "get_commands", lambda: commands)
    assert ids() == ["chat.W002"]
