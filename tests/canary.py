"""Secrets that are looked for afterwards: whole, in pieces, and in every encoding."""

from __future__ import annotations

import html
import random
import re
import string
from collections.abc import Iterable
from functools import cache
from urllib.parse import unquote

PIECE = 6  # so many characters of a secret in a row are a leak
_ENCODINGS = 4  # one in another
_DICE = random.Random("canary")


def canary(length: int = 14, alphabet: str = string.ascii_letters + string.digits) -> str:
    """A secret that is nowhere else by accident."""
    return "".join(_DICE.choice(alphabet) for _ in range(length))


def readings(text: str) -> set[str]:
    """`text`, and what it is without percent-encoding, HTML entities and escapes, one in another."""
    found = {text}
    for _ in range(_ENCODINGS):
        found |= {unquote(known) for known in found if "%" in known}
        found |= {html.unescape(known) for known in found if "&" in known}
        found |= {re.sub(r"\\+(?=[^u])", "", known) for known in found if "\\" in known}
    return {known.casefold() for known in found}


def leaks(text: str, secrets: Iterable[str]) -> list[str]:
    """The pieces of `secrets` that `text` holds."""
    there = {
        known[at : at + PIECE] for known in readings(text) for at in range(max(0, len(known) - PIECE + 1))
    }
    return sorted(_pieces(tuple(secrets)) & there)


@cache
def _pieces(secrets: tuple[str, ...]) -> set[str]:
    return {secret.casefold()[at : at + PIECE] for secret in secrets for at in range(len(secret) - PIECE + 1)}
