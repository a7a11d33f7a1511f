"""One apply against the faulty server: what the command does behind its prompts, with its waits."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import httpx

from defacto_webhooks.api import DefactoApi
from defacto_webhooks.apply import Report, carry_out
from defacto_webhooks.errors import RequestError
from defacto_webhooks.plan import Plan
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import Subscription
from tests.accounts import plan_of
from tests.client import client
from tests.faulty_server import Pair, Server, When

PARALLELISM = 3
COUNTS: Counter[str] = Counter()  # what was tried so far; `make chaos` prints it


@dataclass(frozen=True, slots=True)
class Raising:
    """Out of the transport of the `nth` request comes what nobody catches, before or after it was sent."""

    KINDS: ClassVar[tuple[Exception, ...]] = (
        ssl.SSLError(1, "decryption failed or bad record mac"),
        OverflowError("date value out of range"),
        UnicodeEncodeError("utf-8", "\udce9", 0, 1, "surrogates not allowed"),
        RuntimeError("the handler is closed"),
        ConnectionAbortedError(),
        httpx.RemoteProtocolError("illegal status line"),
        httpx.DecodingError("incorrect header check"),
        MemoryError(),
        AssertionError(),
    )
    nth: int
    what: Exception
    when: When

    def __call__(self, inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        return _RaisingTransport(self, inner)


class _RaisingTransport(httpx.AsyncBaseTransport):
    def __init__(self, how: Raising, inner: httpx.AsyncBaseTransport) -> None:
        self._how, self._inner, self._count = how, inner, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._count += 1
        if self._count != self._how.nth:
            return await self._inner.handle_async_request(request)
        if self._how.when is When.AFTER:
            response = await self._inner.handle_async_request(request)
            await response.aread()
            await response.aclose()
        raise self._how.what

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass(frozen=True)
class Run:
    """`plan` and `report` are None where the first read failed, with `error`."""

    plan: Plan | None
    report: Report | None
    error: RequestError | None = None


def apply(
    server: Server,
    desired: Sequence[Subscription],
    settings: Settings | None = None,
    targets: Collection[str] = (),
    *,
    stop: asyncio.Event | None = None,
    client_class: type[DefactoApi] = DefactoApi,
    raising: Sequence[Raising] = (),
    **how: Any,
) -> Run:
    """`how` is for `carry_out`."""
    chosen = settings or Settings()

    async def run() -> Run:
        transport = server.transport()
        for one in raising:
            assert transport
            transport = one(transport)
        async with client(
            server, parallelism=PARALLELISM, stop=stop, kind=client_class, transport=transport
        ) as api:
            try:
                current = await api.list_subscriptions()
            except RequestError as error:
                return Run(None, None, error)
            plan = plan_of(desired, current, chosen, targets)
            usual = {"replan": lambda newer: plan_of(desired, newer, chosen, targets)}
            report = await carry_out(
                plan,
                api,
                current=current,
                desired=desired,
                parallelism=PARALLELISM,
                stop=stop,
                **{**usual, **how},
            )
            return Run(plan, report)

    done = server.run(run())
    COUNTS["applies"] += 1
    COUNTS[f"ended as: {done.report.outcome if done.report else 'first read refused'}"] += 1
    COUNTS["requests"] += len(server.log)
    COUNTS.update(f"fault: {fired.on.fault.kind}" for fired in server.fired)
    return done


def calls(server: Server) -> list[str]:
    return [str(request.call) for request in server.log]


def contents(desired: Sequence[Subscription]) -> list[tuple[str, str, frozenset[str]]]:
    """As the server tells its own."""
    return [(one.name, one.to_url.reveal(), frozenset(one.event_types)) for one in desired]


def pairs(desired: Sequence[Subscription]) -> list[Pair]:
    return [(s.to_url.reveal(), event_type) for s in desired for event_type in s.event_types]
