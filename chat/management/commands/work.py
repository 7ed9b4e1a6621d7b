"""Generate answers: a worker of the tier behind the web processes, with CHAT_RUNNER=procrastinate."""

import asyncio
import signal
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from chat.streaming import upstream
from chat.streaming.runner import runner

LOCAL = "CHAT_RUNNER is 'local': web processes generate their answers themselves. Set it to 'procrastinate' for all."


class Command(BaseCommand):
    help = "Takes answers from the queue and generates them, until SIGTERM."
    requires_migrations_checks = True

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.CHAT_RUNNER != "procrastinate":
            raise CommandError(LOCAL)
        asyncio.run(self.work())

    async def work(self) -> None:
        from chat.streaming import jobs  # needs PostgreSQL

        ending = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ending.set)
        await runner.open(partial(jobs.take, concurrency=settings.CHAT_WORKER_CONCURRENCY))
        self.say(f"This worker takes up to {settings.CHAT_WORKER_CONCURRENCY} answers at a time.")
        self.say(f"They come from {upstream.source()}.")
        await ending.wait()
        await runner.close(settings.CHAT_GRACE_SECONDS)

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
