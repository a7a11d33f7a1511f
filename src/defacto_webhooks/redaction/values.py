"""Strings that can't be printed by accident."""

from __future__ import annotations

from typing import Final, NamedTuple, NoReturn

MASK: Final = "***"


def keyed_fingerprint(key: Secret, text: str) -> str:
    """A digest of `text` that tells nothing about it to someone without `key` (HMAC-SHA256, hex)."""
    from hmac import new  # OpenSSL comes with it, and few commands need a digest

    return new(key.reveal().encode(), text.encode(), "sha256").hexdigest()


class Secret:
    """A string that can't be printed by accident; `reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        from hmac import compare_digest

        return compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret can't be pickled or copied out")


class Piece(NamedTuple):
    """A stretch of text from the file; `secret` where it came from the process environment or an env file."""

    text: str
    secret: bool = False

    def __repr__(self) -> str:
        return f"Piece({MASK if self.secret else self.text!r})"
