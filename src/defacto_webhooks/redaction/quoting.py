"""What a message may quote of a file: words that are certainly none of a secret's."""

from __future__ import annotations

import re
from typing import Final

from defacto_webhooks.redaction.secret import MASK

_MAX_LENGTH: Final = 40
_OF_A_URL = re.compile(r"[/?=@%#&;\\]")
_OPAQUE = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{10,}|[A-Za-z0-9]{25,}")


def quotable(text: str) -> str:
    """`text`, cut where it is long; `***` where it looks like a part of a URL, a token or a password.

    For what stands where a name should: a misspelt field, an event type that does not exist.
    """
    if _OF_A_URL.search(text) or _OPAQUE.search(text):
        return MASK
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 1] + "…"
