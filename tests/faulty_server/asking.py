"""A small account and a plain client, for the tests of the server itself."""

from __future__ import annotations

import httpx

from tests.faulty_server import Call, Fault, On, Server, stored

URL = "https://one.example.com/?t=1"
A = stored("7", "a", URL, "Loan.CLOSED")
B = stored("10", "b", URL, "Loan.CLOSED", "Payment.PAID")
C = stored("9", "c", "https://two.example.com/", "Loan.CLOSED")
NEW = {"name": "new", "to_url": URL, "event_types": ["Loan.TO_REPAY", "Loan.CLOSED"]}


def client(server: Server, read_s: float = 10.0, key: str = "") -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=server.url,
        headers={"Authorization": f"Bearer {key or server.key}"},
        transport=server.transport(),
        verify=False,  # noqa: S501 - there is no TLS, and certificates take their time
        timeout=httpx.Timeout(10, read=read_s),
    )


def ask(
    server: Server,
    method: str,
    path: str | httpx.URL,
    body: object = None,
    *,
    read_s: float = 10.0,
    key: str = "",
) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client(server, read_s, key) as asking:
            return await asking.request(method, path, json=body)

    return server.run(run())


def listed(server: Server, read_s: float = 10.0) -> list[str]:
    return [row["name"] for row in ask(server, "GET", "/webhooks", read_s=read_s).json()["data"]]


def names(server: Server) -> list[str]:
    return [row.name for row in server.account]


def fails(server: Server, fault: Fault, *, call: Call = Call.CREATE) -> None:
    server.reset([A, B, C], [On(call, 1, fault)])


def fired_once(server: Server) -> bool:
    return len(server.fired) == 1 and not server.unfired
