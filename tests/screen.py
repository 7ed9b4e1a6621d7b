"""What one reader's screen holds, over every fault of the line: comes back as a browser does, with its own cursor."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from tests.visitor import Event, Visitor, words

RETRY_SECONDS = 0.05
PATIENCE = 60.0


class Screen:
    """Shows one answer; for answers of one plain paragraph, whose patches only ever add text."""

    def __init__(self, visitor: Visitor, answer: str) -> None:
        self.text = ""
        self.cursor = ""
        self.is_over = False
        self.refused: list[int] = []  # what it got instead of streams
        self.tries = 0
        self._visitor = visitor
        self.answer = answer
        self._left = threading.Event()

    @property
    def reached(self) -> int:
        """How many characters of the answer it was sent."""
        return int(self.cursor.partition(".")[0] or 0)

    def watch(self, seconds: float = PATIENCE) -> Self:
        """Read to the end, coming back whenever the line breaks."""
        give_up = time.monotonic() + seconds
        while not self.is_over and not self._left.is_set():
            assert time.monotonic() < give_up, f"no end in sight after {self.text[-80:]!r}"
            self._try_once()
        return self

    def _try_once(self) -> None:
        self.tries += 1
        try:
            self.read_once()
        except (OSError, http.client.HTTPException):
            time.sleep(RETRY_SECONDS)

    def read_once(self, until: Callable[[Self], bool] = lambda _: False) -> None:
        """Connect, and read until the stream ends or `until` holds."""
        with self._visitor.follow(self.answer, last_event_id=self.cursor) as stream:
            if stream.status != 200:
                self.refused.append(stream.status)
                time.sleep(RETRY_SECONDS)
                return
            for event in stream:
                self._take(event)
                if until(self):
                    return

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait, inside in_background()."""
        give_up = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < give_up, f"it did not come about after {self.text[-80:]!r}"
            time.sleep(0.01)

    def wait_until_shows(self, wanted: str) -> None:
        self.wait_until(lambda: wanted in self.text)

    def _take(self, event: Event) -> None:
        self.cursor = event.id
        if event.name == "patch":
            self.text += words(event.data)
        else:
            self.is_over = True

    @contextmanager
    def in_background(self) -> Iterator[Self]:
        """Watch in a thread; leave, at the latest when the stream breaks, with the block."""
        thread = threading.Thread(target=self.watch, name="screen")
        thread.start()
        try:
            yield self
        finally:
            self._left.set()
            thread.join(PATIENCE)
            self._left.clear()
        assert not thread.is_alive()
