"""A local API in two ways: in this process, and over real HTTP."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from defacto_webhooks.local_api import EMBEDDED_KEY, LocalApi
from tests import local
from tests.inbox.support import served
from tests.reference import check_answer

AUTHORIZATION = {"Authorization": f"Bearer {EMBEDDED_KEY}"}


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def edit(db: Path, statement: str, *values: object) -> None:
    """Change the file behind the back of the API."""
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(statement, values)


@contextmanager
def serving(api: LocalApi) -> Iterator[str]:
    """`api` over HTTP on a free loopback port, with its background; the base URL."""

    @asynccontextmanager
    async def background() -> AsyncIterator[None]:
        async with aclosing(api), api.background():
            yield

    with served(api.asgi, meanwhile=background()) as url:
        yield url


@asynccontextmanager
async def embedded(
    api: LocalApi, headers: Mapping[str, str] = AUTHORIZATION
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of `api` in this process. Each answer has to agree with the reference."""
    async with (
        aclosing(api),
        local.AsyncClient(
            transport=httpx.ASGITransport(api.asgi),
            base_url="http://embedded",
            headers=headers,
            event_hooks={"response": [_agrees_with_the_reference]},
        ) as client,
    ):
        yield client


async def _agrees_with_the_reference(answer: httpx.Response) -> None:
    await answer.aread()
    check_answer(answer)


async def subscribe(client: httpx.AsyncClient, to_url: str, *event_types: str) -> str:
    answer = await client.post(
        "/webhooks", json={"name": "a", "to_url": to_url, "event_types": list(event_types)}
    )
    assert answer.status_code == 201
    return str(answer.json()["id"])


async def generated(client: httpx.AsyncClient, **body: object) -> dict[str, Any]:
    answer = await client.post("/sandbox/invoice-generator", json=body)
    assert answer.status_code == 201
    payload: dict[str, Any] = answer.json()["invoice_creation_payload"]
    return payload


async def invoiced(client: httpx.AsyncClient, **body: object) -> str:
    """The id of a new generated invoice."""
    answer = await client.post("/invoices", json=await generated(client, **body))
    assert answer.status_code == 201
    return str(answer.json()["id"])


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while True:
            met = condition()
            if met if isinstance(met, bool) else await met:
                return
            await asyncio.sleep(0.02)
