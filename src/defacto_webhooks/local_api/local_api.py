"""The local Defacto API as one object."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from starlette.types import Receive, Scope, Send

from defacto_webhooks.errors import UserError
from defacto_webhooks.local_api import deliveries, invoices
from defacto_webhooks.local_api.endpoints import Endpoints
from defacto_webhooks.local_api.tables import LAYOUT
from defacto_webhooks.local_server.database import Database
from defacto_webhooks.redaction import SecretUrl

_log = logging.getLogger(__name__)

_POLL_S: Final = 0.5  # how soon what another process left in the database is noticed
_GRACE_S: Final = 2.0


class LocalApi:
    """The local Defacto API on the SQLite file `db`, which is made when it is first used.

    `asgi` works in a server, with `background` open, and in `httpx.ASGITransport`, where nothing happens
    between requests: call `run_due` before the end. One object belongs to one event loop;
    any number of them, also in several processes, may use the same file. Notifications go to receivers on
    this machine only; others are refused. The key is `EMBEDDED_KEY`: it is no secret.

    verification_delay_s: seconds from the submission of an invoice to VERIFIED, TO_EDIT or DECLINED.
    clock: seconds since 1970.
    on_request: called with method, path and status of each request as it is answered; the path is
        empty where there is nothing at it: a mistyped callback URL keeps its secrets.
    on_undelivered: called with event type, URL and reason of each notification that could not be delivered.

    A file that can't be used is a UserError, also out of `asgi` if it can't even be opened.
    """

    def __init__(
        self,
        db: Path,
        *,
        verification_delay_s: float = 1.0,
        clock: Callable[[], float] = time.time,
        on_request: Callable[[str, str, int], None] = lambda *_: None,
        on_undelivered: Callable[[str, SecretUrl, str], None] = lambda *_: None,
    ) -> None:
        self._database = Database(db, LAYOUT)
        self._clock = clock
        self._on_request = on_request
        self._deliverer = deliveries.Deliverer(self._database, clock, failed=on_undelivered)
        self._wake: asyncio.Event | None = None
        endpoints = Endpoints(self._database, verification_delay_s, clock, self._changed)
        self._app = endpoints.starlette()

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI app."""
        self._database.open()

        async def noted(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                found = "endpoint" in scope  # the router says so
                self._on_request(scope["method"], scope["path"] if found else "", message["status"])
            await send(message)

        await self._app(scope, receive, noted)

    def deliver_to(self, host: str) -> None:
        """Lets notifications go to `host`, too: an address of this machine."""
        self._deliverer.hosts.add(host)

    def open(self) -> None:
        """Opens the database now instead of on first use. Raises UserError."""
        self._database.open()

    async def run_due(self) -> None:
        """Makes the moves of invoices that are due, and returns when every notification was tried.

        Moves that are due later stay in the database for the next time. Raises UserError.
        """
        self._make_moves()
        await self._deliverer.finish()

    def deliveries(self) -> list[deliveries.Delivery]:
        """What was sent, or is to be, oldest first. Raises UserError."""
        with self._database.reading() as connection:
            return deliveries.listed(connection)

    def undelivered(self) -> tuple[int, int]:
        """How many deliveries are still to be tried, and how many attempts of this object were broken off.

        Raises UserError.
        """
        with self._database.reading() as connection:
            row = connection.execute("SELECT count(*) FROM deliveries WHERE state = 'pending'").fetchone()
        return int(row[0]), self._deliverer.interrupted

    @asynccontextmanager
    async def background(self) -> AsyncIterator[None]:
        """While it is open, moves and deliveries happen by themselves. Raises UserError at its start."""
        self.open()
        wake = self._wake = asyncio.Event()
        task = asyncio.create_task(self._run(wake))
        try:
            yield
        finally:
            self._wake = None
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self._deliverer.aclose(_GRACE_S)

    async def aclose(self) -> None:
        """Ends attempts under way and closes the database; what is pending stays for the next time."""
        await self._deliverer.aclose(_GRACE_S)
        self._database.close()

    async def _run(self, wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            try:
                self._make_moves()
                self._deliverer.start()
                pause = min(_POLL_S, max(0.0, self._next_move_at() - self._clock()))
            except UserError as error:
                _log.warning("%s", error.message)
                pause = _POLL_S
            with suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), pause)

    def _make_moves(self) -> None:
        now = self._clock()
        if self._next_move_at() <= now:
            with self._database.transaction() as connection:
                invoices.run_due(connection, now=now)

    def _next_move_at(self) -> float:
        with self._database.reading() as connection:
            return invoices.next_move_at(connection)

    def _changed(self) -> None:
        if self._wake is not None:
            self._wake.set()
