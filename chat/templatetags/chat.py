"""What templates need of us. Here is the one place where HTML is trusted: the renderer's own output, and our own
style sheets."""

import hashlib
import uuid
from functools import cache
from pathlib import Path
from typing import Protocol

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.cache import caches
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from chat.listing import Key
from chat.models import Conversation
from chat.rendering import VERSION, Renderer, render
from chat.snippets import Piece

LONGEST_KEPT = 50_000  # characters of HTML: the cache counts its entries, not their lengths

register = template.Library()


class Written(Protocol):
    """An answer's text, and whether more of it will come: a Picture (which has reasoning too), or what was shared."""

    @property
    def text(self) -> str: ...

    @property
    def is_live(self) -> bool: ...


@register.simple_tag
def rendered(picture: Written, part: str = "text") -> SafeString:
    """The HTML of an answer's text, or of its reasoning; of one being written, just what a stream from its cursor goes
    on from."""
    text: str = getattr(picture, part)
    return mark_safe(_unfinished(text) if picture.is_live else _finished(text))  # noqa: S308


def _finished(text: str) -> str:
    """Render a text, or find it rendered: the HTML depends on nothing but the text and the renderer."""
    if len(text) > LONGEST_KEPT:
        return render(text, settings.CHAT_IMAGE_HOSTS)
    cache = caches["rendering"]
    key = f"{VERSION}.{hashlib.sha256(text.encode()).hexdigest()}"
    html: str | None = cache.get(key)
    if html is None:
        html = render(text, settings.CHAT_IMAGE_HOSTS)
        if len(html) <= LONGEST_KEPT:
            cache.set(key, html)
    return html


def _unfinished(text: str) -> str:
    renderer = Renderer(settings.CHAT_IMAGE_HOSTS)
    renderer.feed(text)
    return renderer.html


@register.filter
def thought(ms: int | None) -> str:
    """Say how long a model thought: "Thought for 2 minutes 5 seconds"."""
    if ms is None:
        return "Thoughts"
    minutes, seconds = divmod(round(ms / 1_000), 60)
    spoken = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in ((minutes, "minute"), (seconds, "second")) if n]
    return f"Thought for {' '.join(spoken) or 'a moment'}"


@register.filter
def seconds(ms: int) -> str:
    """Say so many milliseconds in seconds: "2.1 s"."""
    return f"{ms / 1_000:.1f} s"


@register.simple_tag
def rendered_alone(picture: Written) -> SafeString:
    """The HTML of a text in a file that asks nobody for anything: images are links."""
    return mark_safe(render(picture.text, frozenset()))  # noqa: S308


@register.simple_tag
@cache
def inlined(*names: str) -> SafeString:
    """Our own style sheets, for a page that has to do without us."""
    paths = [finders.find(f"chat/css/{name}.css") for name in names]
    return mark_safe("\n".join(Path(path).read_text() for path in paths if path))  # noqa: S308


@register.filter
def marked(pieces: list[Piece]) -> SafeString:
    """A text that was found, its hits marked."""
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", piece.text) if piece.is_hit else piece.text,) for piece in pieces)
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of the drawings in icons.svg, for the eye only: what it stands on has a name of its own."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("chat/icons.svg"), name)


@register.simple_tag
def new_key() -> str:
    """What makes sending a form twice the same as once."""
    return str(uuid.uuid4())


@register.simple_tag
def time_of(conversation: Conversation) -> int:
    """Its place in a list of chats, but for its id, for the page to say what it shows."""
    return Key.of(conversation).time
