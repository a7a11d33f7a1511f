"""Runs each command next to its floor, in turns, and prints the ratio of their medians.

Turns, so that whatever else the machine is doing meets both. No figure is a test: machines differ.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
TOOL = str(Path(sys.executable).with_name("defacto-webhooks"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
EVENTS = ("Invoice.SUBMITTED", "Invoice.VERIFIED", "Loan.CLOSED")


@dataclass(frozen=True)
class Figure:
    """Medians in milliseconds, peak resident memory in MiB, and the ratio that is aimed at."""

    what: str
    ms: float
    floor_ms: float
    ratio: float
    at_most: float
    mib: float
    floor_mib: float


def entry(number: int) -> dict[str, object]:
    return {
        "name": f"subscription-{number:06}",
        "to_url": f"https://hooks.example.com/defacto/{number}?token=t{number}",
        "event_types": list(EVENTS),
    }


def write_config(path: Path, count: int) -> None:
    lines = ["version: 1", "webhooks:"]
    for number in range(count):
        one = entry(number)
        lines += [f"  - name: {one['name']}", f"    to_url: {one['to_url']}"]
        lines += [f"    event_types: [{', '.join(EVENTS)}]"]
    path.write_text("\n".join(lines) + "\n")


@contextmanager
def account(count: int, latency_s: float = 0.0) -> Iterator[str]:
    """The address of a server that holds `count` subscriptions."""
    command = [sys.executable, str(HERE / "server.py"), str(latency_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps([{"id": f"{number:06}", **entry(number)} for number in range(count)]))
        server.stdin.close()
        try:
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.kill()


def run_once(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Milliseconds and peak MiB of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed: {errors.decode()}")
    process.stderr.close()
    return (time.perf_counter() - start) * 1000, usage.ru_maxrss / 1024


def compare(
    what: str, command: list[str], floor: list[str], at_most: float, environment: dict[str, str] | None = None
) -> Figure:
    runs, floors = [], []
    for _ in range(ROUNDS):
        runs.append(run_once(command, environment or {}))
        floors.append(run_once(floor, environment or {}))
    ms, floor_ms = (statistics.median(t for t, _ in rows) for rows in (runs, floors))
    mib, floor_mib = (statistics.median(m for _, m in rows) for rows in (runs, floors))
    figure = Figure(what, ms, floor_ms, ms / floor_ms, at_most, mib, floor_mib)
    verdict = "met" if figure.ratio <= at_most else "NOT met"
    print(
        f"{what:34} {ms:8.0f} ms {floor_ms:8.0f} ms {figure.ratio:6.2f} x",
        f"at most {at_most:4.1f} x  {verdict:7} {mib:6.0f} MiB {floor_mib:6.0f} MiB",
        flush=True,
    )
    return figure


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def main() -> None:
    print(f"{'':34} {'ours':>11} {'floor':>11} {'ratio':>8}")
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "webhooks.yaml"
        figures.append(compare("--help", [TOOL, "--help"], python("import click"), 1.5))
        write_config(config, 10)
        imports = python("import click, yaml, pydantic")
        figures.append(compare("validate, 10", [TOOL, "validate", "-c", str(config)], imports, 1.2))
        for count, at_most in ((10, 1.3), (10_000, 1.2)):
            write_config(config, count)
            with account(count) as url:
                environment = {"DEFACTO_API_URL": url, "DEFACTO_API_KEY": "k"}
                command = [TOOL, "plan", "--detailed-exitcode", "-c", str(config)]
                floor = [sys.executable, str(HERE / "plan_floor.py"), str(config), url]
                figures.append(compare(f"no-op plan, {count:,}", command, floor, at_most, environment))
    out = Path("benchmarks/results.json")
    out.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"written to {out}; python {sys.version.split()[0]}, {os.cpu_count()} cores, largest {peak} MiB")


if __name__ == "__main__":
    main()
