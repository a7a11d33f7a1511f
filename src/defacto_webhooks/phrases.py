"""Turns of phrase that every message uses."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from unicodedata import normalize


def plural(count: int, one: str, many: str = "") -> str:
    """`1 change`, `2 changes`; `many` where an s doesn't make it."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def some(texts: Iterable[str], at_most: int) -> list[str]:
    """As many of `texts` as somebody reads, then `and 3 more`."""
    left = iter(texts)
    shown = list(islice(left, at_most))
    more = sum(1 for _ in left)
    return [*shown, f"and {more:,} more"] if more else shown


def told_apart(one: object, other: object) -> tuple[str, str]:
    """Both, quoted; with escapes where they would look the same, as an `é` that is one character, or two."""
    look_the_same = normalize("NFKC", str(one)) == normalize("NFKC", str(other))
    return (ascii(one), ascii(other)) if look_the_same else (repr(one), repr(other))
