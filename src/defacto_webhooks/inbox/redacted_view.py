"""What the page is told of a URL or a header; the rest is given to a click, one value at a time.

Defacto's callbacks carry their credential in the query, so its values are hidden, and with them every
header and path segment that is not known to be harmless.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote_plus

from defacto_webhooks.redaction import MASK
from defacto_webhooks.redaction.visibility import is_harmless_key, is_harmless_segment

_SHOWN_HEADERS: Final = re.compile(
    "accept(-encoding|-language)?|cache-control|connection|content-(encoding|length|type)|date|expect|host|pragma"
    "|te|transfer-encoding|user-agent|via|x-forwarded-(for|host|port|proto)|x-real-ip|x-request-id",
    re.IGNORECASE,
)


def path_parts(path: str, inbox: str) -> list[dict[str, Any]]:
    """The segments; `text` is None where one is hidden."""
    return [
        {"text": segment if segment == inbox or is_harmless_segment(segment) else None}
        for segment in path.split("/")
        if segment
    ]


def shown_path(path: str, inbox: str) -> str:
    """The path in one piece."""
    return "/" + "/".join(part["text"] or MASK for part in path_parts(path, inbox))


def query_parts(query: str) -> list[dict[str, Any]]:
    """The parts of the query: `key` is None where it is hidden too. There are no values."""
    return [
        {"key": key if equals and is_harmless_key(key) else None}
        for key, equals, _ in (part.partition("=") for part in _split(query))
    ]


def header_parts(headers: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Names, and values where they are known to be harmless; else `value` is None."""
    return [
        {"name": name, "value": value if _SHOWN_HEADERS.fullmatch(name) else None} for name, value in headers
    ]


def hidden_value(
    part: str, index: int, *, path: str, query: str, headers: Sequence[Sequence[str]]
) -> str | None:
    """What a click asked for: entry `index` of the `part` path, query or header; None if there is none."""
    match part:
        case "path":
            values = [segment for segment in path.split("/") if segment]
        case "query":
            values = [_query_value(piece) for piece in _split(query)]
        case "header":
            values = [value for _, value in headers]
        case _:
            values = []
    return values[index] if index < len(values) else None


def _query_value(piece: str) -> str:
    key, equals, value = piece.partition("=")
    return unquote_plus(value if equals and is_harmless_key(key) else piece)


def _split(query: str) -> list[str]:
    return [piece for piece in query.split("&") if piece]
