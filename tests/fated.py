"""The site with a fate: a process that kills or freezes itself at one exact point, or whose clock is wrong.

    python -m tests.fated "dies before the end" serve --port 8000

runs manage.py's commands with the fate in place. The product knows nothing of it.
"""

import datetime
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

FREEZE, DIE = "freeze", "die"  # the words in an answer at which a process does so
TEN_MINUTES = 600.0

RealDatetime = datetime.datetime


def fated(fate: str) -> tuple[str, ...]:
    """Return what stands in for manage.py."""
    assert fate in FATES
    return ("-m", "tests.fated", fate)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def freeze() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(0.1)  # the signal stops every thread, this one a moment later


# Clocks: put wrong before Django is loaded


def shift_clock(seconds: float) -> None:
    real_time = time.time
    time.time = lambda: real_time() + seconds

    class AsReal(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, RealDatetime)

    class Shifted(RealDatetime, metaclass=AsReal):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return RealDatetime.now(tz) + datetime.timedelta(seconds=seconds)

    datetime.datetime = Shifted  # type: ignore[misc]


# Points in an answer's life: wrapped once Django is loaded


def before(owner: Any, name: str, act: Callable[..., None]) -> None:
    method = getattr(owner, name)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        act(*args)
        return method(*args, **kwargs)

    setattr(owner, name, wrapper)


def die_before_the_start() -> None:
    from chat.streaming.runner import Runner

    before(Runner, "start", lambda *_: die())


def die_before_the_end() -> None:
    from chat.models.generation import GenerationQuerySet

    before(GenerationQuerySet, "finish", lambda *_: die())


def die_after_the_end() -> None:
    """Between the commit of the end and the wake-up that tells of it."""
    from chat.models.generation import GenerationQuerySet

    finish = GenerationQuerySet.finish

    def finish_and_die(*args: Any, **kwargs: Any) -> bool:
        finished = finish(*args, **kwargs)
        die()
        return finished

    GenerationQuerySet.finish = finish_and_die  # type: ignore[method-assign]


def freeze_before_a_frame() -> None:
    from chat.models.generation import GenerationQuerySet

    before(GenerationQuerySet, "append", lambda _, __, rows: _freeze_at(rows))


def freeze_inside_a_frame() -> None:
    """After the fence was passed and the lease renewed, before the text is inserted."""
    from chat.models.chunk import ChunkQuerySet

    before(ChunkQuerySet, "append", lambda _, rows: _freeze_at(rows))


def die_inside_a_frame() -> None:
    """Before its commit, and late enough for a reader to see what should not be shown yet."""
    from chat.models.chunk import ChunkQuerySet

    before(ChunkQuerySet, "append", lambda _, rows: _die_at(rows))


def _freeze_at(rows: Any) -> None:
    if any(FREEZE in row.text for row in rows):
        freeze()


def _die_at(rows: Any) -> None:
    if any(DIE in row.text for row in rows):
        time.sleep(0.5)
        die()


CLOCKS = {"is ten minutes ahead": TEN_MINUTES, "is ten minutes behind": -TEN_MINUTES}
POINTS: dict[str, Callable[[], None]] = {
    "dies before the start": die_before_the_start,
    "dies inside a frame": die_inside_a_frame,
    "dies before the end": die_before_the_end,
    "dies after the end": die_after_the_end,
    "freezes before a frame": freeze_before_a_frame,
    "freezes inside a frame": freeze_inside_a_frame,
}
FATES = [*CLOCKS, *POINTS]


def main(fate: str, *arguments: str) -> None:
    if fate in CLOCKS:
        shift_clock(CLOCKS[fate])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    if fate in POINTS:
        POINTS[fate]()
    execute_from_command_line(["manage.py", *arguments])


if __name__ == "__main__":
    main(*sys.argv[1:])
