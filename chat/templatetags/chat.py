"""What templates need of us. Here is the one place where HTML is trusted: the renderer's own output."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from chat.pictures import Picture
from chat.rendering import Renderer, render

register = template.Library()


@register.simple_tag
def rendered(picture: Picture) -> SafeString:
    """The HTML of an answer's text; of one being written, just what a stream from its cursor goes on from."""
    return mark_safe(_unfinished(picture.text) if picture.is_live else render(picture.text))  # noqa: S308


def _unfinished(text: str) -> str:
    renderer = Renderer()
    renderer.feed(text)
    return renderer.html


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of the drawings in icons.svg, for the eye only: what it stands on has a name of its own."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("chat/icons.svg"), name)
