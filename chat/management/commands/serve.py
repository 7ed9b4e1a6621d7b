"""Serve ChatStream: migrate, say where it is and what answers, then run the ASGI server."""

from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from chat.streaming import upstream

SERVER: dict[str, Any] = {
    "app": "chatsite.asgi:application",
    "lifespan": "on",
    "loop": "asyncio",  # uvloop accepts one connection a turn, so that new chats starve under load
    "ws": "none",
    # Who asks is the business of settings.ALLAUTH_TRUSTED_PROXY_COUNT; uvicorn would take the word of any neighbour.
    "proxy_headers": False,
    # Streams end by themselves at once (chatsite/asgi.py); this is for a client that stalls in mid-request.
    "timeout_graceful_shutdown": 5,
}


class Command(BaseCommand):
    help = "Migrates the database and serves the site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        self.stdout.write(welcome(host, port))
        self.stdout.flush()
        uvicorn.run(host=host, port=port, log_level="warning", **SERVER)


def welcome(host: str, port: int) -> str:
    lines = [f"ChatStream is at http://{host}:{port}", f"Answers come from {upstream.source()}."]
    if settings.CHAT_EMBEDDED:
        lines.append("A bigger model: CHAT_LOCAL_MODEL=/path/to/model.gguf, or OPENAI_API_KEY, or OPENAI_BASE_URL.")
    lines.append("A staff account for /admin/: make admin")
    return "\n".join(lines)
