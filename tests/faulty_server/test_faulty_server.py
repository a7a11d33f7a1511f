"""The API that the server offers when nothing is scheduled, and what it records."""

from __future__ import annotations

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import httpx
import pytest

from tests.certificate import Certificate
from tests.faulty_server import (
    BrokenTls,
    Call,
    Count,
    Creates,
    Deletes,
    FaultyServer,
    Hang,
    Ids,
    MemoryServer,
    On,
    Reset,
    SecondWriter,
    Server,
    Slow,
    Stale,
    Status,
    When,
    stored,
)
from tests.faulty_server.asking import NEW, URL, A, B, C, ask, client, listed, names
from tests.faulty_server.invoices import ID


def test_the_api_without_faults(server: Server) -> None:
    assert ask(server, "GET", "/hello").headers["content-type"] == "text/plain"
    created = ask(server, "POST", "/webhooks", NEW)
    assert created.status_code == 201
    assert created.json() == {"id": "1", **NEW}
    patched = ask(server, "PATCH", "/webhook/7", {**NEW, "name": "other"})
    assert (patched.status_code, patched.json()["id"], patched.json()["name"]) == (200, "7", "other")
    deleted = ask(server, "DELETE", "/webhook/10")
    assert (deleted.status_code, deleted.content) == (204, b"")
    page = ask(server, "GET", "/webhooks").json()
    assert [row["id"] for row in page.pop("data")] == ["7", "9", "1"]
    assert page == {"count": 3, "page_size": 100, "total": 3, "next_page": None}
    assert [request.committed for request in server.log] == [False, True, True, True, False]
    assert [request.status for request in server.log] == [200, 201, 200, 204, 200]
    assert server.log[1].body == NEW
    assert [snapshot.request for snapshot in server.history] == [-1, 1, 2, 3]


def test_refusals(server: Server) -> None:
    assert ask(server, "GET", "/webhooks", key="wrong").status_code == 401
    assert server.log[0].authorization == "Bearer wrong"
    assert ask(server, "DELETE", "/webhook/8").status_code == 404
    assert ask(server, "PATCH", "/webhook/8", NEW).status_code == 404
    assert ask(server, "GET", "/elsewhere").status_code == 404
    refused = ask(server, "POST", "/webhooks", {**NEW, "event_types": []})
    assert refused.status_code == 422
    assert [param["name"] for param in refused.json()["invalid_params"]] == ["event_types"]
    assert len(server.history) == 1


@pytest.mark.parametrize("count", list(Count))
def test_pages(server: Server, count: Count) -> None:
    server.reset([A, B, C], page_size=2, count=count)
    first = ask(server, "GET", "/webhooks").json()
    if count is Count.BARE:
        assert [row["name"] for row in first] == ["a", "b"]
        return
    second = ask(server, "GET", first["next_page"]).json()
    assert [row["name"] for row in first["data"] + second["data"]] == ["a", "b", "c"]
    assert second["next_page"] is None
    counts = [first.get("count"), second.get("count")]
    assert counts == {Count.TOTAL: [3, 3], Count.PAGE: [2, 1], Count.ABSENT: [None, None]}[count]


def test_ids(server: Server) -> None:
    for ids, kind in ((Ids.SEQUENTIAL, str), (Ids.RANDOM, str), (Ids.NUMBERS, int)):
        server.reset([A, stored(2, "number", URL, "Loan.CLOSED")], ids=ids)
        made = [ask(server, "POST", "/webhooks", NEW).json()["id"] for _ in range(10)]
        assert {type(id_) for id_ in made} == {kind}
        assert len({str(id_) for id_ in [*made, 7, 2]}) == 12
        ordered = sorted(str(id_) for id_ in made)
        assert ordered != [str(id_) for id_ in made]  # as strings, they are not in order of creation
        assert ask(server, "DELETE", f"/webhook/{made[0]}").status_code == 204


def test_a_second_writer_acts_in_between(server: Server) -> None:
    server.reset(
        [A, B],
        [
            On(Call.LIST, 2, SecondWriter(Creates("x", URL, ("Loan.CLOSED",)))),
            On(Call.ANY, 3, SecondWriter(Deletes(1), when=When.AFTER)),
            On(Call.ANY, 3, Reset(when=When.AFTER)),
        ],
    )
    assert listed(server) == ["a", "b"]
    assert listed(server) == ["a", "b", "x"]
    with pytest.raises(httpx.ReadError):
        ask(server, "PATCH", "/webhook/10", {"name": "y"})
    assert names(server) == ["a", "x"]
    assert [s.cause for s in server.history] == ["start", "second writer", "request", "second writer"]
    assert len(server.fired) == 3


