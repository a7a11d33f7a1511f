"""`--forward-to`: sends each notification to a callback, as it came."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from defacto_webhooks.errors import UserError
from defacto_webhooks.local_server.one_attempt import Forward, basic_auth, status_of
from defacto_webhooks.redaction import InvalidUrl, SecretUrl
from defacto_webhooks.sinks.forwarder import Forwarder, Reply, Tell
from defacto_webhooks.transport import async_transport, sealed

if TYPE_CHECKING:  # its packages are an optional extra that `listen --help` does without
    from defacto_webhooks.inbox import Inbox, Received, Store

_PAUSES_S: Final = (0.5, 1.0, 2.0)  # the callback may just be starting again
# Has the id of each run that has forwarded this notification: a line for each, or commas between them.
_FORWARDED_BY: Final = "Defacto-Webhooks-Forwarded-By"
# They are about one connection, or httpx makes them of the URL and the body.
_NOT_FORWARDED: Final = re.compile(
    b"connection|content-length|expect|host|keep-alive|proxy-(authenticate|authorization|connection)"
    b"|te|trailer|transfer-encoding|upgrade",
    re.IGNORECASE,
)


class Callback(Forwarder[int]):
    """Body and headers stay as they came; so does the query, unless `url` has one of its own. No
    redirect, no cookie. A header is added, by which a notification is known that comes back, over
    whatever detours: it is not forwarded again.

    `store` has what is sent, and keeps what came of it.

    Raises UserError where the environment's proxy or certificates can't be used.
    """

    option = "--forward-to"
    help = "Forward each notification to your callback, such as http://localhost:3000/hook."

    def __init__(self, url: SecretUrl, store: Store, *args: Any, **options: Any) -> None:
        super().__init__(url, *args, **options)
        self._store = store
        self._id = secrets.token_hex(8)
        self._told_of_coming_back = False
        # Without a client on top: no redirect, no cookie, and no URL in a log.
        self._transport = async_transport(url, limits=httpx.Limits(max_keepalive_connections=0))

    @classmethod
    def open(cls, url: str, inbox: Inbox, forwarded: Tell) -> Self:
        callback = cls(callback_url(url), inbox.store, forwarded)
        inbox.resend_through(callback)
        return callback

    def item(self, received: Received) -> int | None:
        if self._id in _forwarded_by(received.request.headers):
            if not self._told_of_coming_back:
                self._told_of_coming_back = True
                self._fail(received.seq, "not forwarded again, as this URL leads back to this receiver")
            return None
        return received.seq  # the store keeps the body, within its limits

    async def post(self, item: int) -> Reply:
        row = self._store.one(item)
        if row is None:
            raise UserError("it was deleted before it was forwarded")
        return Reply(await status_of(self._transport, self._request(row)))

    def pauses_s(self) -> Iterable[float]:
        return _PAUSES_S

    def keep(self, seq: int, forward: Forward) -> None:
        self._store.add_forward(seq, forward)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def resend(self, seq: int) -> Forward | None:
        """Send notification `seq` now; None if it is not there. Raises UserError."""
        return None if self._store.one(seq) is None else await self.send(seq, seq)

    def _request(self, row: sqlite3.Row) -> httpx.Request:
        url = httpx.URL(self.url.reveal())
        if row["query"] and not url.query:
            url = url.copy_with(query=row["query"].encode("latin-1"))
        headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(row["headers"])
        ]
        headers = [(name, value) for name, value in headers if not _NOT_FORWARDED.fullmatch(name)]
        if credential := basic_auth(url):
            headers = [(name, value) for name, value in headers if name.lower() != b"authorization"]
            headers.append((b"authorization", credential))
        headers.append((_FORWARDED_BY.encode(), self._id.encode()))
        return sealed(httpx.Request("POST", url, headers=headers, content=row["body"]))


def _forwarded_by(headers: Iterable[tuple[str, str]]) -> set[str]:
    """The ids of those that have forwarded what has these headers."""
    values = [value for name, value in headers if name.lower() == _FORWARDED_BY.lower()]
    return {each.strip() for value in values for each in value.split(",")}


def callback_url(text: str) -> SecretUrl:
    """Where to forward to; without a scheme it is http. Raises UserError."""
    try:
        return SecretUrl.from_file([text if "://" in text else f"http://{text}"])
    except InvalidUrl as error:
        hint = "for example http://localhost:3000/hook"
        raise UserError(f"the URL of {Callback.option} {error}", hint) from None
