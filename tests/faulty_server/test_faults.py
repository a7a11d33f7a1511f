"""Each fault does what it says: a fault that does not happen proves nothing."""

from __future__ import annotations

import asyncio
import json
import time
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.faulty_server import (
    Call,
    Count,
    Creates,
    CutOff,
    Deletes,
    Drip,
    Fault,
    ForeignPage,
    Full,
    HalfJson,
    Hang,
    Html,
    Late,
    Lingers,
    LyingCount,
    MemoryServer,
    On,
    PageLoop,
    Patches,
    Redirect,
    RefusesTwins,
    Reset,
    Says,
    Server,
    Short,
    Shows,
    Slow,
    Stale,
    Status,
    StoresOther,
    Target,
    Upserts,
    When,
    WrongType,
    Zipped,
    adds_slash,
    cuts_name,
    drops_event,
    stored,
    trims_name,
)
from tests.faulty_server.asking import NEW, URL, A, B, C, ask, fails, fired_once, listed, names

BOTH = pytest.mark.parametrize("when", list(When))


@BOTH
@pytest.mark.parametrize(
    ("fault", "error"),
    [(Reset, httpx.ReadError), (CutOff, httpx.RemoteProtocolError), (Hang, httpx.ReadTimeout)],
)
def test_no_whole_answer(
    server: Server, fault: type[Reset | CutOff | Hang], error: type[Exception], when: When
) -> None:
    fails(server, fault(when=when))
    with pytest.raises(error):
        ask(server, "POST", "/webhooks", NEW, read_s=0.05)
    server.settle()
    assert ("new" in names(server)) == (when is When.AFTER) == server.log[0].committed
    assert server.log[0].status is None
    assert server.in_flight == 0
    assert fired_once(server)


