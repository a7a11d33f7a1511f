"""Turns of phrase that every message uses."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice


def plural(count: int, one: str, many: str = "") -> str:
    """`1 change`, `2 changes`; `many` where an s doesn't make it."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def some(texts: Iterable[str], at_most: int) -> list[str]:
    """As many of `texts` as somebody reads, then `and 3 more`."""
    left = iter(texts)
    shown = list(islice(left, at_most))
    more = sum(1 for _ in left)
    return [*shown, f"and {more:,} more"] if more else shown
