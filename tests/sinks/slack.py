"""The rules that Slack has for the blocks of a message."""

from __future__ import annotations

from typing import Any, Final

_BLOCKS_LIMIT: Final = 50
_HEADER_LIMIT: Final = 150
_SECTION_LIMIT: Final = 3_000
_FIELD_LIMIT: Final = 2_000
_FIELDS_LIMIT: Final = 10
_ELEMENTS_LIMIT: Final = 10


def has_valid_blocks(message: dict[str, Any]) -> bool:
    """Whether Slack would take the blocks of `message`, if it has any."""
    blocks = message.get("blocks", [])
    if not isinstance(blocks, list) or len(blocks) > _BLOCKS_LIMIT:
        return False
    return all(isinstance(block, dict) and _valid_block(block) for block in blocks)


def _valid_block(block: dict[str, Any]) -> bool:
    match block.get("type"):
        case "header":
            return _valid_text(block.get("text"), _HEADER_LIMIT, ("plain_text",))
        case "section":
            fields = block.get("fields", [])
            return (
                ("text" in block or bool(fields))
                and _valid_text(block.get("text", _ANY_TEXT), _SECTION_LIMIT)
                and isinstance(fields, list)
                and len(fields) <= _FIELDS_LIMIT
                and all(_valid_text(field, _FIELD_LIMIT) for field in fields)
            )
        case "context":
            elements = block.get("elements")
            return (
                isinstance(elements, list)
                and 0 < len(elements) <= _ELEMENTS_LIMIT
                and all(_valid_text(element, _FIELD_LIMIT) for element in elements)
            )
        case "divider":
            return True
        case _:
            return False


_ANY_TEXT: Final = {"type": "mrkdwn", "text": "-"}


def _valid_text(value: object, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        return False
    text = value.get("text")
    return isinstance(text, str) and 0 < len(text) <= limit
