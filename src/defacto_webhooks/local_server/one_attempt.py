"""One attempt to deliver a notification."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

import httpx

_ANSWER_LIMIT: Final = 65_536  # bytes; read only so that a receiver is not cut off while it answers


@dataclass(frozen=True, slots=True)
class Forward:
    """What came of forwarding a notification: the answer's status, or why there was none.

    With a status, `error` is what the answer says about it, where that is known to be harmless.
    """

    at: float  # seconds since 1970
    status: int | None
    milliseconds: int
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def basic_auth(url: httpx.URL) -> bytes | None:
    """The Authorization header that the user and password in `url` make; None: it has none."""
    return b"Basic " + base64.b64encode(unquote_to_bytes(url.userinfo)) if url.userinfo else None


async def status_of(transport: httpx.AsyncBaseTransport, request: httpx.Request) -> int:
    """Send `request`; the status of the answer, whose body is read up to a limit and dropped.

    A transport without a client follows no redirect, keeps no cookie and logs no URL. Raises what it raises.
    """
    response = await transport.handle_async_request(request)
    try:
        read = 0
        with suppress(httpx.HTTPError):  # the status is what counts
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > _ANSWER_LIMIT:
                    break
    finally:
        await response.aclose()
    return response.status_code
