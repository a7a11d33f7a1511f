"""`listen` under load: a page is open, and whoever reads what it prints has stopped.

Says at each tenth how much memory the receiver has. That nothing is lost is asserted: what was posted was
answered 204, and is kept or counted as dropped. `BENCH_RECEIVED` says how many (default 100,000).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.measuring import TOOL

COUNT = int(os.environ.get("BENCH_RECEIVED", "100000"))
TENTHS = 10
CONNECTIONS = 50
SLOW_S = 600  # what no tenth may take


@contextmanager
def listening(folder: str) -> Iterator[tuple[int, str]]:
    """The pid of a receiver whose standard output nobody reads, and its URL."""
    log = Path(folder) / "log"
    with (
        log.open("w") as err,
        subprocess.Popen(
            [TOOL, "listen", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, stderr=err
        ) as server,
    ):
        try:
            until = time.monotonic() + 20
            while not (match := re.search(r"http://127\.0\.0\.1:[0-9]+", log.read_text())):
                if time.monotonic() > until or server.poll() is not None:
                    raise SystemExit(f"listen did not start: {log.read_text()}")
                time.sleep(0.05)
            yield server.pid, match[0]
        finally:
            server.terminate()


def resident_mib(pid: int) -> float:
    match = re.search(r"VmRSS:\s+([0-9]+) kB", Path(f"/proc/{pid}/status").read_text())
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


async def burst(url: str, first: int, count: int) -> None:
    """Post `count` notifications over as many connections as there are. Each must be taken."""
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

    async with asyncio.timeout(SLOW_S):
        starts = range(first, first + CONNECTIONS)
        await asyncio.gather(*(connection(range(start, first + count, CONNECTIONS)) for start in starts))


async def page(client: httpx.AsyncClient) -> None:
    """What an open page asks for, until it is cancelled."""
    listed = (await client.get("/inboxes/main/notifications")).json()
    revision = listed["revision"]
    while True:
        answer = await client.get("/inboxes/main/changes", params={"after": revision})
        changes = answer.raise_for_status().json()
        if changes.get("reset"):
            revision = (await client.get("/inboxes/main/notifications")).json()["revision"]
        else:
            revision = changes["revision"]
        await asyncio.sleep(0.5)


async def measure(folder: str) -> None:
    with listening(folder) as (pid, url):
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            watching = asyncio.create_task(page(client))
            began = time.perf_counter()
            sizes = []
            for tenth in range(TENTHS):
                await burst(url, tenth * COUNT // TENTHS, COUNT // TENTHS)
                sizes.append(resident_mib(pid))
                print(f"  {(tenth + 1) * COUNT // TENTHS:7,} received  {sizes[-1]:.0f} MiB", flush=True)
            seconds = time.perf_counter() - began
            assert not watching.done(), watching.exception()
            watching.cancel()
            state = (await client.get("/inboxes/main/notifications")).json()["state"]
        assert state["count"] + state["dropped"] == COUNT, state
    print(f"{COUNT:,} received, none lost, {COUNT / seconds:.0f} /s")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(folder))


if __name__ == "__main__":
    main()
