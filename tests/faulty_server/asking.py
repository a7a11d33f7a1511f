"""A small account and a plain client, for the tests of the server itself."""

from __future__ import annotations

import httpx

from tests.faulty_server import Call, Fault, FaultyServer, On, stored

URL = "https://one.example.com/?t=1"
A = stored("7", "a", URL, "Loan.CLOSED")
B = stored("10", "b", URL, "Loan.CLOSED", "Payment.PAID")
C = stored("9", "c", "https://two.example.com/", "Loan.CLOSED")
NEW = {"name": "new", "to_url": URL, "event_types": ["Loan.TO_REPAY", "Loan.CLOSED"]}


def ask(
    server: FaultyServer, method: str, path: str, body: object = None, timeout: float = 5.0
) -> httpx.Response:
    with httpx.Client(headers={"Authorization": f"Bearer {server.key}"}, timeout=timeout) as client:
        return client.request(method, server.url + path, json=body)


def listed(server: FaultyServer) -> list[str]:
    return [row["name"] for row in ask(server, "GET", "/webhooks").json()["data"]]


def names(server: FaultyServer) -> list[str]:
    return [row.name for row in server.account]


def fails(server: FaultyServer, fault: Fault, *, call: Call = Call.CREATE) -> FaultyServer:
    return server.reset([A, B, C], [On(call, 1, fault)])


def fired_once(server: FaultyServer) -> bool:
    return len(server.fired) == 1 and not server.unfired
