"""LibreChat's export of a conversation as JSON: `messages` in a row, or (`recursive`) each with its `children`.

A message has `messageId`, `parentMessageId` (zeros for the first), `isCreatedByUser`, `text` or a list of parts as
`content`, `model`, `createdAt`. Which branch was shown is not said. See `client/src/hooks/Conversations/
useExportConversation.ts` and `api/server/utils/import/` of danny-avila/LibreChat.
"""

from typing import Any

from chat.exchange import values
from chat.exchange.records import ConversationRecord
from chat.exchange.turns import ANSWER, FILE, OTHER, PICTURE, QUESTION, RECORDING, TOOL, Chat, Node, record_from

LOST_PARTS = {
    "tool_call": TOOL,
    "image_file": PICTURE,
    "image_url": PICTURE,
    "video_url": RECORDING,
    "input_audio": RECORDING,
}


def recognises(content: dict[str, Any]) -> bool:
    return "conversationId" in content and ("messages" in content or "messagesTree" in content)


def read(content: dict[str, Any]) -> ConversationRecord:
    name = values.name(content.get("conversationId"))
    options = values.mapping(content.get("options"))
    return record_from(
        Chat(
            origin=f"librechat:{name}" if name else "",
            title=values.line(content.get("title"), 200),
            system_prompt=values.text(options.get("promptPrefix")),
            nodes=_nodes(content.get("messagesTree") or content.get("messages"), values.text(options.get("model"))),
        )
    )


def _nodes(told: object, model: str) -> list[Node]:
    """Read the messages in their order, those below one right after it; without recursion, for they nest deep."""
    nodes: list[Node] = []
    waiting: list[tuple[object, str | None]] = [(each, None) for each in reversed(_listed(told))]
    while waiting:
        message, above = waiting.pop()
        if not isinstance(message, dict):
            continue
        node = _node(message, above, nodes, model)
        nodes.append(node)
        waiting += [(child, node.id) for child in reversed(values.sequence(message.get("children")))]
    return nodes


def _listed(told: object) -> list[Any]:
    return [told] if isinstance(told, dict) else values.sequence(told)


def _node(told: dict[str, Any], above: str | None, before: list[Node], model: str) -> Node:
    last = before[-1].id if before else None  # in a row without names each follows the one before
    named = values.name(told.get("messageId"))
    parent = values.name(told.get("parentMessageId")) if named else last
    is_question = values.flag(told.get("isCreatedByUser"))
    node = Node(
        named or f"message {len(before)}",
        above or parent,
        role=QUESTION if is_question else ANSWER,
        text=values.text(told.get("text")),
        model="" if is_question else values.line(told.get("model"), 200) or model,
        created=values.moment(told.get("createdAt")),
        is_cut=values.flag(told.get("unfinished")),
    )
    if parts := values.sequence(told.get("content")):
        _fill(node, parts)
    for file in map(values.mapping, values.sequence(told.get("files"))):
        node.lost[PICTURE if values.text(file.get("type")).startswith("image/") else FILE] += 1
    return node


def _fill(node: Node, parts: list[Any]) -> None:
    texts, thoughts = [], []
    for part in map(values.mapping, parts):
        kind = part.get("type")
        if kind in ("text", "error"):
            texts.append(_value(part.get(kind) or part.get("text")))
        elif kind == "think":
            thoughts.append(_value(part.get("think")))
        elif part and kind != "agent_update":
            node.lost[LOST_PARTS.get(kind, OTHER) if isinstance(kind, str) else OTHER] += 1
    node.text = "\n\n".join(text for text in texts if text) or node.text
    node.reasoning = "\n\n".join(thought for thought in thoughts if thought)


def _value(told: object) -> str:
    return values.text(told) or values.text(values.mapping(told).get("value"))
