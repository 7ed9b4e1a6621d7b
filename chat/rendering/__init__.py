"""Growing Markdown → safe HTML, in append-only patches. Imports no Django."""

from chat.rendering.htmx import to_htmx
from chat.rendering.patches import Patch
from chat.rendering.renderer import Renderer, render

__all__ = ["Patch", "Renderer", "render", "to_htmx"]
