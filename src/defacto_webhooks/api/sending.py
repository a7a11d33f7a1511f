"""Sending: until there is a usable answer, as often as is harmless, and never for too long."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from math import inf
from typing import Final, NamedTuple

import httpx

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
from defacto_webhooks.errors import NotSent, RequestError
from defacto_webhooks.redaction import Secret
from defacto_webhooks.transport import sealed

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


class _Failed(NamedTuple):
    """An attempt that was no success. `asked_s`: for so long the server asks us to wait."""

    error: RequestError
    may_go_out_again: bool
    asked_s: float | None = None

    @property
    def is_usable(self) -> bool:
        """Whether there was an answer, and the server meant it."""
        return self.error.status is not None and self.error.status not in PASSING


class Sending:
    """Sends over `client`, at most `parallelism` requests at a time. `requests` counts what was sent.

    Once `stop` is set nothing is sent again. `say` takes a line about a longer wait.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        translate: Translator,
        host: str,
        *,
        parallelism: int,
        timing: Timing,
        stop: asyncio.Event | None,
        say: Callable[[str], None],
    ) -> None:
        self.requests = 0
        self._client = client
        self._translate = translate
        self._host = host
        self._slots = asyncio.Semaphore(parallelism)
        self._timing = timing
        self._stop = stop or asyncio.Event()
        self._say = say
        self._said_until = 0.0  # loop time up to which a wait has been told of
        self._rate_limit = RateLimit()
        self._usable_at = -inf  # loop time of the last usable answer
        self._failing_since: float | None = None  # loop time; there has been no usable answer since

    async def send(self, method: str, url: Secret, body: wire.Body | None = wire.NO_BODY) -> Answer:
        """Send until there is a usable answer, as often as `Timing` allows and as is harmless.

        A POST goes out again only where the server can't have acted on it: no connection, a 425 or a 429.
        """
        request = self._request(method, url, body)
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
        began, failures = loop.time(), 0
        gives_up_at = self._gives_up_at(request.method)
        if began >= gives_up_at:
            raise self._translate.not_tried(request.method, timing.patience_s)
        error: RequestError | None = None
        may_have_landed = False  # an earlier attempt: a later refusal says nothing about that one
        while True:
            if wait_s := await self._held_beyond(gives_up_at):
                if error is None:
                    raise self._translate.rate_limited(wait_s)
                raise self._translate.out_of_patience(error, wait_s) if _is_rate_limit(error) else error
            sent_at = loop.time()
            try:
                tried = await self._try(request, began + timing.patience_s)
            except NotSent as not_sent:
                raise (error if may_have_landed and error else not_sent) from None
            if isinstance(tried, Answer) or tried.is_usable:
                self._usable_at, self._failing_since = loop.time(), None
            elif self._failing_since is None:
                self._failing_since = max(sent_at, self._usable_at)
            if isinstance(tried, Answer):
                return tried
            error, asked_s = tried.error, tried.asked_s
            may_have_landed |= error.outcome_unknown
            error.outcome_unknown = may_have_landed
            if not tried.may_go_out_again:
                raise error
            dice = random.random()  # noqa: S311 - spreads retries, keeps nothing secret
            if _is_rate_limit(error):  # bounded by time alone
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

    async def _try(self, request: httpx.Request, ends_at: float) -> Answer | _Failed:
        """One attempt, over by `ends_at` (loop time), and what it came to. Raises NotSent."""
        method, is_repeatable = request.method, request.method != "POST"
        try:
            answer = await self._once(request, ends_at)
        except NotSent:
            raise
        except _NOT_SENT as cause:
            return _Failed(self._translate.no_connection(cause), may_go_out_again=True)
        except Exception as cause:
            again = is_repeatable and not isinstance(cause, Unreadable)
            return _Failed(self._translate.no_answer(cause, method), may_go_out_again=again)
        if answer.is_success:
            return answer
        status = answer.status
        return _Failed(
            self._translate.refusal(status, answer.headers, answer.content, method),
            may_go_out_again=status in NOT_CARRIED_OUT or (is_repeatable and status in PASSING),
            asked_s=retry_after_s(answer.headers.get("retry-after"), datetime.now(UTC)),
        )

    def _gives_up_at(self, method: str) -> float:
        """When a request that begins now is given up: no attempt begins after that.

        What changes something shares its patience with whatever failed since the last usable answer, or a
        thousand of them would wait for hours, one after the other.
        """
        now = asyncio.get_running_loop().time()
        begun = now if method == "GET" or self._failing_since is None else self._failing_since
        return begun + self._timing.patience_s

    async def _once(self, request: httpx.Request, ends_at: float) -> Answer:
        """One attempt. Raises whatever the network and the server make of it."""
        if self._stop.is_set() and request.method != "GET":
            raise NotSent("interrupted before it was sent")
        self.requests += 1
        loop, host = asyncio.get_running_loop(), self._host
        late = f"waiting for {host} to answer {request.method}, for up to {self._timing.answer_s:.0f} s"
        timer = loop.call_later(_LATE_S, self._tell, late, self._timing.answer_s - _LATE_S)
        try:
            async with asyncio.timeout_at(min(loop.time() + self._timing.answer_s, ends_at)):
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


def _is_rate_limit(error: RequestError) -> bool:
    return error.status == HTTPStatus.TOO_MANY_REQUESTS
