"""Doing one thing several times in the same instant, each in a thread with a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Result = TypeVar("Result")


def at_once(count: int, call: Callable[[], Result]) -> list[Result]:
    """Call it `count` times together; return what each returned, or raise what one of them raised."""
    together = threading.Barrier(count)

    def run() -> Result:
        together.wait()
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return [future.result() for future in [threads.submit(run) for _ in range(count)]]
