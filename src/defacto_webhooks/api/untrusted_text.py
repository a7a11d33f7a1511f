"""A server's text is untrusted: it may quote the URL that was sent, or one of another subscription.

Words that look like a part of a URL, and words that hold a piece of a secret this process knows, are cut
out before the text becomes part of an error, whichever way they are encoded. Our own messages are never
treated so: they are built from types that redact themselves.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

from defacto_webhooks.redaction import MASK
from defacto_webhooks.redaction.known_urls import in_lower_case
from defacto_webhooks.redaction.printable import without_invisible
from defacto_webhooks.redaction.suspicion import looks_like_a_token, looks_like_a_url

MAX_LENGTH: Final = 300  # of the cleaned text
_MAX_READ: Final = 5_000  # of what the server said
_PIECE: Final = 6  # so many characters of a secret in a row are one; fewer would be everywhere
_SUBSTRING_FROM: Final = 4  # a secret shorter than this is cut as a word only
_MAX_ENCODINGS: Final = 5  # one in another

_WORD = re.compile(r'[^\s"<>]+')
_AROUND = re.compile(r"([('\[{]*)(.*?)([)'\]}.,;:!]*)", re.DOTALL)
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))")


class Cleaner:
    """Cleans what a server says of every secret that it was told of, and of what looks like one."""

    def __init__(self) -> None:
        self._pieces: set[str] = set()
        self._short: set[str] = set()

    def learn(self, secrets: Iterable[str]) -> None:
        """Remember `secrets`: nothing that holds a piece of one gets through."""
        for secret in secrets:
            for reading in _readings(secret):
                folded = in_lower_case(reading).strip()
                if len(folded) < _PIECE:
                    self._short.add(folded)
                self._pieces.update(_pieces_of(folded))
        self._short.discard("")

    def clean(self, text: str) -> str:
        """`text` on one line, without the words that may hold a secret, and not too long."""
        text = without_invisible(text[:_MAX_READ])
        known = self._at_known_pieces(text)
        text = _WORD.sub(
            lambda word: self._word(word[0], known=not known.isdisjoint(range(*word.span()))), text
        )
        text = self._without_short_ones(text)
        return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"

    def _word(self, word: str, *, known: bool) -> str:
        match = _AROUND.fullmatch(word)
        before, core, after = match.groups() if match else ("", word, "")
        if known or any(self._is_suspect(reading) for reading in _readings(core)):
            return f"{before}{MASK}{after}"
        return word

    def _is_suspect(self, reading: str) -> bool:
        if looks_like_a_url(reading) or looks_like_a_token(reading):
            return True
        return not self._pieces.isdisjoint(_pieces_of(in_lower_case(reading)))

    def _at_known_pieces(self, text: str) -> frozenset[int]:
        """Where a piece of a known secret stands, spaces in it included."""
        found = (at for at, piece in enumerate(_pieces_of(in_lower_case(text))) if piece in self._pieces)
        return frozenset(at + offset for at in found for offset in range(_PIECE))

    def _without_short_ones(self, text: str) -> str:
        folded = in_lower_case(text)
        for short in sorted(self._short, key=lambda short: (-len(short), short)):
            if short not in folded or short == MASK:
                continue
            pattern = re.escape(short)
            if len(short) < _SUBSTRING_FROM:
                pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
            text = re.sub(pattern, MASK, text, flags=re.IGNORECASE)
        return text


def _pieces_of(text: str) -> Iterator[str]:
    return (text[at : at + _PIECE] for at in range(len(text) - _PIECE + 1))


def _readings(text: str) -> Iterator[str]:
    """`text`, and what it is when percent-encoding, HTML entities and JSON escapes are taken off."""
    for _ in range(_MAX_ENCODINGS):
        yield text
        if "+" in text:
            yield text.replace("+", " ")
        plain = unquote(html.unescape(_JSON_ESCAPE.sub(_unescaped, text)))
        if plain == text:
            return
        text = plain


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else match[3]
