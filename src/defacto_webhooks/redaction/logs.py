"""What other people's loggers may write of our URLs."""

from __future__ import annotations

import logging
from typing import Final

from defacto_webhooks.redaction.secret import MASK
from defacto_webhooks.redaction.url import SecretUrl


def redact_httpx_log() -> None:
    """From now on httpx, which logs each request with its URL, logs no more of that URL than its host.

    To be called before a URL is requested that may hold a secret. Nothing is changed but such records.
    """
    logging.getLogger("httpx").addFilter(_FILTER)  # again is no more


class _Redacted(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_shown, record.args))
        return True


def _shown(argument: object) -> object:
    is_url = type(argument).__name__ == "URL"  # httpx.URL, which this room need not import
    if not is_url:
        return argument
    url = SecretUrl.from_account(str(argument))
    return f"{url.scheme}://{url.host}/{MASK}"


_FILTER: Final = _Redacted()
