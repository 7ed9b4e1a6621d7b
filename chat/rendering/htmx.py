"""Patches in the words of our swap style for htmx (static/chat/js/patch.js), in the order to apply them."""

from collections.abc import Iterable

from chat.rendering.patches import Patch


def to_htmx(patches: Iterable[Patch]) -> str:
    """Return one response for all of `patches`: templates, as each is parsed on its own, a table's row too."""
    return "".join(map(_template, patches))


def _template(patch: Patch) -> str:
    drop = f" data-drop={patch.drop}" if patch.drop else ""
    return f"<template data-at={patch.depth}{drop}>{patch.html}</template>"
