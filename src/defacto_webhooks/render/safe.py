"""Foreign text made harmless: names and messages come from the account, where anything may stand."""

from __future__ import annotations

import re

# Control characters drive a terminal, bidirectional ones reorder what a reader sees.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_MARKDOWN = re.compile(r"[\\`*_\[\]#|~<>&@]|^[-+=]")


def line(text: str) -> str:
    """`text` on one line, with every control character written out."""
    return _UNSAFE.sub(
        lambda match: f"\\x{ord(match[0]):02x}" if match[0] < "\x80" else f"\\u{ord(match[0]):04x}", text
    )


def markdown(text: str) -> str:
    """`text` as plain words in Markdown: no table cell, link, tag, mention or comment comes out of it."""
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", line(text))


def code(text: str) -> str:
    """`text` in monospace. As HTML, since backticks in the text could end a Markdown span."""
    return f"<code>{markdown(text)}</code>"
