"""What other people's loggers may write of our requests."""

from __future__ import annotations

import logging
from typing import Final

from defacto_webhooks.redaction.secret import MASK

# httpx logs each request with its URL and the server's words, httpcore hosts, headers and answers.
_HTTPX: Final = "httpx"
_HTTPCORE: Final = tuple(f"httpcore.{part}" for part in ("connection", "http11", "http2", "proxy", "socks"))


def redact_logs() -> None:
    """From now on httpx and httpcore log what happens, and nothing that a URL or a server says.

    To be called before a request is sent. Nothing is changed but their records.
    """
    logging.getLogger(_HTTPX).addFilter(_without_arguments)  # again is no more
    for name in _HTTPCORE:
        logging.getLogger(name).addFilter(_first_word)


def _without_arguments(record: logging.LogRecord) -> bool:
    """But for the method, and for numbers as the status."""
    if isinstance(record.args, tuple):
        method, *rest = record.args or ("",)
        record.args = (method, *(one if isinstance(one, int) else MASK for one in rest))
    return True


def _first_word(record: logging.LogRecord) -> bool:
    """As in `receive_response_headers.complete return_value=…`."""
    record.msg, record.args = str(record.msg).partition(" ")[0], None
    return True
