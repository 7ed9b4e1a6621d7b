"""ChatGPT's data export: conversations.json, a list of conversations whose `mapping` is the tree.

A node has `message` (or null), `parent` and `children`; the one shown last is `current_node`. A message has
`author.role`, `recipient` (a tool's name where it calls one), `weight` (0: nobody's to see) and `content` of a
`content_type`. OpenAI publishes no schema; this is what exports of 2023 to 2026 hold, as other importers read them.
"""

import re
from collections import Counter
from typing import Any

from chat.exchange import values
from chat.exchange.records import ConversationRecord
from chat.exchange.turns import ANSWER, FILE, HIDDEN, OTHER, PICTURE, QUESTION, RECORDING, TOOL, Chat, Node, record_from

LOST_PARTS = {
    "image_asset_pointer": PICTURE,
    "audio_asset_pointer": RECORDING,
    "video_container_asset_pointer": RECORDING,
    "real_time_user_audio_video_asset_pointer": RECORDING,
}
UNSEEN_KINDS = {"user_editable_context", "model_editable_context", "reasoning_recap", "system_error"}

_MARK = re.compile(" ?\ue200[^\ue200\ue201]*\ue201")  # of a source; only the program itself can draw it


def recognises(content: dict[str, Any]) -> bool:
    return isinstance(content.get("mapping"), dict)


def read(content: dict[str, Any]) -> ConversationRecord:
    name = values.name(content.get("conversation_id")) or values.name(content.get("id"))
    mapping: dict[str, Any] = content["mapping"]
    return record_from(
        Chat(
            origin=f"chatgpt:{name}" if name else "",
            title=values.line(content.get("title"), 200),
            created=values.moment(content.get("create_time")),
            updated=values.moment(content.get("update_time")),
            current=values.name(content.get("current_node")),
            is_archived=values.flag(content.get("is_archived")),
            is_pinned=values.flag(content.get("is_starred")),
            nodes=[_node(values.exact(name), values.mapping(node)) for name, node in mapping.items()],
        )
    )


def _node(name: str, told: dict[str, Any]) -> Node:
    message = values.mapping(told.get("message"))
    metadata = values.mapping(message.get("metadata"))
    below = [child for each in values.sequence(told.get("children")) if (child := values.name(each))]
    node = Node(name, values.name(told.get("parent")), below=below, created=values.moment(message.get("create_time")))
    if message.get("weight") == 0 or values.flag(metadata.get("is_visually_hidden_from_conversation")):
        return node
    author = values.mapping(message.get("author")).get("role")
    if author == "user":
        node.role = QUESTION
        node.lost += _attached(metadata)
    elif author == "assistant":
        node.role = ANSWER
    elif author != "tool":
        return node
    node.model = values.line(metadata.get("model_slug"), 200)
    node.is_cut = message.get("status") == "in_progress"
    if author == "assistant" and message.get("recipient") not in (None, "all"):
        node.lost[TOOL] += 1
        return node
    _fill(node, values.mapping(message.get("content")))
    return node


def _attached(metadata: dict[str, Any]) -> Counter[str]:
    """Count the files a question came with; pictures are parts of it besides."""
    attachments = [values.mapping(each) for each in values.sequence(metadata.get("attachments"))]
    kinds = [values.text(each.get("mime_type") or each.get("mimeType")) for each in attachments]
    return Counter(FILE for kind in kinds if not kind.startswith("image/"))


def _fill(node: Node, content: dict[str, Any]) -> None:
    """Read the content of a message; of a tool's, which stays hidden, only what is lost counts."""
    parts = values.sequence(content.get("parts"))
    match content.get("content_type"):
        case "text" | "multimodal_text":
            read_parts = [_part(node, part) for part in parts]
            node.text = _MARK.sub("", "\n\n".join(part for part in read_parts if part))
        case "code":
            node.text = _fenced(values.text(content.get("language")), values.text(content.get("text")))
        case "thoughts":
            node.reasoning = _thoughts(content)
        case str() as kind if kind in UNSEEN_KINDS:
            node.role = HIDDEN
        case _ if node.role != HIDDEN:
            node.text = "\n\n".join(values.text(part) for part in parts if isinstance(part, str))
            node.lost[OTHER] += 1


def _part(node: Node, part: object) -> str:
    if isinstance(part, str):
        return values.text(part)
    told = values.mapping(part)
    kind = told.get("content_type")
    if kind == "audio_transcription":
        return values.text(told.get("text"))
    node.lost[LOST_PARTS.get(kind, OTHER) if isinstance(kind, str) else OTHER] += 1
    return ""


def _thoughts(content: dict[str, Any]) -> str:
    thoughts = [values.mapping(each) for each in values.sequence(content.get("thoughts"))]
    said = [(values.text(each.get("summary")), values.text(each.get("content"))) for each in thoughts]
    return "\n\n".join("\n\n".join(part for part in pair if part) for pair in said if any(pair))


def _fenced(language: str, code: str) -> str:
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    known = language if language.isalnum() and language != "unknown" else ""
    return f"{fence}{known}\n{code}\n{fence}" if code else ""
