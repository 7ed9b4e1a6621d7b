"""Patches in the words of our swap style for htmx (static/chat/js/patch.js), in the order to apply them."""

from collections.abc import Iterable

from chat.rendering.patches import Patch


def to_htmx(patches: Iterable[Patch], part: str = "text") -> str:
    """Return one response for all of `patches`: templates, as each is parsed on its own, a table's row too.

    They name the `part` of the answer that they change, unless it is the text.
    """
    name = "" if part == "text" else f" data-part={part}"
    return "".join(_template(patch, name) for patch in patches)


def _template(patch: Patch, name: str) -> str:
    drop = f" data-drop={patch.drop}" if patch.drop else ""
    return f"<template{name} data-at={patch.depth}{drop}>{patch.html}</template>"
