"""Our client of the API, with its usual waits, towards the faulty server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from defacto_webhooks.api import DefactoApi, Timing
from defacto_webhooks.redaction import Secret, SecretUrl
from tests.faulty_server import Server

T = TypeVar("T")
ONE_TRY = Timing(attempts=1)


def client(
    server: Server,
    *,
    parallelism: int = 3,
    timing: Timing | None = None,
    stop: asyncio.Event | None = None,
    kind: type[DefactoApi] = DefactoApi,
    transport: httpx.AsyncBaseTransport | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> DefactoApi:
    return kind(
        SecretUrl.from_account(server.url),
        Secret(server.key),
        environment="test",
        key_source="DEFACTO_API_KEY",
        transport=transport or server.transport(),
        parallelism=parallelism,
        timing=timing,
        stop=stop,
        say=say,
    )


def ask(
    server: Server,
    call: Callable[[DefactoApi], Awaitable[T]],
    *,
    parallelism: int = 3,
    timing: Timing | None = None,
) -> T:
    """What `call` makes of a client of its own."""

    async def run() -> T:
        async with client(server, parallelism=parallelism, timing=timing) as api:
            return await call(api)

    return server.run(run())
