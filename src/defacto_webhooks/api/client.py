"""The client: one pool, harmless retries, errors that say what to do next."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, NamedTuple, Self, TypeVar
from urllib.parse import quote, urljoin, urlsplit

import httpx

from defacto_webhooks._version import __version__
from defacto_webhooks.api import wire
from defacto_webhooks.api.decoding import decoded, too_large
from defacto_webhooks.api.errors import Translator, Unreadable
from defacto_webhooks.api.retry import (
    NOT_CARRIED_OUT,
    PASSING,
    RateLimit,
    Timing,
    backoff_s,
    retry_after_s,
)
from defacto_webhooks.errors import DoubtfulRead, NotSent, RequestError, UserError
from defacto_webhooks.hosts import is_loopback
from defacto_webhooks.invoice import Invoice
from defacto_webhooks.redaction import KnownUrls, Secret, SecretUrl
from defacto_webhooks.subscription import RemoteSubscription, Subscription
from defacto_webhooks.transport import async_client, sealed

_T = TypeVar("_T")
_MAX_PAGES: Final = 10_000
_MAX_BYTES: Final = 64 * 1024 * 1024  # of an answer; a list of 100,000 subscriptions has half of that
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_SILENCE_S: Final = 1.0  # of waiting; after that it is said what is waited for
_LATE_S: Final = 5.0  # of an answer; after that the same


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

    @property
    def is_usable(self) -> bool:
        return True


class _Failed(NamedTuple):
    """An attempt that was no success. `is_usable`: there was an answer, and the server meant it.

    `asked_s`: for so long the server asks us to wait.
    """

    error: RequestError
    may_go_out_again: bool
    is_usable: bool = False
    is_rate_limit: bool = False
    asked_s: float | None = None


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
        self.requests = 0
        self._api_url = api_url
        self._host = urlsplit(api_url.reveal()).netloc
        self._timing = timing or Timing()
        self._stop = stop or asyncio.Event()
        self._slots = asyncio.Semaphore(parallelism)
        self._rate_limit = RateLimit()
        self._failing_since: float | None = None  # loop time; no request has had a usable answer since
        self._say = say
        self._said_until = 0.0  # loop time up to which a wait has been told of
        self._known = known or KnownUrls({})
        self._translate = Translator(environment, key_source, self._host, api_key, self._known)
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
            timeout=httpx.Timeout(self._timing.answer_s, connect=self._timing.connect_s, pool=None),
            limits=httpx.Limits(max_connections=parallelism, max_keepalive_connections=parallelism),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(Exception):  # all is done; a connection that closes badly changes nothing of it
            await self._client.aclose()

    async def hello(self) -> None:
        """Check the key (`GET /hello`)."""
        await self._send("GET", "/hello")

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
            answer = await self._send("GET", where)
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
        await self._send("DELETE", f"/webhook/{quote(subscription_id, safe='')}")

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
        answer = await self._send(method, path, body)
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

    async def _send(self, method: str, where: str | Secret, body: wire.Body | None = wire.NO_BODY) -> Answer:
        """Send until there is a usable answer, as often as `Timing` allows and as is harmless.

        A POST goes out again only where the server can't have acted on it: no connection, a 425 or a 429.
        `where` is a path, or a whole URL.
        """
        request = self._request(method, self._at(where) if isinstance(where, str) else where, body)
        async with self._slots:
            return await self._answer(request)

    def _request(self, method: str, url: Secret, body: wire.Body | None) -> httpx.Request:
        """Raises RequestError where it can't be written: nothing is sent then."""
        headers = {"Content-Type": "application/json"} if body else {}
        why, hint = "its address is not valid", "check the api_url"
        if body is None:
            why = "a value in it is not UTF-8"
            hint = "look at the variables of this entry: one was set in another encoding"
        else:
            with suppress(httpx.InvalidURL, ValueError):
                return sealed(
                    self._client.build_request(method, url.reveal(), content=body or None, headers=headers)
                )
        raise RequestError(f"{method} was not sent: {why}", hint, outcome_unknown=False)

    async def _answer(self, request: httpx.Request) -> Answer:
        timing, loop = self._timing, asyncio.get_running_loop()
        gives_up_at, failures = self._gives_up_at(request.method), 0
        if loop.time() >= gives_up_at:
            raise self._translate.not_tried(request.method, timing.patience_s)
        error: RequestError | None = None
        may_have_landed = False  # an earlier attempt: a later refusal says nothing about that one
        while True:
            if wait_s := await self._held_beyond(gives_up_at):
                raise error or self._translate.rate_limited(wait_s)
            sent_at = loop.time()
            try:
                tried = await self._try(request, gives_up_at)
            except NotSent as not_sent:
                raise (error if may_have_landed and error else not_sent) from None
            if tried.is_usable:
                self._failing_since = None
            elif self._failing_since is None:
                self._failing_since = sent_at
            if isinstance(tried, Answer):
                return tried
            error, asked_s = tried.error, tried.asked_s
            may_have_landed |= error.outcome_unknown
            error.outcome_unknown = may_have_landed
            if not tried.may_go_out_again:
                raise error
            dice = random.random()  # noqa: S311 - spreads retries, keeps nothing secret
            if tried.is_rate_limit:  # bounded by time alone
                wait_s = self._rate_limit.met(
                    sent_at=sent_at, now=loop.time(), asked_s=asked_s, timing=timing, dice=dice
                )
            else:
                failures += 1
                if failures >= timing.attempts:
                    raise error
                own_s = backoff_s(
                    failures, base_s=timing.backoff_base_s, cap_s=timing.backoff_cap_s, dice=dice
                )
                wait_s = max(own_s, asked_s or 0.0)
            if loop.time() + wait_s > gives_up_at:
                raise self._translate.out_of_patience(error, wait_s) if asked_s else error
            self._tell(f"{error.message}; trying again in {wait_s:.0f} s", wait_s)
            if await self._stopped_within(wait_s):
                raise error

    async def _try(self, request: httpx.Request, gives_up_at: float) -> Answer | _Failed:
        """One attempt, and what it came to. Raises NotSent."""
        method, is_repeatable = request.method, request.method != "POST"
        try:
            answer = await self._once(request, gives_up_at)
        except NotSent:
            raise
        except _NOT_SENT as cause:
            return _Failed(self._translate.no_connection(cause), may_go_out_again=True)
        except Unreadable as cause:
            return _Failed(self._translate.no_answer(cause, method), may_go_out_again=False)
        except Exception as cause:
            return _Failed(self._translate.no_answer(cause, method), may_go_out_again=is_repeatable)
        if answer.is_success:
            return answer
        status = answer.status
        return _Failed(
            self._translate.refusal(status, answer.headers, answer.content, method),
            may_go_out_again=status in NOT_CARRIED_OUT or (is_repeatable and status in PASSING),
            is_usable=status not in PASSING,
            is_rate_limit=status == HTTPStatus.TOO_MANY_REQUESTS,
            asked_s=retry_after_s(answer.headers.get("retry-after"), datetime.now(UTC)),
        )

    def _gives_up_at(self, method: str) -> float:
        """When a request that begins now is given up.

        What changes something shares its patience with whatever failed since the last usable answer, or a
        thousand of them would wait for hours, one after the other.
        """
        now = asyncio.get_running_loop().time()
        begun = now if method == "GET" or self._failing_since is None else self._failing_since
        return begun + self._timing.patience_s

    async def _once(self, request: httpx.Request, gives_up_at: float) -> Answer:
        """One attempt. Raises whatever the network and the server make of it."""
        if self._stop.is_set() and request.method != "GET":
            raise NotSent("interrupted before it was sent")
        self.requests += 1
        loop, host = asyncio.get_running_loop(), self._host
        until = min(loop.time() + self._timing.answer_s, gives_up_at)
        late = f"waiting for {host} to answer {request.method}, for up to {self._timing.answer_s:.0f} s"
        timer = loop.call_later(_LATE_S, self._tell, late, self._timing.answer_s - _LATE_S)
        try:
            async with asyncio.timeout_at(until):
                response = await self._client.send(request, stream=True)
                try:
                    received, chunks = wire.Chunks(), response.aiter_raw()
                    while await received.read(chunks):
                        if len(received) > _MAX_BYTES:
                            raise too_large(_MAX_BYTES)
                finally:
                    await response.aclose()
        finally:
            timer.cancel()
        content = decoded(received, response.headers.get("content-encoding", ""), _MAX_BYTES)
        return Answer(response.status_code, response.headers, wire.Body(content))

    async def _held_beyond(self, gives_up_at: float) -> float:
        """Wait out a rate limit that any request was told about; the seconds left where that is too long."""
        loop = asyncio.get_running_loop()
        while (wait_s := self._rate_limit.open_from - loop.time()) > 0:
            if loop.time() + wait_s >= gives_up_at:
                return wait_s
            if await self._stopped_within(wait_s):
                break
        return 0.0

    def _tell(self, what: str, wait_s: float) -> None:
        """Say what is waited for, unless many requests wait for the same."""
        until = asyncio.get_running_loop().time() + wait_s
        if wait_s > _SILENCE_S and until > self._said_until + _SILENCE_S:
            self._said_until = until
            self._say(f"{what[:1].upper()}{what[1:]}")

    async def _stopped_within(self, wait_s: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), wait_s)
        return self._stop.is_set()


def _origin(url: Secret) -> tuple[str, bytes, bytes] | None:
    """Scheme, host with port, and user, as the client that sends to it reads them; None where it can't."""
    try:
        parsed = httpx.URL(url.reveal())
    except (httpx.InvalidURL, ValueError):
        return None
    return parsed.scheme, parsed.netloc, parsed.userinfo
