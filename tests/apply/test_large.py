"""The promises with 10,000 subscriptions: over a socket, with faults, and interrupted in the middle."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from defacto_webhooks.api import Timing
from defacto_webhooks.apply import Outcome
from tests.accounts import EVENTS, subscription
from tests.apply.over_http import PACE, apply, pairs
from tests.faulty_server import Call, CutOff, FaultyServer, On, Reset, Status, Stored, When, stored
from tests.process import COMMAND, environment

COUNT = 10_000
CHANGED = 40
PATIENT = Timing(connect_s=5, answer_s=10, attempts=3, backoff_base_s=0.001, backoff_cap_s=0.004)


def url(number: int) -> str:
    return f"https://hooks.example.com/{number}?t=1"


def rows() -> list[Stored]:
    """What the file wants, but for some that still have an old URL, and some that nobody wants any more."""
    kept = [
        stored(f"{n:05}", f"s{n:05}", f"https://hooks.example.com/{n}?t=1", EVENTS[0]) for n in range(COUNT)
    ]
    for n in range(CHANGED):
        kept[n * 7] = stored(f"{n * 7:05}", f"s{n * 7:05}", f"https://old.example.com/{n}?t=1", EVENTS[0])
        # What goes is the only one that delivers what another entry is about to: it has to wait.
        kept.append(stored(f"gone{n}", f"gone{n}", url(n * 7), EVENTS[0]))
    return kept


@pytest.mark.parametrize(
    "faults",
    [
        [
            On(Call.CREATE, 3, Reset(when=When.AFTER), times=5),
            On(Call.DELETE, 2, Status(code=503), times=9),
        ],
        [On(Call.CREATE, 20, Status(code=422)), On(Call.LIST, 2, CutOff(), times=1)],
        [On(Call.LIST, 150, CutOff(), times=99)],  # the second read never comes whole
    ],
    ids=["no answers", "a refusal", "no read"],
)
def test_no_gap_whatever_fails(server: FaultyServer, faults: list[On]) -> None:
    desired = [
        subscription(f"s{n:05}", f"https://hooks.example.com/{n}?t=1", EVENTS[0]) for n in range(COUNT)
    ]
    server.reset(rows(), faults)
    first = apply(server, desired, timing=PATIENT, pace=PACE._replace(stop_read_s=10))
    assert first.report
    assert server.fired
    server.settle()
    assert not server.gaps(pairs(desired))
    server.reset(server.account)
    second = apply(server, desired, timing=PATIENT, pace=PACE._replace(stop_read_s=10))
    assert second.report
    assert second.report.verified
    assert not server.gaps(pairs(desired))
    assert sorted(row.name for row in server.account) == [one.name for one in desired]
    server.reset(server.account)
    third = apply(server, desired, timing=PATIENT)
    assert third.report
    assert third.report.outcome is Outcome.NO_CHANGES


def test_interrupted_at_ten_thousand_changes_it_reports_each(server: FaultyServer, tmp_path: Path) -> None:
    lines = ["version: 1", "webhooks:"]
    lines += [
        f"- {{name: s{n:05}, to_url: 'https://hooks.example.com/{n}', event_types: [{EVENTS[0]}]}}"
        for n in range(COUNT)
    ]
    (tmp_path / "webhooks.yaml").write_text("\n".join(lines))
    server.reset(latency_s=0.01)
    with (tmp_path / "report.json").open("w") as out:  # a pipe that nobody reads would hold it up
        process = subprocess.Popen(
            [COMMAND, "apply", "-y", "--format", "json"],
            cwd=tmp_path,
            env=environment(server),
            stdout=out,
            stderr=subprocess.DEVNULL,
        )
        server.wait_until(lambda s: len(s.account) > 50, timeout_s=60)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 3
    assert time.monotonic() - begun < 7  # after that a CI runner kills; alone, it takes less than two seconds
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["outcome"] == "interrupted"
    done = len(server.account)
    assert report["summary"] == {"done": done, "failed": 0, "skipped": COUNT - done, "unknown": 0}
    assert {one["name"] for one in report["results"] if one["status"] == "done"} == {
        row.name for row in server.account
    }
