"""What templates need of us. Here is the one place where HTML is trusted: the renderer's own output."""

import hashlib

from django import template
from django.conf import settings
from django.core.cache import caches
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from chat.pictures import Picture
from chat.rendering import VERSION, Renderer, render
from chat.snippets import Piece

LONGEST_KEPT = 50_000  # characters of HTML: the cache counts its entries, not their lengths

register = template.Library()


@register.simple_tag
def rendered(picture: Picture) -> SafeString:
    """The HTML of an answer's text; of one being written, just what a stream from its cursor goes on from."""
    return mark_safe(_unfinished(picture.text) if picture.is_live else _finished(picture.text))  # noqa: S308


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
def marked(pieces: list[Piece]) -> SafeString:
    """A text that was found, its hits marked."""
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", piece.text) if piece.is_hit else piece.text,) for piece in pieces)
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of the drawings in icons.svg, for the eye only: what it stands on has a name of its own."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("chat/icons.svg"), name)
