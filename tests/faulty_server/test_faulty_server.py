"""The API that the server offers when nothing is scheduled, and what it records."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.faulty_server import (
    Call,
    Count,
    Creates,
    Deletes,
    FaultyServer,
    Hang,
    Ids,
    On,
    Reset,
    SecondWriter,
    Stale,
    Status,
    When,
    stored,
)
from tests.faulty_server.asking import NEW, URL, A, B, C, ask, listed, names


def test_the_api_without_faults(server: FaultyServer) -> None:
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


def test_refusals(server: FaultyServer) -> None:
    assert httpx.get(f"{server.url}/webhooks").status_code == 401
    assert server.log[0].authorization is None
    assert ask(server, "DELETE", "/webhook/8").status_code == 404
    assert ask(server, "PATCH", "/webhook/8", NEW).status_code == 404
    assert ask(server, "GET", "/elsewhere").status_code == 404
    refused = ask(server, "POST", "/webhooks", {**NEW, "event_types": []})
    assert refused.status_code == 422
    assert [param["name"] for param in refused.json()["invalid_params"]] == ["event_types"]
    assert len(server.history) == 1


@pytest.mark.parametrize("count", list(Count))
def test_pages(server: FaultyServer, count: Count) -> None:
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


def test_ids(server: FaultyServer) -> None:
    for ids, kind in ((Ids.SEQUENTIAL, str), (Ids.RANDOM, str), (Ids.NUMBERS, int)):
        server.reset([A, stored(2, "number", URL, "Loan.CLOSED")], ids=ids)
        made = [ask(server, "POST", "/webhooks", NEW).json()["id"] for _ in range(10)]
        assert {type(id_) for id_ in made} == {kind}
        assert len({str(id_) for id_ in [*made, 7, 2]}) == 12
        ordered = sorted(str(id_) for id_ in made)
        assert ordered != [str(id_) for id_ in made]  # as strings, they are not in order of creation
        assert ask(server, "DELETE", f"/webhook/{made[0]}").status_code == 204


def test_a_second_writer_acts_in_between(server: FaultyServer) -> None:
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


def test_selectors(server: FaultyServer) -> None:
    faults = [On(Call.WRITE, 2, Status(500), times=2), On(Call.CREATE, 9, Reset()), On(Call.ANY, 1, Stale())]
    server.reset([A, B, C], faults)
    statuses = [ask(server, "DELETE", f"/webhook/{id_}").status_code for id_ in (7, 10, 10, 10)]
    assert statuses == [204, 500, 500, 204]
    assert server.unfired == faults[1:]  # one too late, one that means nothing to a DELETE


def test_gaps(server: FaultyServer) -> None:
    wanted = {(URL, "Payment.PAID"), (URL, "Loan.TO_REPAY"), (C.to_url, "Loan.CLOSED")}
    ask(server, "DELETE", "/webhook/10")
    ask(server, "POST", "/webhooks", {**NEW, "event_types": ["Payment.PAID"]})
    (gap,) = server.gaps(wanted)
    assert (gap.position, gap.request, gap.cause) == (1, 0, "request")
    assert gap.missing == {(URL, "Payment.PAID")}
    assert server.gaps(wanted, since=1) == []
    ask(server, "DELETE", "/webhook/9")
    assert [gap.request for gap in server.gaps(wanted, since=2)] == [2]


def test_requests_in_flight(server: FaultyServer) -> None:
    server.reset([A], latency_s=0.1)
    together = threading.Barrier(3)

    def read(_: int) -> Any:
        together.wait()
        return listed(server)

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(read, range(3))) == [["a"]] * 3
    assert server.max_in_flight == 3
    server.settle()
    assert server.in_flight == 0


def test_a_reset_forgets_clients_of_before(server: FaultyServer) -> None:
    server.reset([A], [On(Call.ANY, 1, Hang())])
    with httpx.Client(headers={"Authorization": f"Bearer {server.key}"}, timeout=5) as client:
        with ThreadPoolExecutor(1) as pool:
            hanging = pool.submit(client.get, f"{server.url}/webhooks")
            server.wait_until(lambda server: len(server.log) == 1)
            server.reset([B])
            with pytest.raises(httpx.TransportError):
                hanging.result()
        assert not server.log
        for _ in range(3):  # the same client goes on, over the reset
            assert client.get(f"{server.url}/webhooks").json()["data"][0]["name"] == "b"
            server.reset([B])


def test_a_mistake_of_its_own_is_not_swallowed() -> None:
    def breaks(_: object) -> None:
        raise LookupError

    server = FaultyServer()
    server.reset(faults=[On(Call.ANY, 1, SecondWriter(breaks))])
    with pytest.raises(httpx.TransportError):
        ask(server, "GET", "/webhooks")
    with pytest.raises(RuntimeError):
        server.close()


def test_hundreds_of_examples_are_quick(server: FaultyServer) -> None:
    began = time.monotonic()
    with httpx.Client(headers={"Authorization": f"Bearer {server.key}"}) as client:
        for number in itertools.islice(itertools.count(), 200):
            server.reset([A], [On(Call.LIST, 1, Status(500))])
            for expected in (500, 200):
                assert client.get(f"{server.url}/webhooks").status_code == expected, number
    assert time.monotonic() - began < 20
