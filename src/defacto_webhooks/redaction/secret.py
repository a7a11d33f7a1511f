"""Strings that can't be printed by accident."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from typing import Final, NoReturn

MASK: Final = "***"


class Sealed:
    """A string that only `reveal()` gives away: no JSON, pickle, copy, `vars()` or debugger does.

    The string is in a closure, since whatever walks over an object's attributes (DeepDiff, rich.inspect,
    an error tracker) prints what it finds there. `identity` differs where two strings do, so that such a
    walk sees a change; like Python's `hash`, it says nothing about the string.
    """

    __slots__ = ("identity", "reveal")
    identity: int
    reveal: Callable[[], str]

    def __init__(self, value: str) -> None:
        self.identity = hash(value)
        self.reveal = lambda: value

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return self.identity

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} can't be pickled or copied out")


class Secret(Sealed):
    """A secret: shown as `***`. Compared in a time that doesn't depend on where two of them differ."""

    __slots__ = ()

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.reveal().encode(), other.reveal().encode())

    __hash__ = Sealed.__hash__


def revealed(pieces: Iterable[str | Secret]) -> str:
    """The whole text of which some pieces are secret."""
    return "".join(piece.reveal() if isinstance(piece, Secret) else piece for piece in pieces)


def keyed_fingerprint(key: Secret, text: str) -> str:
    """A digest of `text` that tells nothing about it to someone without `key` (HMAC-SHA256, hex)."""
    return hmac.new(key.reveal().encode(), text.encode(), "sha256").hexdigest()
