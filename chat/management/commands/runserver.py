"""The development server: ASGI with reload, so that answers stream. Django's own serves WSGI and gathers them up."""

import re
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.management.commands.serve import SERVER, welcome

ADDRESS = re.compile(r"(?:(?P<host>[^:]+|\[[0-9a-fA-F:]+\]):)?(?P<port>\d{1,5})")


class Command(BaseCommand):
    help = "Serves the site for development, through ASGI and with reload."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("addrport", nargs="?", default="8000", help="port, or host:port")
        parser.add_argument("--noreload", action="store_false", dest="reload", help="Don't watch the sources.")

    def handle(self, *args: Any, addrport: str, reload: bool, **options: Any) -> None:
        address = ADDRESS.fullmatch(addrport)
        if address is None:
            raise CommandError(f"{addrport!r} is not a port, nor host:port.")
        host, port = (address["host"] or "127.0.0.1").strip("[]"), int(address["port"])
        self.check_migrations()
        self.stdout.write(welcome(host, port))
        self.stdout.flush()
        folders = [str(settings.BASE_DIR / name) for name in ("chatsite", "chat", "templates")]
        uvicorn.run(host=host, port=port, reload=reload, reload_dirs=folders, **SERVER)
