"""Foreign text made harmless: it comes from the account, where anything may be stored.

One answer to what can't be seen: every character that Unicode calls a control, a format character, a
surrogate, of private use, or a separator other than the space; and what else it calls ignorable, as nothing
is drawn for it. Such a character drives a terminal, reorders what a reader sees, or makes two names look the
same.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any, Final

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"})  # general categories
# What is left of Default_Ignorable_Code_Point (DerivedCoreProperties.txt): the grapheme joiner, fillers of
# Hangul and Khmer, variation selectors, and code points that are reserved for more of the kind.
_IGNORABLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
# Also the colon and the dot that would make a link of a bare address, and the dot or bracket of a list.
_MARKDOWN = re.compile(
    r"[\\`*_\[\]#|~<>&@$]|^[-+=]|:(?=//)|(?<=www)\.|(?<=^[0-9])[.)]|(?<=^[0-9]{2})[.)]", re.IGNORECASE
)
_SHORT = 300  # characters of a name or a URL in a table: the longest host (253) is whole in it


def is_visible(text: str) -> bool:
    """Whether every character of `text` can be seen; the space counts as seen."""
    if text.isascii():  # nearly all there is, ten thousand times
        return text.isprintable()
    # What is not assigned yet is not printable, but a box is drawn for it, and a newer Python may know it.
    is_seen = text.isprintable() or all(c == " " or unicodedata.category(c) not in _UNSEEN for c in text)
    return is_seen and _IGNORABLE.search(text) is None


def fits_into_a_header(text: str) -> bool:
    """Whether a key or token of this `text` can be sent in a header of HTTP."""
    return text.isascii() and text.isprintable() and " " not in text


def invisible(text: str) -> str:
    """The first character of `text` that can't be seen, by its number: `U+200B`. Empty: there is none."""
    if is_visible(text):
        return ""
    return next(f"U+{ord(character):04X}" for character in text if not is_visible(character))


def line(text: str) -> str:
    """`text` on one line, with every character that can't be seen written out."""
    return _replaced(text, _escape)


def lines(text: str) -> str:
    """As `line`, for a text of several lines."""
    return "\n".join(map(line, text.split("\n")))


def without_invisible(text: str) -> str:
    """`text` with a space for whatever can't be seen, and one only where several follow each other."""
    return text if is_visible(text) else re.sub(" +", " ", _replaced(text, lambda _: " "))


def _replaced(text: str, replacement: Callable[[str], str]) -> str:
    if is_visible(text):
        return text
    return "".join(c if is_visible(c) else replacement(c) for c in text)


def _escape(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
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
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return "\n".join(
        _replaced(one, lambda character: json.dumps(character)[1:-1]) for one in text.split("\n")
    )


def short(text: str) -> str:
    """`text`, cut where it is too long for a table."""
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", line(text))
