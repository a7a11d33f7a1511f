"""Deliveries: once, in order, to loopback, off the request's path, and remembered."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import aclosing, closing
from pathlib import Path

import httpx
import pytest

from defacto_webhooks.errors import UserError
from defacto_webhooks.local_api import LocalApi
from tests import local
from tests.local_api.support import (
    AUTHORIZATION,
    Clock,
    edit,
    embedded,
    generated,
    invoiced,
    serving,
    subscribe,
    until,
)
from tests.receiver import Receiver

EVENT = "Invoice.SUBMITTED"


async def test_over_http_notifications_come_by_themselves(
    db: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that it is the request and the due time that wake it.
    monkeypatch.setattr("defacto_webhooks.local_api.local_api._POLL_S", 3600)

    with serving(LocalApi(db, verification_delay_s=0.2)) as url:
        async with local.AsyncClient(base_url=url, headers=AUTHORIZATION) as client:
            await subscribe(client, f"{receiver.url}/a", EVENT, "Invoice.VERIFIED")
            await subscribe(client, f"{receiver.url}/b", "Invoice.VERIFIED")
            invoice_id = await invoiced(client)
            await until(lambda: receiver.events("/a")[:1] == [EVENT])
            await until(lambda: len(receiver.received) == 3)
            assert receiver.events("/a") == [EVENT, "Invoice.VERIFIED"]
            assert receiver.events("/b") == ["Invoice.VERIFIED"]
            invoice = (await client.get(f"/invoice/{invoice_id}")).json()
            assert receiver.received[-1][1]["entity_state"] == invoice


async def test_each_is_tried_once_and_its_outcome_kept(
    api: LocalApi, client: httpx.AsyncClient, db: Path, clock: Clock, receiver: Receiver
) -> None:
    receiver.answers.update({"/gone": 404, "/broken": 500, "/redirect": 307})
    for path in ("/ok", "/gone", "/broken", "/redirect"):
        await subscribe(client, f"{receiver.url}{path}", EVENT)
    await subscribe(client, "http://127.0.0.1:1/closed?token=s3cret", EVENT)
    odd = await subscribe(client, "http://127.0.0.1:1/odd", EVENT)
    await subscribe(client, "http://[::1]:1/six", EVENT)
    await subscribe(client, "https://example.com/elsewhere?token=s3cret", EVENT)
    refused = "UPDATE subscriptions SET content = json_set(content, '$.to_url', ?) WHERE id = ?"
    edit(db, refused, "http://127.0.0.1:99999/", odd)
    await invoiced(client)
    await api.run_due()
    await api.run_due()
    assert sorted(path for path, _ in receiver.received) == ["/broken", "/gone", "/ok", "/redirect"]
    deliveries = api.deliveries()
    assert [(item.state, item.http_status, item.reason) for item in deliveries] == [
        ("delivered", 204, None),
        ("failed", 404, "answered 404"),
        ("failed", 500, "answered 500"),
        ("failed", 307, "answered 307"),
        ("failed", None, "no connection"),
        ("failed", None, deliveries[5].reason),
        ("failed", None, "no connection"),
        ("refused", None, "not a loopback address"),
    ]
    assert all(item.event_type == EVENT and item.ended_at == clock.now for item in deliveries)
    assert "s3cret" not in repr(deliveries)


async def test_userinfo_does_not_make_a_loopback_address_and_is_sent_as_basic(
    api: LocalApi, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    await subscribe(client, "http://127.0.0.1@example.com/", EVENT)
    await subscribe(client, receiver.url.replace("//", "//user:pa%20ss@"), EVENT)
    await invoiced(client)
    await api.run_due()
    assert [item.state for item in api.deliveries()] == ["refused", "delivered"]


async def test_order_per_subscription_while_others_go_on(
    api: LocalApi, client: httpx.AsyncClient, clock: Clock, receiver: Receiver
) -> None:
    receiver.delays["/slow"] = 0.1
    await subscribe(client, f"{receiver.url}/slow", EVENT, "Invoice.VERIFIED", "Invoice.DELETED")
    await subscribe(client, f"{receiver.url}/quick", EVENT, "Invoice.VERIFIED", "Invoice.DELETED")
    ids = [await invoiced(client) for _ in range(4)]
    clock.now += 1
    await asyncio.gather(api.run_due(), api.run_due())
    paths = [path for path, _ in receiver.received]
    assert paths.index("/slow") > paths.index("/quick")
    assert paths[-4:] == ["/slow"] * 4
    for invoice_id in ids:
        await client.delete(f"/invoice/{invoice_id}")
    await api.run_due()
    expected = [(event, i) for event in (EVENT, "Invoice.VERIFIED", "Invoice.DELETED") for i in ids]
    for where in ("/slow", "/quick"):
        told = [(body["event_type"], body["id"]) for path, body in receiver.received if path == where]
        assert told == expected


async def test_a_receiver_that_hangs_is_given_up(
    api: LocalApi, client: httpx.AsyncClient, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("defacto_webhooks.local_api.deliveries.TIMEOUT_S", 0.1)
    receiver.delays["/"] = 0.5
    await subscribe(client, receiver.url, EVENT)
    await invoiced(client)
    await api.run_due()
    [delivery] = api.deliveries()
    assert (delivery.state, delivery.http_status) == ("failed", None)
    assert "no answer" in str(delivery.reason)


async def test_many_receivers_that_hang_hold_up_nobody(
    api: LocalApi, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        for _ in range(60):
            await subscribe(client, f"http://127.0.0.1:{silent.getsockname()[1]}/", EVENT)
        await subscribe(client, f"{receiver.url}/good", EVENT)
        await invoiced(client)
        sending = asyncio.create_task(api.run_due())
        await until(lambda: bool(receiver.received))
        states = {delivery.state for delivery in api.deliveries()[:60]}
        sending.cancel()
        await asyncio.wait([sending])
    assert states == {"sending"}  # none of them had to be given up first


async def test_a_deleted_or_changed_subscription_keeps_what_is_on_its_way(
    api: LocalApi, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    there = await subscribe(client, f"{receiver.url}/old", EVENT)
    await invoiced(client)
    await client.delete(f"/webhook/{there}")
    await invoiced(client)
    await api.run_due()
    assert receiver.events("/old") == [EVENT]


async def test_later_moves_wait_for_the_next_opening(
    api: LocalApi, client: httpx.AsyncClient, db: Path, clock: Clock, receiver: Receiver
) -> None:
    await subscribe(client, receiver.url, EVENT, "Invoice.VERIFIED")
    await invoiced(client, scenario="SUCCESS_ONE_DAY_LATER")
    await api.aclose()
    assert receiver.received == []
    clock.now += 2 * 86_400
    async with aclosing(LocalApi(db, clock=clock)) as again:
        await again.run_due()
    assert receiver.events("/") == [EVENT, "Invoice.VERIFIED"]


async def test_an_attempt_that_died_with_its_process_is_not_repeated(
    api: LocalApi, client: httpx.AsyncClient, db: Path, clock: Clock, receiver: Receiver
) -> None:
    receiver.delays["/"] = 0.3
    await subscribe(client, receiver.url, EVENT)
    await invoiced(client)
    await invoiced(client)
    task = asyncio.create_task(api.run_due())
    await until(lambda: any(item.state == "sending" for item in api.deliveries()))
    task.cancel()
    [lane] = api._deliverer._lanes.values()
    lane.cancel()
    await asyncio.wait([task, lane])
    await api.aclose()
    async with aclosing(LocalApi(db, clock=clock)) as again:
        await again.run_due()
        assert [item.state for item in again.deliveries()] == ["unknown", "delivered"]


@pytest.mark.parametrize("invoices", [1, 2])
async def test_an_attempt_whose_process_was_killed_holds_up_nobody(
    api: LocalApi, client: httpx.AsyncClient, db: Path, clock: Clock, receiver: Receiver, invoices: int
) -> None:
    await subscribe(client, receiver.url, EVENT)
    for _ in range(invoices):
        await invoiced(client)
    edit(db, "UPDATE deliveries SET state = 'sending', started_at = ? WHERE seq = 1", clock.now)
    clock.now += 60
    await api.run_due()
    states = [item.state for item in api.deliveries()]
    assert states == ["unknown", "delivered"][:invoices]
    assert len(receiver.received) == invoices - 1


async def test_a_file_that_fails_in_the_middle_is_an_error_not_a_loop(
    api: LocalApi, client: httpx.AsyncClient, db: Path, receiver: Receiver
) -> None:
    await subscribe(client, receiver.url, EVENT)
    await invoiced(client)
    edit(db, "CREATE TRIGGER full BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(FAIL, 'no space'); END")
    with pytest.raises(UserError, match="no space"):
        await api.run_due()
    assert receiver.received == []


async def test_background_ends_in_time_and_keeps_the_rest(
    api: LocalApi, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    receiver.delays["/"] = 0.2
    async with api.background():
        await subscribe(client, receiver.url, EVENT)
        for _ in range(20):
            await invoiced(client)
        await until(lambda: len(receiver.received) == 1)
    states = [item.state for item in api.deliveries()]
    assert states[0] == "delivered"
    assert states[-1] == "pending"
    assert "sending" not in states
    receiver.delays.clear()
    await api.run_due()
    assert len(receiver.received) == 20


async def leave_one(db: str, url: str) -> None:
    """Work in the file; prints the id of the subscription that stays."""
    api = LocalApi(Path(db), verification_delay_s=0)
    async with embedded(api) as client:
        left, *others = [await subscribe(client, url, EVENT, "Invoice.VERIFIED") for _ in range(30)]
        for other in others:
            assert (await client.delete(f"/webhook/{other}")).status_code == 204
        for _ in range(10):
            await invoiced(client)
        await api.run_due()
    print(left)  # noqa: T201 - for the process that started this one


@pytest.fixture
def kept_by_two(db: Path, receiver: Receiver) -> list[str]:
    """The ids of what two processes at once made in a new file, and left there."""
    script = f"import asyncio, sys; from {__name__} import leave_one; asyncio.run(leave_one(*sys.argv[1:]))"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, db, f"{receiver.url}/{name}"], stdout=subprocess.PIPE, text=True
        )
        for name in "ab"
    ]
    ids = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    return ids


async def test_two_processes_on_one_new_file(
    kept_by_two: list[str], api: LocalApi, client: httpx.AsyncClient, clock: Clock, receiver: Receiver
) -> None:
    clock.now = time.time()
    assert sorted(item["id"] for item in (await client.get("/webhooks")).json()["data"]) == sorted(
        kept_by_two
    )
    await api.run_due()
    deliveries = api.deliveries()
    assert {item.state for item in deliveries} == {"delivered"}
    assert len(deliveries) == len(receiver.received)  # each exactly once, whoever sent it
    for subscription_id in kept_by_two:
        starts = [item.started_at or 0 for item in deliveries if item.subscription_id == subscription_id]
        assert starts == sorted(starts)


async def test_a_burst_for_many_subscriptions(
    api: LocalApi, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    for number in range(40):
        await subscribe(client, f"{receiver.url}/{number}", EVENT)
    payload = await generated(client)
    for _ in range(5):
        await client.post("/invoices", json=payload)
    await api.run_due()
    assert len(receiver.received) == 200
    assert {item.state for item in api.deliveries()} == {"delivered"}


async def test_old_ones_make_room_and_what_is_not_sent_yet_stays(
    api: LocalApi,
    client: httpx.AsyncClient,
    db: Path,
    clock: Clock,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("defacto_webhooks.local_api.tables._KEPT", 20)

    async def happen(count: int) -> None:
        for _ in range(count):
            answer = await client.post("/sandbox/events", json={"event_type": "Loan.CLOSED"})
            assert answer.is_success

    subscribed = await subscribe(client, f"{receiver.url}/a", "Loan.CLOSED")
    await happen(50)
    assert [each.state for each in api.deliveries()] == ["pending"] * 50
    await api.run_due()
    await happen(30)
    await api.run_due()
    await client.delete(f"/webhook/{subscribed}")
    await happen(50)
    for _ in range(50):
        await invoiced(client)
    clock.now += 60
    await api.run_due()
    for _ in range(50):
        await client.post("/invoices", json={**await generated(client), "is_draft": True})
    assert len(receiver.received) == 80
    with closing(sqlite3.connect(db)) as connection:
        for table in ("deliveries", "events", "invoices"):
            assert len(connection.execute(f"SELECT seq FROM {table}").fetchall()) <= 21, table  # noqa: S608
