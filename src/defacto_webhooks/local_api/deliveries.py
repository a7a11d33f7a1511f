"""Sends notifications: one attempt each, in order per subscription, to receivers on this machine only.

Retries are not documented, so there are none; what came of the attempt stays in the table.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import httpx

from defacto_webhooks.errors import UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.local_server.database import Database
from defacto_webhooks.local_server.one_attempt import basic_auth, status_of
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.transport import SealedUrl, async_transport, sealed

TIMEOUT_S: Final = 5.0  # for the whole attempt; Defacto's is not documented
_ABANDONED_S: Final = 3 * TIMEOUT_S  # an attempt older than that died with its process
_OTHERS_POLL_S: Final = 0.05
_AT_ONCE: Final = 100  # so many receivers may hang before they hold up others


_Outcome: TypeAlias = tuple[str, int | None, str | None]  # state, HTTP status, reason


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification to one subscription. Times are seconds since 1970, None where it was not tried yet.

    `state`: pending, sending, delivered (2xx), failed, refused (not loopback, never sent), or unknown
    (its process ended during the attempt). `reason` says why it is not delivered.
    """

    event_type: str
    subscription_id: str
    to_url: SecretUrl
    state: str
    http_status: int | None
    reason: str | None
    started_at: float | None
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class _Claimed:
    seq: int
    event_type: str
    to_url: str = field(repr=False)
    body: bytes = field(repr=False)


class Deliverer:
    """Sends what is pending in the database. Belongs to one event loop. `failed` is told of what was not
    delivered: event type, URL and why.

    Each subscription has a lane of its own, so that a slow receiver holds up nobody else.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        *,
        failed: Callable[[str, SecretUrl, str], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._failed = failed
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._transport: httpx.AsyncBaseTransport | None = None
        self.hosts: set[str] = set()  # addresses of this machine that get notifications beside loopback
        self._closing = False
        self._failure: UserError | None = None
        self.interrupted = 0  # attempts that were broken off, and are not made again

    def start(self) -> bool:
        """Starts to send what is pending, without waiting; False if nothing is.

        Raises UserError, also for what stopped an earlier lane: it would stop the next one too.
        """
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT DISTINCT subscription_id FROM deliveries WHERE state = 'pending'"
                " OR (state = 'sending' AND started_at < ?)",
                (self._clock() - _ABANDONED_S,),
            ).fetchall()
        for (subscription_id,) in rows:
            if subscription_id not in self._lanes:
                self._lanes[subscription_id] = asyncio.create_task(self._lane(subscription_id))
        return bool(rows)

    async def finish(self) -> None:
        """Returns once nothing is pending any more. Raises UserError."""
        while self.start() or self._lanes:
            if self._lanes:
                await asyncio.wait(self._lanes.values(), return_when=asyncio.FIRST_COMPLETED)
            # What is left may be in the hands of another process, or have just been added.
            await asyncio.sleep(_OTHERS_POLL_S if not self._lanes else 0)

    async def aclose(self, grace_s: float) -> None:
        """Ends the attempts under way, the slow ones after `grace_s` seconds; starts no more."""
        self._closing = True
        lanes = list(self._lanes.values())
        if lanes:
            _, late = await asyncio.wait(lanes, timeout=grace_s)
            for lane in late:
                lane.cancel()
            if late:
                await asyncio.wait(late)
        if self._transport is not None:
            await self._transport.aclose()
            self._transport = None
        self._closing = False

    async def _lane(self, subscription_id: str) -> None:
        try:
            while not self._closing:
                async with self._slots:
                    attempt = self._claim(subscription_id)
                    if attempt is None:
                        return
                    await self._send(attempt)
        except UserError as error:
            self._failure = error
        finally:
            del self._lanes[subscription_id]

    def _claim(self, subscription_id: str) -> _Claimed | None:
        """The next delivery of the subscription, now ours alone; None if none is left, or one under way."""
        now = self._clock()
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE deliveries SET state = 'unknown', ended_at = ?, reason = 'its process ended'"
                " WHERE state = 'sending' AND subscription_id = ? AND started_at < ?",
                (now, subscription_id, now - _ABANDONED_S),
            )
            row = connection.execute(
                "SELECT d.seq, e.event_type, d.to_url, e.body"
                " FROM deliveries d JOIN events e ON e.seq = d.event_seq"
                " WHERE d.state = 'pending' AND d.subscription_id = :id AND NOT EXISTS"
                " (SELECT 1 FROM deliveries WHERE state = 'sending' AND subscription_id = :id)"
                " ORDER BY d.seq LIMIT 1",
                {"id": subscription_id},
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE deliveries SET state = 'sending', started_at = ? WHERE seq = ?", (now, row["seq"])
            )
        return _Claimed(row["seq"], row["event_type"], row["to_url"], row["body"].encode())

    async def _send(self, attempt: _Claimed) -> None:
        outcome: _Outcome = ("unknown", None, "interrupted")
        try:
            outcome = await self._attempted(attempt)
        except asyncio.CancelledError:
            self.interrupted += 1
            raise
        finally:
            with self._database.transaction() as connection:
                connection.execute(
                    "UPDATE deliveries SET state = ?, http_status = ?, reason = ?, ended_at = ?"
                    " WHERE seq = ?",
                    (*outcome, self._clock(), attempt.seq),
                )
        reason = outcome[2]
        if reason is not None:
            self._failed(attempt.event_type, SecretUrl.from_account(attempt.to_url), reason)

    async def _attempted(self, attempt: _Claimed) -> _Outcome:
        try:
            url = SealedUrl(attempt.to_url)
        except (httpx.InvalidURL, ValueError):
            return "failed", None, "not a valid URL"
        host = url.raw_host.decode("ascii")
        if not is_loopback(host) and host not in self.hosts:
            return "refused", None, "not a loopback address"
        try:
            async with asyncio.timeout(TIMEOUT_S):
                http_status = await self._post(_request(url, attempt.body))
        except TimeoutError:
            return "failed", None, f"no answer within {TIMEOUT_S:.0f} seconds"
        except httpx.ConnectError:
            return "failed", None, "no connection"
        except UserError as error:  # of the environment's certificates
            return "failed", None, error.message
        except Exception as error:
            # Whatever a stored URL can cause, down in the socket, is the outcome of this delivery alone.
            return "failed", None, type(error).__name__  # the message may quote the URL
        if 200 <= http_status < 300:
            return "delivered", http_status, None
        return "failed", http_status, f"answered {http_status}"

    async def _post(self, request: httpx.Request) -> int:
        # The transport without a client: no redirect, no cookie, and no URL in a log.
        if self._transport is None:
            # No connection is used twice: with one attempt only, one that the receiver is just closing
            # would cost a notification.
            self._transport = async_transport(
                limits=httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=0)
            )
        return await status_of(self._transport, request)


def _request(url: SealedUrl, body: bytes) -> httpx.Request:
    headers = {b"content-type": b"application/json", b"user-agent": b"defacto-webhooks-sandbox"}
    if credential := basic_auth(url):
        headers[b"authorization"] = credential
    return sealed(httpx.Request("POST", url, headers=headers, content=body))


def listed(connection: sqlite3.Connection) -> list[Delivery]:
    """All deliveries, oldest first."""
    rows = connection.execute(
        "SELECT event_type, subscription_id, to_url, state, http_status, reason, started_at, ended_at"
        " FROM deliveries d JOIN events e ON e.seq = d.event_seq ORDER BY d.seq"
    )
    return [
        Delivery(event_type, subscription_id, SecretUrl.from_account(to_url), *rest)
        for event_type, subscription_id, to_url, *rest in rows
    ]
