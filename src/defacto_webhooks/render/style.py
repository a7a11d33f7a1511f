"""How wide lines may be, and colour."""

from __future__ import annotations

from typing import NamedTuple

import click


class Style(NamedTuple):
    """How wide the lines may be, and whether they are coloured."""

    color: bool = False
    width: int = 80

    def paint(self, text: str, color: str | None = None, *, bold: bool = False, dim: bool = False) -> str:
        return click.style(text, fg=color, bold=bold or None, dim=dim or None) if self.color else text

    def wrap(self, text: str, indent: int, first: str = "") -> str:
        """`text` behind `first`, its further lines indented."""
        width = max(self.width, indent + 20)
        pad = " " * indent
        import textwrap

        return textwrap.fill(
            text,
            width,
            initial_indent=first or pad,
            subsequent_indent=pad,
            break_long_words=False,
            break_on_hyphens=False,
        )


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
