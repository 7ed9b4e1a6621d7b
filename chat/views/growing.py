"""One of the two texts of an answer on its way to HTML, for as long as a reader follows it."""

from functools import cached_property, partial

from django.conf import settings

from chat.rendering import Patch, Renderer
from chat.streaming.database import read

LONG_TEXT = 10_000  # characters, some 10 ms of rendering


class Growing:
    """What is long work is done beside the loop, which has everybody else's streams to serve."""

    def __init__(self) -> None:
        self._taken = 0  # of what the renderer has settled

    @cached_property
    def _renderer(self) -> Renderer:
        """Made with the first words: most answers have no reasoning."""
        return Renderer(settings.CHAT_IMAGE_HOSTS)

    @property
    def has_begun(self) -> bool:
        return "_renderer" in vars(self)

    async def feed(self, text: str) -> list[Patch]:
        if not text:
            return []
        if self._renderer.effort(text) < LONG_TEXT:
            return self._renderer.feed(text)
        return await read(partial(self._renderer.feed, text))

    async def finish(self) -> list[Patch]:
        if not self.has_begun:
            return []
        if self._renderer.effort_to_finish < LONG_TEXT:
            return self._renderer.finish()
        return await read(self._renderer.finish)

    def abandon(self) -> None:
        """Leave it as it is, without what is not finished."""
        if self.has_begun:
            self._renderer.abandon()

    def take_settled(self) -> str:
        """Return what has been finished since the last call."""
        if not self.has_begun:
            return ""
        fresh = self._renderer.settled[self._taken :]
        self._taken += len(fresh)
        return "".join(fresh)