@pytest.mark.parametrize(
    ("fault", "error"), [(Hang(0.01), httpx.ReadError), (CutOff(reset=True), httpx.TransportError)]
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_resets_after_a_while(server: Server, fault: Fault, error: type[Exception], method: str) -> None:
    fails(server, fault, call=Call.ANY)
    with pytest.raises(error):
        ask(server, method, "/webhooks" if method == "GET" else "/webhook/7")


@BOTH
@pytest.mark.parametrize("code", [400, 401, 403, 404, 422, 429, 500, 502, 503, 504])
def test_status(server: Server, code: int, when: When) -> None:
    fails(server, Status(code, when=when))
    answer = ask(server, "POST", "/webhooks", NEW)
    assert answer.status_code == answer.json()["status"] == code
    assert "retry-after" not in answer.headers
    assert ("new" in names(server)) == (when is When.AFTER)
    assert fired_once(server)
    assert server.fired[0].on.fault.kind == f"Status{code}"


def test_status_with_more(server: Server) -> None:
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
def test_unreadable_answers(server: Server, method: str, when: When) -> None:
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
def test_slow_answers_are_right(server: Server, fault: Fault) -> None:
    fails(server, fault, call=Call.LIST)
    for _ in range(2):
        assert listed(server) == ["a", "b", "c"]
    slow, quick = server.log
    assert quick.at - slow.at > 0.09
    assert slow.status == 200


def test_stale_lists(server: Server) -> None:
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


def test_a_stale_list_shows_old_content_where_it_had_less(server: Server) -> None:
    fails(server, Stale(), call=Call.LIST)
    server.change(Patches(0, event_types=("Loan.CLOSED", "Payment.PAID")))
    assert ask(server, "GET", "/webhooks").json()["data"][0]["event_types"] == ["Loan.CLOSED"]


@pytest.mark.parametrize("count", [Count.TOTAL, Count.PAGE])
def test_short_lists_and_lying_counts(server: Server, count: Count) -> None:
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


def test_lying_totals(server: Server) -> None:
    server.reset([A, B, C], [On(Call.LIST, 1, LyingCount(-1, total=True))], page_size=2)
    first = ask(server, "GET", "/webhooks").json()
    assert (first["total"], ask(server, "GET", first["next_page"]).json()["total"]) == (2, 3)


def test_loops(server: Server) -> None:
    server.reset([A, B, C], [On(Call.LIST, 2, PageLoop(), times=9)], page_size=1)
    second = ask(server, "GET", "/webhooks").json()["next_page"]
    assert ask(server, "GET", second).json()["next_page"] == second
    server.reset([A, B, C], [On(Call.LIST, 2, PageLoop(to_first=True))], page_size=1)
    second = ask(server, "GET", "/webhooks").json()["next_page"]
    assert ask(server, "GET", second).json()["next_page"] == "/webhooks"
    server.reset([A], [On(Call.LIST, 1, PageLoop(endless=True), times=9)])
    path, seen = "/webhooks", set()
    for _ in range(5):
        path = ask(server, "GET", path).json()["next_page"]
        seen.add(path)
    assert len(seen) == 5


@pytest.mark.parametrize("to", [Target.OTHER, Target.NO_SCHEME, Target.USERINFO])
def test_another_origin_sees_who_comes(server: Server, to: Target) -> None:
    fails(server, ForeignPage(to), call=Call.LIST)
    next_page = ask(server, "GET", "/webhooks").json()["next_page"]
    assert not server.other_origin_requests
    page = ask(server, "GET", httpx.URL(server.url).join(next_page)).json()
    assert [row["name"] for row in page["data"]] == ["a", "b", "c"]
    [request] = server.other_origin_requests
    assert request.headers["authorization"].encode() in server.other_origin_bytes
    assert len(server.log) == 1


@BOTH
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects(server: Server, status: int, when: When) -> None:
    for to in (Target.OTHER, Target.SAME):
        fails(server, Redirect(status, to, when=when), call=Call.DELETE)
        answer = ask(server, "DELETE", "/webhook/7")
        assert answer.status_code == status
        assert ("a" in names(server)) == (when is When.BEFORE)
        assert answer.next_request is not None
        assert (answer.next_request.url.port == httpx.URL(server.url).port) == (to is Target.SAME)
        ask(server, answer.next_request.method, answer.next_request.url)
        assert len(server.other_origin_requests) == (to is Target.OTHER)


def test_late_after_further_requests(server: Server) -> None:
    fails(server, Late(2, reply=Status(504)))
    assert ask(server, "POST", "/webhooks", NEW).status_code == 504
    committed = [server.log[0].committed]
    assert listed(server) == ["a", "b", "c"]
    assert listed(server) == ["a", "b", "c", "new"]
    committed.append(server.log[0].committed)
    assert committed == [False, True]
    assert (server.history[-1].cause, server.history[-1].request) == ("late", 2)


def test_late_when_settled(server: Server) -> None:
    fails(server, Late(seconds=60))
    with pytest.raises(httpx.ReadError):
        ask(server, "POST", "/webhooks", NEW)
    assert names(server) == ["a", "b", "c"]
    server.settle()
    assert names(server) == ["a", "b", "c", "new"]


def test_late_after_a_while(memory: MemoryServer) -> None:
    fails(memory, Late(seconds=60, reply=Says(202)))
    assert ask(memory, "POST", "/webhooks", NEW).status_code == 202
    for seconds, there in ((50, False), (20, True)):
        memory.run(asyncio.sleep(seconds))
        assert ("new" in names(memory)) is there


def test_what_is_gone_lingers(memory: MemoryServer) -> None:
    memory.reset([A, B], always=[Lingers(seconds=2)])
    ask(memory, "DELETE", "/webhook/7")
    assert listed(memory) == ["b", "a"]
    memory.run(asyncio.sleep(3))
    assert listed(memory) == ["b"]


def test_one_row_more_than_there_is(server: Server) -> None:
    server.reset([A], always=[Shows(stored("x", "shown", URL))])
    assert listed(server) == ["a", "shown"]
    assert names(server) == ["a"]


@pytest.mark.parametrize("always", [[RefusesTwins()], [Full(3)]])
def test_a_create_that_the_server_s_rules_refuse(server: Server, always: list[Fault]) -> None:
    server.reset([A, B], always=always)
    assert ask(server, "POST", "/webhooks", NEW).status_code == 201
    assert ask(server, "POST", "/webhooks", NEW).status_code in {402, 409}
    assert names(server) == ["a", "b", "new"]


def test_an_upsert_keeps_the_id(server: Server) -> None:
    server.reset([A, B], always=[Upserts()])
    answer = ask(server, "POST", "/webhooks", {**NEW, "name": "b"})
    assert answer.json() == {"id": "10", **NEW, "name": "b"}
    assert [row.id for row in server.account] == ["7", "10"]


def test_what_the_server_always_does_goes_with_one_fault(server: Server) -> None:
    server.reset([], [On(Call.CREATE, 1, Reset(when=When.AFTER))], always=[StoresOther(trims_name)])
    with pytest.raises(httpx.ReadError):
        ask(server, "POST", "/webhooks", {**NEW, "name": " new "})
    assert names(server) == ["new"]


def test_many_bytes_in_a_few(server: Server) -> None:
    fails(server, Zipped(mebibytes=1, layers=2), call=Call.LIST)
    answer = ask(server, "GET", "/webhooks")
    assert answer.content == bytes(2**20)
    assert int(answer.headers["content-length"]) < 1000


def test_late_changes_of_what_is_gone_make_nothing(server: Server) -> None:
    for method in ("PATCH", "DELETE"):
        fails(server, Late(9, reply=Status(504)), call=Call.WRITE)
        ask(server, method, "/webhook/7", NEW if method == "PATCH" else None)
        assert ask(server, "DELETE", "/webhook/7").status_code == 204
        server.settle()
        assert names(server) == ["b", "c"]


@pytest.mark.parametrize("hides_it", [False, True])
def test_stores_something_else(server: Server, hides_it: bool) -> None:
    for what, kept in (
        (cuts_name, ("ne", URL, 2)),
        (drops_event, ("new", URL, 1)),
        (adds_slash, ("new", f"{URL}/", 2)),
    ):
        for call, method, path in ((Call.CREATE, "POST", "/webhooks"), (Call.PATCH, "PATCH", "/webhook/9")):
            fails(server, StoresOther(what, hides_it=hides_it), call=call)
            answer = ask(server, method, path, NEW).json()
            row = server.account[-1]
            assert (row.name, row.to_url, len(row.event_types)) == kept
            assert (answer == {"id": row.id, **NEW}) == hides_it
