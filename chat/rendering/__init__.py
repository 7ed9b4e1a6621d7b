"""Growing Markdown → safe HTML, in append-only patches. Imports no Django."""

from chat.rendering.htmx import to_htmx
from chat.rendering.patches import Patch
from chat.rendering.renderer import VERSION, Renderer, render

__all__ = ["VERSION", "Patch", "Renderer", "render", "to_htmx"]
