"""Each fault does what it says: a fault that does not happen proves nothing."""

from __future__ import annotations

import itertools
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.faulty_server import (
    Call,
    Count,
    Creates,
    CutOff,
    Deletes,
    Distortion,
    Drip,
    Fault,
    FaultyServer,
    ForeignPage,
    HalfJson,
    Hang,
    Html,
    Ids,
    Late,
    LyingCount,
    On,
    PageLoop,
    Patches,
    Redirect,
    Reset,
    SecondWriter,
    Short,
    Slow,
    Stale,
    Status,
    StoresOther,
    Target,
    When,
    WrongType,
    stored,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://one.example.com/?t=1"
A = stored("7", "a", URL, "Loan.CLOSED")
B = stored("10", "b", URL, "Loan.CLOSED", "Payment.PAID")
C = stored("9", "c", "https://two.example.com/", "Loan.CLOSED")
NEW = {"name": "new", "to_url": URL, "event_types": ["Loan.OVERDUE", "Loan.CLOSED"]}
BOTH = pytest.mark.parametrize("when", list(When))


@pytest.fixture(scope="module")
def running() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        yield server


@pytest.fixture
def server(running: FaultyServer) -> FaultyServer:
    return running.reset([A, B, C])


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
    assert page == {"count": 3, "page_size": 100, "next_page": None}
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


@BOTH
@pytest.mark.parametrize(
    ("fault", "error"),
    [(Reset, httpx.ReadError), (CutOff, httpx.RemoteProtocolError), (Hang, httpx.ReadTimeout)],
)
def test_no_whole_answer(
    server: FaultyServer, fault: type[Reset | CutOff | Hang], error: type[Exception], when: When
) -> None:
    fails(server, fault(when=when))
    with pytest.raises(error):
        ask(server, "POST", "/webhooks", NEW, timeout=0.05)
    server.settle()
    assert ("new" in names(server)) == (when is When.AFTER) == server.log[0].committed
    assert server.log[0].status is None
    assert server.in_flight == 0
    assert fired_once(server)


@pytest.mark.parametrize(
    ("fault", "error"), [(Hang(0.01), httpx.ReadError), (CutOff(reset=True), httpx.TransportError)]
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_resets_after_a_while(
    server: FaultyServer, fault: Fault, error: type[Exception], method: str
) -> None:
    fails(server, fault, call=Call.ANY)
    with pytest.raises(error):
        ask(server, method, "/webhooks" if method == "GET" else "/webhook/7")


@BOTH
@pytest.mark.parametrize("code", [400, 401, 403, 404, 422, 429, 500, 502, 503, 504])
def test_status(server: FaultyServer, code: int, when: When) -> None:
    fails(server, Status(code, when=when))
    answer = ask(server, "POST", "/webhooks", NEW)
    assert answer.status_code == answer.json()["status"] == code
    assert "retry-after" not in answer.headers
    assert ("new" in names(server)) == (when is When.AFTER)
    assert fired_once(server)
    assert server.fired[0].on.fault.kind == f"Status{code}"


def test_status_with_more(server: FaultyServer) -> None:
    fails(server, Status(429, retry_after=3), call=Call.LIST)
    assert ask(server, "GET", "/webhooks").headers["retry-after"] == "3"
    fails(server, Status(503, retry_after=60, as_date=True, html=True), call=Call.LIST)
    answer = ask(server, "GET", "/webhooks")
    assert 55 < parsedate_to_datetime(answer.headers["retry-after"]).timestamp() - time.time() <= 61
    assert answer.headers["content-type"] == "text/html"
    fails(server, Status(422, echo=True))
    quoted = ask(server, "POST", "/webhooks", NEW).json()["invalid_params"][0]["reason"]
    assert server.key in quoted
    assert URL in quoted


@BOTH
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unreadable_answers(server: FaultyServer, method: str, when: When) -> None:
    path = "/webhook/7" if method == "DELETE" else "/webhooks"
    for fault, readable in ((Html(when=when), None), (HalfJson(when=when), None), (WrongType("[1]"), [1])):
        fails(server, fault, call=Call.ANY)
        answer = ask(server, method, path, NEW if method == "POST" else None)
        assert answer.is_success
        if readable is None:
            with pytest.raises(json.JSONDecodeError):
                answer.json()
        else:
            assert answer.json() == readable
        assert len(server.history) == (1 if method == "GET" or fault.when is When.BEFORE else 2)
        assert fired_once(server)


@pytest.mark.parametrize("fault", [Drip(pause_s=0.0005), Slow(seconds=0.1)])
def test_slow_answers_are_right(server: FaultyServer, fault: Fault) -> None:
    fails(server, fault, call=Call.LIST)
    began = time.monotonic()
    assert listed(server) == ["a", "b", "c"]
    assert time.monotonic() - began > 0.1
    assert server.log[0].status == 200
    assert listed(server) == ["a", "b", "c"]


def test_stale_lists(server: FaultyServer) -> None:
    for shows_gone, expected in ((False, ["b", "c"]), (True, ["a", "b", "c"])):
        fails(server, Stale(back=3, shows_gone=shows_gone), call=Call.LIST)
        server.change(Deletes(0))
        server.change(Patches(0, event_types=("Payment.PAID",)))  # takes a pair away from b
        server.change(Creates("new", URL, ("Loan.CLOSED",)))
        rows = ask(server, "GET", "/webhooks").json()["data"]
        assert [row["name"] for row in rows] == expected
        b = next(row for row in rows if row["name"] == "b")
        assert len(b["event_types"]) == (2 if shows_gone else 1)
        assert listed(server) == ["b", "c", "new"]


def test_a_stale_list_shows_old_content_where_it_had_less(server: FaultyServer) -> None:
    fails(server, Stale(), call=Call.LIST)
    server.change(Patches(0, event_types=("Loan.CLOSED", "Payment.PAID")))
    assert ask(server, "GET", "/webhooks").json()["data"][0]["event_types"] == ["Loan.CLOSED"]


@pytest.mark.parametrize("count", [Count.TOTAL, Count.PAGE])
def test_short_lists_and_lying_counts(server: FaultyServer, count: Count) -> None:
    for fault, expected, said in (
        (Short(), ["a", "b"], 3),
        (Short(honest_count=True), ["a", "b"], 2),
        (Short(2, from_end=False), ["c"], 3),
        (LyingCount(), ["a", "b", "c"], 4),
        (LyingCount(-3), ["a", "b", "c"], 0),
    ):
        server.reset([A, B, C], [On(Call.LIST, 1, fault)], count=count)
        page = ask(server, "GET", "/webhooks").json()
        assert ([row["name"] for row in page["data"]], page["count"]) == (expected, said)


def test_loops(server: FaultyServer) -> None:
    server.reset([A, B, C], [On(Call.LIST, 2, PageLoop(), times=9)], page_size=1)
    second = ask(server, "GET", "/webhooks").json()["next_page"]
    assert ask(server, "GET", second).json()["next_page"] == second
    server.reset([A, B, C], [On(Call.LIST, 2, PageLoop(to_first=True))], page_size=1)
    second = ask(server, "GET", "/webhooks").json()["next_page"]
    assert ask(server, "GET", second).json()["next_page"] == "/webhooks"
    fails(server, PageLoop(endless=True), call=Call.LIST)
    path, seen = "/webhooks", set()
    for _ in range(5):
        path = ask(server, "GET", path).json()["next_page"]
        seen.add(path)
    assert len(seen) == 5


@pytest.mark.parametrize("to", [Target.OTHER, Target.NO_SCHEME, Target.USERINFO])
def test_another_origin_sees_who_comes(server: FaultyServer, to: Target) -> None:
    fails(server, ForeignPage(to), call=Call.LIST)
    next_page = ask(server, "GET", "/webhooks").json()["next_page"]
    assert not server.other_origin_requests
    followed = httpx.URL(server.url).join(next_page)
    page = httpx.get(followed, headers={"X-Key": "leaked"}).json()
    assert [row["name"] for row in page["data"]] == ["a", "b", "c"]
    assert [request.headers["x-key"] for request in server.other_origin_requests] == ["leaked"]
    assert b"leaked" in server.other_origin_bytes
    assert len(server.log) == 1


@BOTH
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects(server: FaultyServer, status: int, when: When) -> None:
    for to in (Target.OTHER, Target.SAME):
        fails(server, Redirect(status, to, when=when), call=Call.DELETE)
        answer = ask(server, "DELETE", "/webhook/7")
        assert answer.status_code == status
        assert ("a" in names(server)) == (when is When.BEFORE)
        assert answer.next_request is not None
        assert (answer.next_request.url.port == httpx.URL(server.url).port) == (to is Target.SAME)
        with httpx.Client() as client:
            client.send(answer.next_request)
        assert len(server.other_origin_requests) == (to is Target.OTHER)


def test_late_after_further_requests(server: FaultyServer) -> None:
    fails(server, Late(2, answer=Status(504)))
    assert ask(server, "POST", "/webhooks", NEW).status_code == 504
    committed = [server.log[0].committed]
    assert listed(server) == ["a", "b", "c"]
    assert listed(server) == ["a", "b", "c", "new"]
    committed.append(server.log[0].committed)
    assert committed == [False, True]
    assert (server.history[-1].cause, server.history[-1].request) == ("late", 2)


def test_late_after_a_while_or_when_settled(server: FaultyServer) -> None:
    for seconds in (0.02, 60.0):
        fails(server, Late(seconds=seconds))
        with pytest.raises(httpx.ReadError):
            ask(server, "POST", "/webhooks", NEW)
        assert names(server) == ["a", "b", "c"]
        if seconds < 1:
            server.wait_until(lambda server: len(server.account) == 4)
        server.settle()
        assert names(server) == ["a", "b", "c", "new"]


def test_late_changes_of_what_is_gone_make_nothing(server: FaultyServer) -> None:
    for method in ("PATCH", "DELETE"):
        fails(server, Late(9, answer=Status(504)), call=Call.WRITE)
        ask(server, method, "/webhook/7", NEW if method == "PATCH" else None)
        assert ask(server, "DELETE", "/webhook/7").status_code == 204
        server.settle()
        assert names(server) == ["b", "c"]


@pytest.mark.parametrize("hides_it", [False, True])
def test_stores_something_else(server: FaultyServer, hides_it: bool) -> None:
    for what, kept in (
        (Distortion.NAME, ("ne", URL, 2)),
        (Distortion.EVENT, ("new", URL, 1)),
        (Distortion.URL, ("new", f"{URL}/", 2)),
    ):
        for call, method, path in ((Call.CREATE, "POST", "/webhooks"), (Call.PATCH, "PATCH", "/webhook/9")):
            fails(server, StoresOther(what, hides_it=hides_it), call=call)
            answer = ask(server, method, path, NEW).json()
            row = server.account[-1]
            assert (row.name, row.to_url, len(row.event_types)) == kept
            assert (answer == {"id": row.id, **NEW}) == hides_it


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
    wanted = {(URL, "Payment.PAID"), (URL, "Loan.OVERDUE"), (C.to_url, "Loan.CLOSED")}
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
