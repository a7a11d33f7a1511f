"""A burst of notifications into the inbox, and out of the local API, each next to a bare server or client.

Ratios are to the same framework and server (starlette on uvicorn) without storing, or to the same HTTP
client without a database, in the same run. No figure is a test; that nothing is lost is asserted.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

HERE = Path(__file__).parent
TOOL = str(Path(sys.executable).with_name("defacto-webhooks"))
COUNT = int(os.environ.get("BENCH_NOTIFICATIONS", "10000"))
CONNECTIONS = 50
SUBSCRIPTIONS = 20
KEY = {"Authorization": "Bearer defacto-webhooks-local"}
SLOW_S = 120  # what no burst may take


@dataclass(frozen=True)
class Figure:
    """Rates a second, their ratio, and the server's peak resident memory in MiB at a tenth and at the end."""

    what: str
    per_s: float
    floor_per_s: float
    ratio: float
    mib_early: float
    mib: float


@contextmanager
def process(command: Sequence[str], folder: str) -> Iterator[tuple[int, str]]:
    """The pid of a server, and the URL that it prints."""
    log = Path(tempfile.mkstemp(dir=folder)[1])
    with (
        log.open("w") as out,
        subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT) as server,
    ):
        try:
            until = time.monotonic() + 20
            while not (match := re.search(r"http://127\.0\.0\.1:[0-9]+", log.read_text())):
                if time.monotonic() > until or server.poll() is not None:
                    raise SystemExit(f"{command} did not start: {log.read_text()}")
                time.sleep(0.05)
            yield server.pid, match[0]
        finally:
            server.terminate()


def peak_mib(pid: int) -> float:
    match = re.search(r"VmHWM:\s+([0-9]+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) / 1024 if match else 0.0


def notification(number: int) -> bytes:
    return json.dumps(
        {
            "entity_type": "invoice",
            "transition_name": "SUBMIT",
            "status": "SUBMITTED",
            "timestamp": "2026-02-11T11:26:59.631326+00:00",
            "id": f"a18d5057-0092-4555-b865-{number:012}",
            "event_type": "Invoice.SUBMITTED",
            "entity_state": {"invoice_number": f"F-{number}", "total_amount": number, "text": "x" * 1500},
        }
    ).encode()


async def burst(url: str, first: int, count: int) -> float:
    """Post `count` notifications over as many connections as there are; seconds. Each must be taken."""
    host, port = url.removeprefix("http://").split(":")

    async def connection(numbers: range) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for number in numbers:
            body = notification(number)
            head = f"POST /defacto?token=x HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 204"), answer
        writer.close()

    began = time.perf_counter()
    async with asyncio.timeout(SLOW_S):
        await asyncio.gather(
            *(connection(range(first + start, first + count, CONNECTIONS)) for start in range(CONNECTIONS))
        )
    return time.perf_counter() - began


async def look(url: str, until: asyncio.Event) -> list[float]:
    """Milliseconds that the page's list took, asked again and again, while something else goes on."""
    took = []
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        while True:
            began = time.perf_counter()
            (await client.get("/inboxes/main/notifications")).raise_for_status()
            took.append((time.perf_counter() - began) * 1000)
            with suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), 0.2)
            if until.is_set():
                return took


async def into_the_inbox(folder: str) -> Figure:
    floor = [sys.executable, str(HERE / "bare_receiver.py")]
    with process([TOOL, "listen", "--port", "0"], folder) as (pid, url):
        early = COUNT // 10
        await burst(url, 0, early)
        mib_early = peak_mib(pid)
        ended = asyncio.Event()
        looking = asyncio.create_task(look(url, ended))
        seconds = await burst(url, early, COUNT - early)
        ended.set()
        waits = await looking
        async with httpx.AsyncClient(base_url=url) as client:
            state = (await client.get("/inboxes/main/notifications")).json()["state"]
        assert state["count"] == COUNT, state
        mib = peak_mib(pid)
    with process(floor, folder) as (_, url):
        await burst(url, 0, early)
        floor_seconds = await burst(url, early, COUNT - early)
    print(
        f"  the page's list during the burst: median {statistics.median(waits):.0f} ms,"
        f" slowest {max(waits):.0f} ms; {COUNT:,} kept, none lost"
    )
    return figure("inbox takes a burst", COUNT - early, seconds, floor_seconds, mib_early, mib)


