"""Who else has the SQLite file open: a process that is alone with it needn't wait for leases to run out.

Every process holds a shared lock beside the file for as long as it lives; the kernel lets go of it however the
process ends. One that can lock it exclusively when it comes is alone.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings


class Presence:
    def __init__(self) -> None:
        self._file: IO[str] | None = None

    @contextmanager
    def entering(self) -> Iterator[bool]:
        """Take the lock. Yields whether this process is alone; until the block ends, no other can come."""
        database = settings.DATABASES["default"]
        if not database["ENGINE"].endswith("sqlite3"):
            yield False
            return
        self._file = Path(f"{database['NAME']}.lock").open("w")  # noqa: SIM115  (held until leave())
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
        finally:
            fcntl.flock(self._file, fcntl.LOCK_SH)

    def leave(self) -> None:
        if self._file:
            self._file.close()
