"""Forwards what came in to another URL, as it came, in the background."""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final
from urllib.parse import unquote_to_bytes

import httpx

from defacto_webhooks.inbox.store import Forward, Store
from defacto_webhooks.local_server.one_attempt import status_of
from defacto_webhooks.redaction import SecretUrl

_TIMEOUT_S: Final = 30.0
_PAUSES_S: Final = (0.5, 1.0, 2.0)  # while there is no connection: the callback may just be starting again
# They are about one connection, or httpx makes them of the URL and the body.
_NOT_FORWARDED: Final = frozenset(
    {
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


class Forwarder:
    """`offer` never waits and never fails; `run` does the sending, in order.

    `forwarded` is told the number of each notification that was sent, and what came of it.
    Body and headers stay as they came; so does the query, unless `url` has one of its own. No proxy, no
    redirect, no cookie. It is tried again only where no connection came about: what answers, or hangs up, may
    have done its work. Belongs to one event loop.
    """

    def __init__(
        self,
        store: Store,
        url: SecretUrl,
        forwarded: Callable[[int, Forward], None],
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.url = url
        self._store = store
        self._forwarded = forwarded
        self._clock = clock
        self._sleep = sleep
        self._waiting: deque[int] = deque()  # numbers only: the store keeps the bodies, within its limits
        self._bell = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._transport: httpx.AsyncHTTPTransport | None = None

    def offer(self, seq: int) -> None:
        """Takes notification `seq` for sending."""
        self._waiting.append(seq)
        self._idle.clear()
        self._bell.set()

    async def run(self) -> None:
        """Sends what was offered, until it is cancelled."""
        try:
            while True:
                await self._bell.wait()
                while self._waiting:
                    await self.send(self._waiting[0])
                    self._waiting.popleft()
                self._bell.clear()
                self._idle.set()
        finally:
            await self.aclose()

    async def finish(self, grace_s: float) -> int:
        """Waits up to `grace_s` seconds for the rest; how many are left."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), grace_s)
        return len(self._waiting)

    async def aclose(self) -> None:
        if self._transport is not None:
            await self._transport.aclose()
            self._transport = None

    async def send(self, seq: int) -> Forward | None:
        """Sends notification `seq` now, and keeps what came of it; None if it is not there any more.

        Raises UserError where the store can't be used.
        """
        row = self._store.one(seq)
        if row is None:
            return None
        for pause in (*_PAUSES_S, None):
            forward, connected = await self._attempt(row)
            if connected or pause is None:
                break
            await self._sleep(pause)
        self._store.add_forward(seq, forward)
        self._forwarded(seq, forward)
        return forward

    async def _attempt(self, row: sqlite3.Row) -> tuple[Forward, bool]:
        """What came of it, and whether there was a connection."""
        at, began = self._clock(), time.perf_counter()
        status: int | None = None
        error: str | None = None
        connected = True
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                status = await self._post(row)
        except TimeoutError:
            error = f"no answer within {_TIMEOUT_S:.0f} seconds"
        except httpx.ConnectError:
            error, connected = "no connection", False
        except Exception as caught:
            # Whatever a callback, a header or a URL can cause is the outcome of this attempt alone.
            error = f"no answer ({type(caught).__name__})"  # the message may quote the URL
        return Forward(at, status, round((time.perf_counter() - began) * 1000), error), connected

    async def _post(self, row: sqlite3.Row) -> int:
        # The transport without a client: no redirect, no proxy, no cookie, and no URL in a log.
        if self._transport is None:
            self._transport = httpx.AsyncHTTPTransport(
                trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
            )
        url = httpx.URL(self.url.reveal())
        if row["query"] and not url.query:
            url = url.copy_with(query=row["query"].encode("latin-1"))
        headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(row["headers"])
        ]
        headers = [(name, value) for name, value in headers if name.lower() not in _NOT_FORWARDED]
        if url.userinfo:
            credential = base64.b64encode(unquote_to_bytes(url.userinfo))
            headers = [(name, value) for name, value in headers if name.lower() != b"authorization"]
            headers.append((b"authorization", b"Basic " + credential))
        request = httpx.Request("POST", url, headers=headers, content=row["body"])
        return await status_of(self._transport, request)
