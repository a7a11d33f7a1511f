"""The client: one pool, retries that can't do harm, and errors that say what to do next."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple, Self, TypeVar
from urllib.parse import quote, urljoin, urlsplit

import httpx

from defacto_webhooks._version import __version__
from defacto_webhooks.api import wire
from defacto_webhooks.api.errors import Translator
from defacto_webhooks.api.retry import backoff_s, retry_after_s
from defacto_webhooks.errors import DoubtfulRead, NotSent, RequestError, UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.invoice import Invoice
from defacto_webhooks.redaction import KnownUrls, Secret
from defacto_webhooks.subscription import RemoteSubscription, Subscription

_T = TypeVar("_T")
_MAX_PAGES: Final = 10_000
_MAX_BODY_BYTES: Final = 256 * 1024 * 1024
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_PASSING: Final = frozenset({500, 502, 503, 504})


class Timing(NamedTuple):
    """Waits and limits, in seconds where not said otherwise. Defacto answers 504 after 30 s on its own."""

    connect_s: float = 10.0
    answer_s: float = 40.0  # for the whole answer, also one that comes in drips
    attempts: int = 4
    backoff_base_s: float = 0.3
    backoff_cap_s: float = 8.0
    rate_limit_total_s: float = 120.0  # what one request waits for 429s, all together


class Answer(NamedTuple):
    """A whole answer, read to its end."""

    status: int
    headers: httpx.Headers
    content: wire.Body

    def __repr__(self) -> str:
        return f"Answer({self.status}, {self.content!r})"  # a header may quote anything, too

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class DefactoApi:
    """The calls this project needs. Use it as an async context manager.

    `requests` counts what was sent. Every method raises RequestError; `outcome_unknown` on it says that
    a change may have been carried out all the same. `known` is what the file says, next to which the
    account is shown. Once `stop` is set nothing is sent again.
    """

    def __init__(
        self,
        api_url: str,
        api_key: Secret | None,
        *,
        environment: str,
        key_source: str,
        known: KnownUrls | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        parallelism: int = 10,
        timing: Timing | None = None,
        stop: asyncio.Event | None = None,
    ) -> None:
        url = urlsplit(api_url)
        if api_key and url.scheme == "http" and transport is None and not is_loopback(url.hostname or ""):
            raise UserError(
                f"the API key is not sent over plain http to {url.hostname}", "use an https:// api_url"
            )
        self.requests = 0
        self._url = api_url.rstrip("/")
        self._timing = timing or Timing()
        self._stop = stop or asyncio.Event()
        self._places = asyncio.Semaphore(parallelism)
        self._open_from = 0.0  # loop time before which no request starts: a 429 is for all of them
        self._translate = Translator(environment, key_source, url.netloc, api_key)
        self._known = known or KnownUrls({})
        headers = {"User-Agent": f"defacto-webhooks/{__version__}", "Accept": "application/json"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key.reveal()}"
        self._client = httpx.AsyncClient(
            headers=headers,
            transport=transport,
            timeout=httpx.Timeout(self._timing.answer_s, connect=self._timing.connect_s, pool=None),
            limits=httpx.Limits(max_connections=parallelism, max_keepalive_connections=parallelism),
            follow_redirects=False,  # with the key, to another origin: never
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(httpx.HTTPError):
            await self._client.aclose()

    async def hello(self) -> None:
        """Check the key (`GET /hello`)."""
        await self._send("GET", "/hello")

    async def list_subscriptions(self) -> tuple[RemoteSubscription, ...]:
        """The whole account, all pages. Raises DoubtfulRead rather than answering with less."""
        pages: list[wire.WirePage] = []
        paths, ids = set(), set[str]()
        path = "/webhooks"
        while True:
            paths.add(path)
            answer = await self._send("GET", path)
            page = wire.page(answer.content)
            pages.append(page)
            wire.add_new_ids(page, ids)
            next_page = page.next_page
            if not next_page:
                break
            if not page.data:
                raise DoubtfulRead("a page of the list of subscriptions is empty, yet another one follows")
            path = self._same_origin(path, next_page)
            if path in paths or len(pages) >= _MAX_PAGES:
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
        """DELETE /webhook/{id}. What is gone already (404) counts as deleted."""
        await self._send("DELETE", f"/webhook/{quote(subscription_id, safe='')}", gone_is_fine=True)

    async def generate_invoice(self, scenario: str) -> dict[str, Any]:
        """POST /sandbox/invoice-generator: a body for `create_invoice`. It creates nothing."""
        body = {"scenario": scenario}
        return await self._read("POST", "/sandbox/invoice-generator", wire.generated_invoice, body)

    async def create_invoice(self, payload: Mapping[str, Any]) -> Invoice:
        """POST /invoices. Sent once, like `create`."""
        return await self._read("POST", "/invoices", wire.invoice, payload)

    async def submit_invoice(self, invoice_id: str) -> Invoice:
        """POST /invoice/{id}/submit, for one that is a draft. Sent once."""
        path = f"/invoice/{quote(invoice_id, safe='')}/submit"
        return await self._read("POST", path, wire.invoice, {})

    async def invoice(self, invoice_id: str) -> Invoice:
        """GET /invoice/{id}."""
        return await self._read("GET", f"/invoice/{quote(invoice_id, safe='')}", wire.invoice)

    async def _write(self, method: str, path: str, content: Subscription) -> RemoteSubscription:
        self._translate.learn([content.to_url])
        body = content.document(reveal=True)
        return await self._read(method, path, lambda answer: wire.subscription(answer, self._known), body)

    async def _read(
        self,
        method: str,
        path: str,
        read: Callable[[wire.Body], _T | None],
        body: Mapping[str, Any] | None = None,
    ) -> _T:
        """Send, and `read` the answer: None from it means that the answer is not what it should be."""
        answer = await self._send(method, path, body)
        value = read(answer.content)
        if value is None:
            raise RequestError(
                f"the answer to {method} can't be read (HTTP {answer.status})",
                outcome_unknown=method != "GET",
            )
        return value

    def _same_origin(self, path: str, next_page: str) -> str:
        here = urljoin(f"{self._url}/", path.lstrip("/")) if not path.startswith("http") else path
        there = urljoin(here, next_page)
        if urlsplit(there)[:2] != urlsplit(self._url)[:2]:
            raise DoubtfulRead("next_page of the list of subscriptions points to another server")
        return there

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, gone_is_fine: bool = False
    ) -> Answer:
        """Send until there is a usable answer, as often as `Timing` allows and as is harmless.

        A POST goes out again only where the server can't have acted on it: no connection, or a 429.
        """
        timing = self._timing
        url = path if path.startswith("http") else self._url + path
        failures, rate_limited_s = 0, 0.0
        while True:
            harmless = method != "POST"
            wait_s = self._backoff(failures + 1)
            try:
                answer = await self._once(method, url, body)
            except _NOT_SENT as cause:
                error, harmless = self._translate.no_connection(cause), True
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as cause:
                error = self._translate.no_answer(cause, method)
            else:
                if answer.is_success or (gone_is_fine and answer.status == 404):
                    return answer
                error = self._translate.refusal(answer.status, answer.headers, answer.content, method)
                if answer.status not in _PASSING | {429}:
                    raise error
                asked_s = retry_after_s(answer.headers.get("retry-after"), datetime.now(UTC)) or 0.0
                wait_s = max(wait_s, asked_s)
                if rate_limited_s + wait_s > timing.rate_limit_total_s:
                    raise self._translate.asks_to_wait(answer.status, wait_s)
                if answer.status == 429:
                    harmless = True
                    rate_limited_s += wait_s
                    failures -= 1  # a rate limit is bounded by time, not by the number of tries
                if asked_s:
                    self._hold_all(wait_s)
            failures += 1
            if not harmless or failures >= timing.attempts or await self._stopped_within(wait_s):
                raise error

    async def _once(self, method: str, url: str, body: Mapping[str, Any] | None) -> Answer:
        async with self._places:
            await self._until_open()
            if self._stop.is_set() and method != "GET":
                raise NotSent("interrupted before it was sent")
            self.requests += 1
            async with asyncio.timeout(self._timing.connect_s + self._timing.answer_s):
                async with self._client.stream(method, _address(url), json=body) as response:
                    received = bytearray()
                    async for chunk in response.aiter_bytes():
                        received += chunk
                        if len(received) > _MAX_BODY_BYTES:
                            raise httpx.DecodingError("the answer is larger than any list can be")
                    return Answer(response.status_code, response.headers, wire.Body(received))

    async def _until_open(self) -> None:
        """Wait out a rate limit that another request was told about."""
        loop = asyncio.get_running_loop()
        while (wait_s := self._open_from - loop.time()) > 0:
            if await self._stopped_within(wait_s):
                return

    def _backoff(self, attempt: int) -> float:
        timing = self._timing
        dice = random.random()  # noqa: S311 - spreads retries, keeps nothing secret
        return backoff_s(attempt, base_s=timing.backoff_base_s, cap_s=timing.backoff_cap_s, dice=dice)

    def _hold_all(self, wait_s: float) -> None:
        self._open_from = max(self._open_from, asyncio.get_running_loop().time() + wait_s)

    async def _stopped_within(self, wait_s: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), wait_s)
        return self._stop.is_set()


@lru_cache(maxsize=16)
def _address(url: str) -> httpx.URL:
    """`url` taken apart, which takes httpx as long as a connection does: most requests go to one address."""
    return httpx.URL(url)
