"""What a command has to say, in the format that was asked for. Pure: a value comes in, a string goes out.

A format is a module, or a folder of them, and a line in `FORMATS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from defacto_webhooks.render import github, json, markdown, text
from defacto_webhooks.render.format import Format
from defacto_webhooks.render.style import PLAIN, Style

FORMATS: Final[Mapping[str, Format]] = {
    "text": text.FORMAT,
    "json": json.FORMAT,
    "markdown": markdown.FORMAT,
    "github": github.FORMAT,
}


def formats_of(kind: type) -> tuple[str, ...]:
    """The names of the formats that can show a `kind`."""
    return tuple(name for name, format_ in FORMATS.items() if kind in format_.renderers)


def render(value: Any, format_: str, style: Style = PLAIN) -> str:
    """`value` in the format of that name, without a line end behind it.

    `value` is of a kind that the format has a renderer for (`formats_of`).
    """
    return FORMATS[format_].renderers[type(value)](value, style)
