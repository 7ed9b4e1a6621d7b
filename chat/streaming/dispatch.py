"""Who runs a queued generation: this process, or a worker that takes it from the queue (the setting CHAT_RUNNER).

Neither decides who may write: that is the claim, and whoever comes second or too late finds none to take.
"""

from collections.abc import Callable
from typing import Protocol

from django.conf import settings


class Dispatch(Protocol):
    answers_here: bool  # whether the process that starts a generation also runs it

    def start(self, generation_id: int) -> None:
        """Have a queued generation run. From any thread, after the commit."""

    def workers(self) -> int | None:
        """Return how many workers are alive; None where none are needed. Asks the database."""


class Local:
    answers_here = True

    def __init__(self, start: Callable[[int], None]) -> None:
        self._start = start

    def start(self, generation_id: int) -> None:
        self._start(generation_id)

    def workers(self) -> None:
        return None


class Procrastinate:
    answers_here = False

    def start(self, generation_id: int) -> None:
        from chat.streaming import jobs  # its packages take a while to load, and need PostgreSQL

        jobs.enqueue(generation_id)

    def workers(self) -> int:
        from chat.streaming import jobs

        return jobs.workers()


def dispatch(start_here: Callable[[int], None]) -> Dispatch:
    return Procrastinate() if settings.CHAT_RUNNER == "procrastinate" else Local(start_here)
