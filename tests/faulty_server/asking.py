"""A small account and a plain client, for the tests of the server itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx

from tests.faulty_server import Call, Fault, On, Server, stored

URL = "https://one.example.com/?t=1"
A = stored("7", "a", URL, "Loan.CLOSED")
B = stored("10", "b", URL, "Loan.CLOSED", "Payment.PAID")
C = stored("9", "c", "https://two.example.com/", "Loan.CLOSED")
NEW = {"name": "new", "to_url": URL, "event_types": ["Loan.TO_REPAY", "Loan.CLOSED"]}


def client(server: Server, timeout: float = 5.0, key: str = "") -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=server.url,
        headers={"Authorization": f"Bearer {key or server.key}"},
        transport=server.transport(),
        verify=False,  # noqa: S501 - there is no TLS, and certificates take their time
        timeout=timeout,
    )


def ask(
    server: Server,
    method: str,
    path: str | httpx.URL,
    body: object = None,
    *,
    timeout: float = 5.0,
    key: str = "",
) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client(server, timeout, key) as asking:
            return await asking.request(method, path, json=body)

    return server.run(run())


def listed(server: Server, timeout: float = 5.0) -> list[str]:
    return [row["name"] for row in ask(server, "GET", "/webhooks", timeout=timeout).json()["data"]]


def names(server: Server) -> list[str]:
    return [row.name for row in server.account]


def fails(server: Server, fault: Fault, *, call: Call = Call.CREATE) -> None:
    server.reset([A, B, C], [On(call, 1, fault)])


def fired_once(server: Server) -> bool:
    return len(server.fired) == 1 and not server.unfired


def until(is_so: Callable[[], bool], server: Server) -> None:
    for _ in range(1000):
        if is_so():
            return
        server.run(asyncio.sleep(0.01))
    raise TimeoutError
