"""A server's text is untrusted: it may quote the URL that was sent, or one of another subscription.

Everything URL-like and every secret value that this process knows is cut out before the text becomes
part of an error. Our own messages are never treated so: they are built from types that redact themselves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from defacto_webhooks.secrets import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable

_URL_LIKE = re.compile(
    r"""[^\s"'<>(),]*(?:://|%3A%2F%2F)[^\s"'<>]*   # a URL, also percent-encoded
      | [^\s"'<>(),]*\?[^\s"'<>]*=[^\s"'<>]*       # a query
      | [^\s"'<>(),]+@[^\s"'<>]+                   # userinfo
      | //[^\s"'<>]+                               # a URL without its scheme
    """,
    re.VERBOSE | re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_SUBSTRING_FROM = 4  # a shorter secret is cut as a word only: as a substring it would be everywhere
MAX_LENGTH = 300


def clean(text: str, secret_forms: Iterable[str]) -> str:
    """`text` of a server on one line, without URLs and without any of `secret_forms` (see `forms`)."""
    text = _CONTROL.sub(" ", text)
    folded = text.casefold()
    for form in secret_forms:
        if form.casefold() not in folded:
            continue
        pattern = re.escape(form)
        if len(form) < _SUBSTRING_FROM:
            pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
        text = re.sub(pattern, lambda _: MASK, text, flags=re.IGNORECASE)
    text = _URL_LIKE.sub(MASK, text)
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"


def forms(secrets: Iterable[str]) -> tuple[str, ...]:
    """The ways in which a server may quote `secrets`, the longest first: raw, decoded, percent-encoded."""
    found: set[str] = set()
    for secret in secrets:
        decoded = {secret, unquote(secret), unquote_plus(secret)}
        found |= decoded
        found.update(quote(form, safe="") for form in decoded)
        found.update(quote_plus(form) for form in decoded)
    return tuple(sorted((form for form in found if form.strip()), key=lambda form: (-len(form), form)))
