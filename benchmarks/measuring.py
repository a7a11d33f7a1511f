"""Runs two commands in turns, so that whatever else the machine is doing meets both."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
TOOL = str(Path(sys.executable).with_name("defacto-webhooks"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))


@dataclass(frozen=True)
class Figure:
    """Medians: wall-clock and processor time in milliseconds, peak resident memory in MiB.

    `ratio` is ours to the floor's, or the floor's to ours where `faster`; then `limit` is a minimum.
    `purpose` says who waits for it.
    """

    purpose: str
    what: str
    floor: str
    ms: float
    cpu_ms: float
    mib: float
    floor_ms: float
    floor_cpu_ms: float
    floor_mib: float
    ratio: float
    limit: float
    faster: bool = False
    rounds: int = ROUNDS

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.limit if self.faster else self.ratio <= self.limit

    def line(self) -> str:
        aim = f"at {'least' if self.faster else 'most'} {self.limit:g} x"
        return (
            f"{self.what:36} {self.ms:8,.0f} ms {self.mib:5.0f} MiB  {self.floor:28} "
            f"{self.floor_ms:8,.0f} ms {self.floor_mib:5.0f} MiB {self.ratio:7.2f} x  {aim:15} "
            f"{'met' if self.is_met else 'NOT met'}"
        )


@dataclass(frozen=True)
class Count:
    """Requests: how many were sent, and how many a run may send."""

    what: str
    sent: int
    expected: int


class Failed(Exception):
    """Something that is measured did not work, and why."""


class Run(NamedTuple):
    ms: float
    cpu_ms: float
    mib: float


def run(command: Sequence[str], environment: Mapping[str, str]) -> Run:
    """One run of a command that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    ms = (time.perf_counter() - start) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise Failed(f"{command} failed: {errors.decode()}")
    return Run(ms, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024)


class Floor(NamedTuple):
    """What something is measured against: a command, or the `ms` that follow from the task itself."""

    name: str
    command: Sequence[str] = ()
    ms: float = 0.0


def compare(
    purpose: str,
    what: str,
    command: Sequence[str],
    floor: Floor,
    limit: float,
    environment: Mapping[str, str] | None = None,
    *,
    prepare: Callable[[], None] = lambda: None,
    faster: bool = False,
    rounds: int = ROUNDS,
) -> Figure:
    """`command` next to `floor`; `prepare` is called before each run of either."""
    ours: list[Run] = []
    floors: list[Run] = []
    for _ in range(rounds):
        prepare()
        ours.append(run(command, environment or {}))
        if floor.command:
            prepare()
        floors.append(run(floor.command, environment or {}) if floor.command else Run(floor.ms, 0.0, 0.0))
    mine, theirs = (Run(*map(statistics.median, zip(*runs, strict=True))) for runs in (ours, floors))
    ratio = theirs.ms / mine.ms if faster else mine.ms / theirs.ms
    return _said(Figure(purpose, what, floor.name, *mine, *theirs, ratio, limit, faster, rounds))


def memory(purpose: str, of: Figure, limit: float) -> Figure:
    """The same runs, their peak memory compared."""
    what = f"{of.what}: memory"
    return _said(replace(of, purpose=purpose, what=what, ratio=of.mib / of.floor_mib, limit=limit))


def counted(what: str, sent: int, expected: int) -> Count:
    """The requests of one run."""
    print(f"{what:36} {sent:8} requests, at most {expected}")
    return Count(what, sent, expected)


def _said(figure: Figure) -> Figure:
    print(figure.line(), flush=True)
    return figure


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]
