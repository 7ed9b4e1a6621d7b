"""Growing Markdown → safe HTML, in append-only patches. Imports no Django."""

from chat.rendering.htmx import to_htmx
from chat.rendering.patches import Patch
from chat.rendering.renderer import VERSION, Renderer, render
from chat.rendering.text import plain_text

__all__ = ["VERSION", "Patch", "Renderer", "plain_text", "render", "to_htmx"]