def test_selectors(server: Server) -> None:
    faults = [On(Call.WRITE, 2, Status(500), times=2), On(Call.CREATE, 9, Reset()), On(Call.ANY, 1, Stale())]
    server.reset([A, B, C], faults)
    statuses = [ask(server, "DELETE", f"/webhook/{id_}").status_code for id_ in (7, 10, 10, 10)]
    assert statuses == [204, 500, 500, 204]
    assert server.unfired == faults[1:]  # one too late, one that means nothing to a DELETE


def test_gaps(server: Server) -> None:
    wanted = {(URL, "Payment.PAID"), (URL, "Loan.TO_REPAY"), (C.to_url, "Loan.CLOSED")}
    ask(server, "DELETE", "/webhook/10")
    ask(server, "POST", "/webhooks", {**NEW, "event_types": ["Payment.PAID"]})
    (gap,) = server.gaps(wanted)
    assert (gap.position, gap.request, gap.cause) == (1, 0, "request")
    assert gap.missing == {(URL, "Payment.PAID")}
    assert server.gaps(wanted, since=1) == []
    ask(server, "DELETE", "/webhook/9")
    assert [gap.request for gap in server.gaps(wanted, since=2)] == [2]


def test_requests_in_flight(server: Server) -> None:
    server.reset([A], latency_s=0.1)

    async def three_at_once() -> list[httpx.Response]:
        async with client(server) as asking:
            return await asyncio.gather(*(asking.get("/webhooks") for _ in range(3)))

    assert [answer.status_code for answer in server.run(three_at_once())] == [200] * 3
    assert server.max_in_flight == server.connections == 3
    server.settle()
    assert server.in_flight == 0


def test_a_reset_forgets_clients_of_before() -> None:
    with FaultyServer() as server, ThreadPoolExecutor(1) as pool:
        server.reset([A], [On(Call.ANY, 1, Hang())])
        hanging = pool.submit(ask, server, "GET", "/webhooks")
        server.wait_until(lambda server: len(server.log) == 1)
        server.reset([B])
        with pytest.raises(httpx.TransportError):
            hanging.result()
        assert not server.log
        assert listed(server) == ["b"]


@pytest.mark.parametrize("kind", [FaultyServer, MemoryServer])
def test_a_mistake_of_its_own_is_not_swallowed(kind: type[FaultyServer | MemoryServer]) -> None:
    def breaks(_: object) -> None:
        raise LookupError

    server = kind()
    server.reset(faults=[On(Call.ANY, 1, SecondWriter(breaks))])
    with suppress(httpx.TransportError):
        ask(server, "GET", "/webhooks", read_s=0.1)
    with pytest.raises(RuntimeError, match="by mistake"):
        server.close()


def test_waiting_takes_no_time_in_memory() -> None:
    with MemoryServer() as server:
        server.reset([A], [On(Call.LIST, 1, Slow(3600))])
        for _ in range(2):
            assert listed(server, read_s=4000) == ["a"]
        slow, quick = server.log
        assert quick.at - slow.at >= 3600


def test_one_that_waits_for_ever_is_told() -> None:
    with MemoryServer() as server, pytest.raises(RuntimeError, match="nothing will ever happen"):
        server.run(asyncio.Event().wait())


def test_tls_and_a_broken_record(certificate: Certificate) -> None:
    with FaultyServer(certificate.server) as server:
        server.reset([A], [On(Call.LIST, 2, BrokenTls())])

        async def twice() -> None:
            async with httpx.AsyncClient(verify=certificate.client) as asking:
                headers = {"Authorization": f"Bearer {server.key}"}
                answer = await asking.get(f"{server.url}/webhooks", headers=headers)
                assert answer.json()["count"] == 1
                await asking.get(f"{server.url}/webhooks", headers=headers)

        with pytest.raises((ssl.SSLError, httpx.ReadError), match=r"(?i)bad record mac"):
            server.run(twice())


INVOICE = f"/invoice/{ID}"


def test_an_invoice_goes_its_way(server: Server) -> None:
    server.reset(invoice=["TO_SUBMIT", "SUBMITTED", "VERIFIED"])
    payload = ask(server, "POST", "/sandbox/invoice-generator", {}).json()["invoice_creation_payload"]
    made = ask(server, "POST", "/invoices", payload)
    assert (made.status_code, made.json()["status"]) == (201, "TO_SUBMIT")
    assert ask(server, "POST", f"{INVOICE}/submit", {}).json()["status"] == "SUBMITTED"
    assert [ask(server, "GET", INVOICE).json()["status"] for _ in range(2)] == ["VERIFIED"] * 2
