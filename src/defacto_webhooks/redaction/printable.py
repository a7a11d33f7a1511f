"""Foreign text made harmless: names and messages come from the account, where anything may stand."""

from __future__ import annotations

import re
from typing import Any

# Control characters drive a terminal, bidirectional ones reorder what a reader sees.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
# Also the colon and the dot that would make a link of a bare address, and the dot or bracket of a list.
_MARKDOWN = re.compile(
    r"[\\`*_\[\]#|~<>&@$]|^[-+=]|:(?=//)|(?<=www)\.|(?<=^[0-9])[.)]|(?<=^[0-9]{2})[.)]", re.IGNORECASE
)
_SHORT = 200  # characters of a name or a URL in a table


def line(text: str) -> str:
    """`text` on one line, with every control character written out."""
    return _UNSAFE.sub(
        lambda match: f"\\x{ord(match[0]):02x}" if match[0] < "\x80" else f"\\u{ord(match[0]):04x}", text
    )


def width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    import unicodedata

    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def markdown(text: str) -> str:
    """`text` as plain words in Markdown: no table cell, link, tag, mention or comment comes out of it."""
    # GitHub looks for mentions and issue numbers after the entities are resolved: a space of no width
    # keeps it from finding any.
    return _escaped(text).replace("&#64;", "&#64;&#8203;").replace("&#35;", "&#35;&#8203;")


def code(text: str) -> str:
    """`text` in monospace. As HTML, since backticks in the text could end a Markdown span."""
    return f"<code>{_escaped(text)}</code>"


def json_text(document: dict[str, Any]) -> str:
    """`document` as JSON that a terminal can show and UTF-8 can hold; it reads back as the same."""
    import json

    text = json.dumps(document, indent=2, ensure_ascii=False)
    return _UNSAFE.sub(lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", text)


def short(text: str) -> str:
    """`text`, cut where it is too long for a table."""
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", line(text))
