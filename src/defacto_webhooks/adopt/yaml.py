"""Text as YAML that reads back as the same text, as plainly as it can be written."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What no parser takes for anything but text, in brackets or out of them.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.*-]*")
_PLAIN_URL = re.compile(r"(?:https?://|\$\{)[!-~]*[!-9;-~]")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_WIDTH = 100


def scalar(text: str) -> str:
    """`text`, quoted where it could be read as something else, or not be read at all."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def url(text: str) -> str:
    """As `scalar`, for the value of a key of its own, where a URL needs no quotes."""
    return text if _PLAIN_URL.fullmatch(text) else scalar(text)


def value(key: str, value_: object, indent: int = 0) -> Iterable[str]:
    """The lines of a mapping, a list of texts, a text, a number or a truth value.

    A list is in brackets, or where that gets too long one item a line.
    """
    pad = " " * indent
    match value_:
        case dict():
            yield f"{pad}{key}:"
            for name, inner in value_.items():
                yield from value(name, inner, indent + 2)
        case list():
            in_brackets = f"{pad}{key}: [{', '.join(map(scalar, value_))}]"
            if len(in_brackets) <= _WIDTH:
                yield in_brackets
            else:
                yield f"{pad}{key}:"
                yield from (f"{pad}  - {scalar(item)}" for item in value_)
        case bool():
            yield f"{pad}{key}: {str(value_).lower()}"
        case _:
            yield f"{pad}{key}: {value_ if isinstance(value_, int) else scalar(str(value_))}"


def _escaped(character: str) -> str:
    """Python's escapes are those of YAML."""
    if character == '"':
        return '\\"'
    is_plain = character.isprintable() and character != "\\"
    return character if is_plain else character.encode("unicode_escape").decode()
