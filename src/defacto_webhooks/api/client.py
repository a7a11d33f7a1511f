"""The client: a method for each call that this project makes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote, urljoin, urlsplit

import httpx

from defacto_webhooks._version import __version__
from defacto_webhooks.api import wire
from defacto_webhooks.api.errors import Translator
from defacto_webhooks.api.retry import Timing
from defacto_webhooks.api.sending import Sending
from defacto_webhooks.errors import DoubtfulRead, RequestError, UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.invoice import Invoice
from defacto_webhooks.redaction import KnownUrls, Secret, SecretUrl
from defacto_webhooks.subscription import RemoteSubscription, Subscription
from defacto_webhooks.transport import async_client

_T = TypeVar("_T")
_MAX_PAGES: Final = 10_000


class DefactoApi:
    """The calls this project needs. Use it as an async context manager.

    `requests` counts what was sent. Every method raises RequestError; `outcome_unknown` on it says that
    a change may have been carried out all the same. `known` is what the file says, next to which the
    account is shown. Once `stop` is set nothing is sent again. `say` takes a line about a longer wait.
    """

    def __init__(
        self,
        api_url: SecretUrl,
        api_key: Secret | None,
        *,
        environment: str,
        key_source: str,
        known: KnownUrls | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        parallelism: int = 10,
        timing: Timing | None = None,
        stop: asyncio.Event | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        if api_key and api_url.scheme == "http" and transport is None and not is_loopback(api_url.host):
            raise UserError(
                f"the API key is not sent over plain http to {api_url.host}", "use an https:// api_url"
            )
        timing, host = timing or Timing(), urlsplit(api_url.reveal()).netloc
        self._api_url = api_url
        self._known = known or KnownUrls({})
        self._translate = Translator(environment, key_source, host, api_key, self._known)
        headers = {
            "User-Agent": f"defacto-webhooks/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        self._client = async_client(
            api_url,
            headers=headers,
            bearer=api_key,
            transport=transport,
            timeout=httpx.Timeout(timing.answer_s, connect=timing.connect_s, pool=None),
            limits=httpx.Limits(max_connections=parallelism, max_keepalive_connections=parallelism),
        )
        self._sending = Sending(
            self._client, self._translate, host, parallelism=parallelism, timing=timing, stop=stop, say=say
        )

    @property
    def requests(self) -> int:
        return self._sending.requests

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(Exception):  # all is done; a connection that closes badly changes nothing of it
            await self._client.aclose()

    async def hello(self) -> None:
        """Check the key (`GET /hello`)."""
        await self._sending.send("GET", self._at("/hello"))

    async def list_subscriptions(self) -> tuple[RemoteSubscription, ...]:
        """The whole account, all pages. Raises DoubtfulRead rather than answering with less."""
        try:
            return await self._all_pages()
        except RequestError:
            raise
        except Exception as error:  # a mistake of ours costs no more than this read
            raise self._translate.no_answer(error, "GET") from error

    async def _all_pages(self) -> tuple[RemoteSubscription, ...]:
        pages: list[wire.WirePage] = []
        seen, ids = set[Secret](), set[str]()
        where = self._at("/webhooks")
        while True:
            seen.add(where)
            answer = await self._sending.send("GET", where)
            if answer.status != HTTPStatus.OK:  # of another success, as 206, nobody knows what it holds
                raise DoubtfulRead(
                    f"the list of subscriptions came with HTTP {answer.status}, and not with 200"
                )
            page = wire.page(answer.content)
            pages.append(page)
            wire.add_new_ids(page, ids)
            if not page.next_page:
                break
            if not page.data:
                raise DoubtfulRead("a page of the list of subscriptions is empty, yet another one follows")
            following = self._next(where, page)
            if following is None:
                raise DoubtfulRead("next_page of the list of subscriptions is not an address of this server")
            where = following
            if where in seen or len(pages) >= _MAX_PAGES:
                raise DoubtfulRead("the pages of the list of subscriptions run in a circle")
        remotes = wire.subscriptions(pages, self._known)
        self._translate.learn(remote.content.to_url for remote in remotes)
        return remotes

    async def create(self, content: Subscription) -> RemoteSubscription:
        """POST /webhooks. Sent once: after an unknown outcome only a read can tell what happened."""
        return await self._write("POST", "/webhooks", content)

    async def patch(self, subscription_id: str, content: Subscription) -> RemoteSubscription:
        """PATCH /webhook/{id} with the whole object."""
        return await self._write("PATCH", f"/webhook/{quote(subscription_id, safe='')}", content)

    async def delete(self, subscription_id: str) -> None:
        """DELETE /webhook/{id}. Raises with status 404 if it is already gone."""
        await self._sending.send("DELETE", self._at(f"/webhook/{quote(subscription_id, safe='')}"))

    async def generate_invoice(self, scenario: str) -> dict[str, Any]:
        """POST /sandbox/invoice-generator: a body for `create_invoice`. It creates nothing."""
        body = wire.body({"scenario": scenario})
        return await self._read("POST", "/sandbox/invoice-generator", wire.generated_invoice, body)

    async def create_invoice(self, payload: Mapping[str, Any]) -> Invoice:
        """POST /invoices. Sent once, like `create`."""
        return await self._read("POST", "/invoices", wire.invoice, wire.body(payload))

    async def submit_invoice(self, invoice_id: str) -> Invoice:
        """POST /invoice/{id}/submit, for one that is a draft. Sent once."""
        path = f"/invoice/{quote(invoice_id, safe='')}/submit"
        return await self._read("POST", path, wire.invoice, wire.body({}))

    async def invoice(self, invoice_id: str) -> Invoice:
        """GET /invoice/{id}."""
        return await self._read("GET", f"/invoice/{quote(invoice_id, safe='')}", wire.invoice)

    async def _write(self, method: str, path: str, content: Subscription) -> RemoteSubscription:
        self._translate.learn([content.to_url])
        body = wire.body(content.document(reveal=True))
        return await self._read(method, path, lambda answer: wire.subscription(answer, self._known), body)

    async def _read(
        self,
        method: str,
        path: str,
        read: Callable[[wire.Body], _T | None],
        body: wire.Body | None = wire.NO_BODY,
    ) -> _T:
        """Send, and `read` the answer: None from it means that the answer is not what it should be."""
        answer = await self._sending.send(method, self._at(path), body)
        try:
            value = read(answer.content)
        except Exception as error:
            raise self._translate.no_answer(error, method) from error
        if value is None:
            raise RequestError(
                f"the answer to {method} can't be read (HTTP {answer.status})",
                outcome_unknown=method != "GET",
            )
        return value

    def _at(self, path: str) -> Secret:
        """The URL of an endpoint. It may have a secret of the file in it, as `api_url` may."""
        return Secret(self._api_url.reveal().rstrip("/") + path)

    def _next(self, where: Secret, page: wire.WirePage) -> Secret | None:
        """The URL of what comes after the `page` at `where`; None where that is no URL of this server.

        By the documentation `next_page` is a path from the root of the API. Behind a gateway that root is
        `api_url`, unless the gateway wrote its own path before it.
        """
        path, base = page.next_page or "", urlsplit(self._at("").reveal()).path
        is_from_the_root = path.startswith("/") and not path.startswith(("//", f"{base}/"))
        try:
            there = self._at(path) if is_from_the_root else Secret(urljoin(where.reveal(), path))
        except ValueError:  # not a URL
            return None
        return there if _origin(there) == _origin(self._at("")) else None


def _origin(url: Secret) -> tuple[str, bytes, bytes] | None:
    """Scheme, host with port, and user, as the client that sends to it reads them; None where it can't."""
    try:
        parsed = httpx.URL(url.reveal())
    except (httpx.InvalidURL, ValueError):
        return None
    return parsed.scheme, parsed.netloc, parsed.userinfo