async def out_of_the_sandbox(folder: str) -> Figure:
    """From the first event to the last delivery; the events are few, and each goes to every subscription."""
    floor = [sys.executable, str(HERE / "bare_receiver.py")]
    tool = [TOOL, "sandbox", "--port", "0"]
    with process(floor, folder) as (_, receiver), process(tool, folder) as (pid, url):
        async with httpx.AsyncClient(base_url=url, headers=KEY, timeout=30) as client:
            for number in range(SUBSCRIPTIONS):
                body = {
                    "name": f"n{number}",
                    "to_url": f"{receiver}/{number}",
                    "event_types": ["Loan.CLOSED"],
                }
                (await client.post("/webhooks", json=body)).raise_for_status()
            mib_early = 0.0
            began = time.perf_counter()
            for number in range(COUNT // SUBSCRIPTIONS):
                answer = await client.post("/sandbox/events", json={"event_type": "Loan.CLOSED"})
                assert answer.json()["deliveries"] == SUBSCRIPTIONS
                if number == COUNT // SUBSCRIPTIONS // 10:
                    mib_early = peak_mib(pid)
            await taken(receiver, COUNT, began)
            seconds = time.perf_counter() - began
            mib = peak_mib(pid)
        floor_seconds = await plain_posts(receiver)
    return figure("sandbox delivers", COUNT, seconds, floor_seconds, mib_early, mib)


async def taken(receiver: str, count: int, began: float) -> None:
    async with httpx.AsyncClient() as client:
        while int((await client.get(f"{receiver}/count")).text) < count:
            assert time.perf_counter() - began < SLOW_S, "deliveries are missing"
            await asyncio.sleep(0.05)


async def plain_posts(receiver: str) -> float:
    """The same number of posts by httpx, as many at once, one connection each as the sandbox does."""
    limits = httpx.Limits(max_connections=SUBSCRIPTIONS, max_keepalive_connections=0)
    body: dict[str, Any] = json.loads(notification(1))
    began = time.perf_counter()
    async with httpx.AsyncClient(limits=limits, timeout=30) as client:

        async def lane(number: int) -> None:
            for _ in range(COUNT // SUBSCRIPTIONS):
                (await client.post(f"{receiver}/{number}", json=body)).raise_for_status()

        await asyncio.gather(*map(lane, range(SUBSCRIPTIONS)))
    return time.perf_counter() - began


def figure(what: str, count: int, seconds: float, floor_s: float, mib_early: float, mib: float) -> Figure:
    per_s, floor_per_s = count / seconds, count / floor_s
    found = Figure(what, per_s, floor_per_s, floor_per_s / per_s, mib_early, mib)
    print(
        f"{what:24} {per_s:7.0f} /s {floor_per_s:9.0f} /s bare {found.ratio:6.2f} x"
        f"   peak {mib_early:.0f} MiB after a tenth, {mib:.0f} MiB at the end",
        flush=True,
    )
    return found


def main() -> None:
    print(f"{COUNT:,} notifications, {CONNECTIONS} connections in, {SUBSCRIPTIONS} subscriptions out")
    figures = []
    for measure in (into_the_inbox, out_of_the_sandbox):
        with tempfile.TemporaryDirectory() as folder:
            figures.append(asyncio.run(measure(folder)))
    out = Path("benchmarks/notifications.json")
    out.write_text(json.dumps([asdict(one) for one in figures], indent=2) + "\n")
    print(f"written to {out}")


if __name__ == "__main__":
    main()
