"""Open WebUI's export of chats: a list of rows whose `chat` holds the tree (`history.messages`, `history.currentId`).

A message has `id`, `parentId`, `childrenIds`, `role`, `content`, `timestamp` in seconds, `model`, `files`. What the
model thought and which tools it called stand in the text, in `<details type="…">`. See `backend/open_webui/models/
chats.py` and `src/lib/components/chat/Settings/DataControls.svelte` of open-webui/open-webui.
"""

import html
from typing import Any

from chat.exchange import values
from chat.exchange.records import ConversationRecord
from chat.exchange.turns import ANSWER, FILE, HIDDEN, OTHER, PICTURE, QUESTION, TOOL, Chat, Node, record_from

ROLES = {"user": QUESTION, "assistant": ANSWER}
OPENING, CLOSING = '<details type="', "</details>"


def recognises(content: dict[str, Any]) -> bool:
    chat = _chat(content)
    return _has_tree(chat) or (chat is not content and isinstance(chat.get("messages"), list))


def read(content: dict[str, Any]) -> ConversationRecord:
    chat = _chat(content)
    history = values.mapping(chat.get("history"))
    name = values.name(content.get("id")) or values.name(chat.get("id"))
    return record_from(
        Chat(
            origin=f"openwebui:{name}" if name else "",
            title=values.line(content.get("title") or chat.get("title"), 200),
            created=values.moment(content.get("created_at")) or values.moment(chat.get("timestamp")),
            updated=values.moment(content.get("updated_at")),
            current=values.name(history.get("currentId")),
            is_pinned=values.flag(content.get("pinned")),
            is_archived=values.flag(content.get("archived")),
            system_prompt=_system_prompt(chat),
            nodes=_nodes(chat, history),
        )
    )


def _chat(content: dict[str, Any]) -> dict[str, Any]:
    """Return the chat in a row; older files hold the chats alone."""
    chat = content.get("chat")
    return chat if isinstance(chat, dict) else content


def _has_tree(chat: dict[str, Any]) -> bool:
    return isinstance(values.mapping(chat.get("history")).get("messages"), dict)


def _system_prompt(chat: dict[str, Any]) -> str:
    return values.text(chat.get("system")) or values.text(values.mapping(chat.get("params")).get("system"))


def _nodes(chat: dict[str, Any], history: dict[str, Any]) -> list[Node]:
    if _has_tree(chat):
        return [
            _node(values.exact(name), values.name(values.mapping(told).get("parentId")), values.mapping(told))
            for name, told in history["messages"].items()
        ]
    messages = [values.mapping(told) for told in values.sequence(chat.get("messages"))]
    return [_node(str(place), str(place - 1) if place else None, told) for place, told in enumerate(messages)]


def _node(name: str, parent: str | None, told: dict[str, Any]) -> Node:
    role = told.get("role")
    node = Node(
        name,
        parent,
        role=ROLES.get(role, HIDDEN) if isinstance(role, str) else HIDDEN,
        model=values.line(told.get("model"), 200),
        created=values.moment(told.get("timestamp")),
        is_cut=told.get("done") is False,
        below=[child for each in values.sequence(told.get("childrenIds")) if (child := values.name(each))],
    )
    if node.role == HIDDEN:
        return node
    node.text = _content(node, told.get("content"))
    if node.role == ANSWER:
        _take_details_apart(node)
        node.reasoning = node.reasoning or _reasoning(told)
    for file in values.sequence(told.get("files")):
        node.lost[PICTURE if values.mapping(file).get("type") == "image" else FILE] += 1
    return node


def _content(node: Node, content: object) -> str:
    """Return a message's text, which may come in parts as endpoints are sent them."""
    if not isinstance(content, list):
        return values.text(content)
    texts = []
    for part in map(values.mapping, content):
        if part.get("type") == "text":
            texts.append(values.text(part.get("text")))
        else:
            node.lost[PICTURE if part.get("type") == "image_url" else OTHER] += 1
    return "\n\n".join(texts)


def _take_details_apart(node: Node) -> None:
    """Take out of the text what the model thought, and what became of the tools it called."""
    kept, thoughts, here = [], [], 0
    while (start := node.text.find(OPENING, here)) >= 0 and (end := node.text.find(CLOSING, start)) >= 0:
        kind, _, block = node.text[start + len(OPENING) : end].partition('"')
        kept.append(node.text[here:start])
        if kind == "reasoning":
            thoughts.append(_unquoted(block))
        else:
            node.lost[TOOL] += 1
        here = end + len(CLOSING)
    if here:
        node.text = "".join([*kept, node.text[here:]]).strip()
        node.reasoning = "\n\n".join(thoughts)


def _unquoted(block: str) -> str:
    """Return the text below a block's summary, without the marks of a quotation."""
    _, _, body = block.partition(">")
    _, found, below = body.partition("</summary>")
    lines = html.unescape(below if found else body).strip().split("\n")
    return values.text("\n".join(line.removeprefix(">").removeprefix(" ") for line in lines))


def _reasoning(told: dict[str, Any]) -> str:
    """Return what newer versions keep of the thoughts beside the text."""
    items = [values.mapping(item) for item in values.sequence(told.get("output"))]
    parts = [part for item in items if item.get("type") == "reasoning" for part in values.sequence(item.get("content"))]
    return "\n\n".join(text for part in parts if (text := values.text(values.mapping(part).get("text"))))
