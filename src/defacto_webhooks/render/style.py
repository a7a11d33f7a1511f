"""How a result should look."""

from __future__ import annotations

from textwrap import fill
from typing import Final, NamedTuple

import click


class Style(NamedTuple):
    """How wide lines may be, in columns, and whether they are coloured.

    `unchanged`: a plan lists what stays as it is, too.
    """

    color: bool = False
    width: int = 80
    unchanged: bool = False

    def paint(self, text: str, color: str | None = None, *, bold: bool = False, dim: bool = False) -> str:
        return click.style(text, fg=color, bold=bold or None, dim=dim or None) if self.color else text

    def wrap(self, text: str, indent: int, first: str = "") -> str:
        """`text` behind `first`, its further lines indented."""
        pad = " " * indent
        return fill(
            text,
            max(self.width, indent + 20),
            initial_indent=first or pad,
            subsequent_indent=pad,
            break_long_words=False,
            break_on_hyphens=False,
        )


PLAIN: Final = Style()
