"""System checks: what makes a site start and then not stream."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.management import get_commands


@checks.register()
def served_by_asgi(**kwargs: Any) -> list[checks.CheckMessage]:
    """A WSGI server gathers a streamed answer up and delivers it whole, if it delivers it at all."""
    problems: list[checks.CheckMessage] = []
    if getattr(settings, "WSGI_APPLICATION", None):
        problems.append(
            checks.Warning(
                "WSGI_APPLICATION is set: answers do not stream through WSGI.",
                hint="Remove it and serve chatsite.asgi:application, for example with 'manage.py serve'.",
                id="chat.W001",
            )
        )
    if get_commands().get("runserver") != "chat":
        problems.append(
            checks.Warning(
                "'manage.py runserver' is another application's and serves WSGI.",
                hint="Put 'chat' before 'django.contrib.staticfiles' in INSTALLED_APPS.",
                id="chat.W002",
            )
        )
    return problems


@checks.register(deploy=True)
def readings_are_logged(**kwargs: Any) -> list[checks.CheckMessage]:
    """Without the read log nobody can say who read whose chats."""
    if settings.CHAT_READ_LOG:
        return []
    return [
        checks.Warning(
            "CHAT_READ_LOG is off: nobody will know which chats staff have read.",
            hint="Remove it, or set it to 'on'.",
            id="chat.W010",
        )
    ]
