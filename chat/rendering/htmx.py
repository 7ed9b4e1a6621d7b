"""Patches in htmx's words: elements with hx-swap-oob, in the order to apply them."""

from collections.abc import Sequence

from chat.rendering.patches import Begin, Drop, Extend, Patch, Replace

_NEEDS_A_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}


def to_htmx(patches: Sequence[Patch], container: str) -> str:
    """Return one response for all of `patches` on the element with the id `container`."""
    elements = [_element(patch, container) for patch in patches]
    if any(isinstance(patch, Extend) and patch.tag in _NEEDS_A_TABLE for patch in patches):
        # The parser drops a <tr> or <td> that follows a <div>; each in a template of its own is parsed on its own.
        elements = [f"<template>{element}</template>" for element in elements]
    return "".join(elements)


def _element(patch: Patch, container: str) -> str:
    last = f"#{container}>:last-child"
    match patch:
        case Begin(html):
            return f'<div hx-swap-oob="beforeend:#{container}"><div>{html}</div></div>'
        case Extend(depth, tag, html):
            return f'<{tag} hx-swap-oob="beforeend:{last}{">:last-child" * depth}">{html}</{tag}>'
        case Replace(html):
            return f'<div hx-swap-oob="innerHTML:{last}">{html}</div>'
        case Drop():
            return f'<div hx-swap-oob="delete:{last}"></div>'
