"""Database work of the asynchronous parts: each has one thread, and so at most one connection, of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connections

Result = TypeVar("Result")


class DatabaseThread:
    """Runs calls one after the other in a thread of its own.

    `keep_connection`: for a thread in constant use. The connection is then given up only after an error.
    """

    def __init__(self, name: str, *, keep_connection: bool = False) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._keep_connection = keep_connection

    async def run(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._tidy, call)

    def _tidy(self, call: Callable[[], Result]) -> Result:
        try:
            result = call()
        except BaseException:
            connections.close_all()
            raise
        if not self._keep_connection:
            close_old_connections()
        return result

    async def close(self) -> None:
        await self.run(connections.close_all)
        self._executor.shutdown()


async def read(call: Callable[[], Result]) -> Result:
    """Run a read in the request's thread (for a stream: one of a few shared ones) and hold no connection after it."""
    return await sync_to_async(_then_let_go)(call)


def _then_let_go(call: Callable[[], Result]) -> Result:
    try:
        return call()
    finally:
        close_old_connections()
