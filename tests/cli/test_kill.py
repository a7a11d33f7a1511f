"""The installed command, killed and interrupted: nothing is lost, and the next run converges."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.faulty_server import Call, FaultyServer, Hang, On, SecondWriter, Slow, Stored, When, stored
from tests.process import run, start

OLD, NEW = "https://old.example.com/?t=1", "https://new.example.com/?t=2"
EVENTS = ("Loan.CLOSED", "Payment.PAID")
COUNT = 4


def account() -> list[Stored]:
    """Half is to be replaced or renamed, half deleted; what goes covers what the file wants elsewhere."""
    replaced = [stored(str(number), f"s{number}", OLD, *EVENTS) for number in range(COUNT - 1)]
    return [
        *replaced,
        stored("3", "old3", NEW, *EVENTS),
        *(stored(f"9{number}", f"gone{number}", NEW, EVENTS[0]) for number in range(COUNT)),
    ]


def config(folder: Path, update: str = "replace") -> list[tuple[str, str]]:
    lines = ["version: 1", f"settings: {{update: {update}}}", "webhooks:"]
    for number in range(COUNT):
        lines += [f"- {{name: s{number}, to_url: '{NEW}', event_types: [{', '.join(EVENTS)}]}}"]
    (folder / "webhooks.yaml").write_text("\n".join(lines))
    return [(NEW, event_type) for event_type in EVENTS]


def check_recovers(server: FaultyServer, folder: Path) -> None:
    server.settle()
    server.reset(server.account)
    ended = run(["apply", "-y", "--format", "json", "--allow", "mass-delete"], folder, server)
    assert ended.code == 0, ended
    assert json.loads(ended.out)["verified"] is True
    assert "t=1" not in ended.both
    assert "t=2" not in ended.both
    assert sorted(row.name for row in server.account) == [f"s{number}" for number in range(COUNT)]


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("nth", range(1, 4 + 3 * COUNT, 2))
def test_killed_at_each_request(server: FaultyServer, tmp_path: Path, nth: int, when: When) -> None:
    check_killed(server, tmp_path, nth, when, "replace" if nth % 4 == 1 else "patch")


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("nth", [2, 3, 4])
@pytest.mark.parametrize("target", ["old*", "s3"])
def test_killed_in_a_rename_that_was_the_target(
    server: FaultyServer, tmp_path: Path, nth: int, when: When, target: str
) -> None:
    check_killed(server, tmp_path, nth, when, "replace", target)


def check_killed(
    server: FaultyServer, folder: Path, nth: int, when: When, update: str, target: str | None = None
) -> None:
    wanted = config(folder, update)
    pids: list[int] = []

    def kill(_: object) -> None:
        os.kill(pids[0], signal.SIGKILL)

    server.reset(account(), [On(Call.ANY, nth, SecondWriter(kill, when=when))], latency_s=0.002)
    arguments = ["apply", "-y", "--parallelism", "2", "--allow", "mass-delete"]
    arguments += ["--target", target] if target else []
    process = start(arguments, folder, server)
    pids.append(process.pid)
    process.ended()
    server.settle()
    assert not server.gaps(wanted)
    check_recovers(server, folder)
    assert not server.gaps(wanted)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_finishes_what_is_under_way_and_reports(
    server: FaultyServer, tmp_path: Path, number: signal.Signals
) -> None:
    wanted = config(tmp_path)
    server.reset(account(), [On(Call.CREATE, 1, Slow(seconds=0.5, when=When.AFTER))])
    arguments = ["apply", "-y", "--parallelism", "1", "--format", "json"]
    process = start([*arguments, "--allow", "mass-delete"], tmp_path, server)
    server.wait_until(lambda s: s.count(Call.CREATE) > 0)
    process.send(number)
    ended = process.ended()
    assert ended.code == 3
    report = json.loads(ended.out)
    assert report["outcome"] == "interrupted"
    assert report["summary"]["done"] == 0
    assert len([request for request in server.log if request.call is Call.CREATE]) == 1
    names = [row.name for row in server.account]
    assert names.count("s0") == 2  # the new one is there, the old one stays until the next run
    assert not server.gaps(wanted)
    check_recovers(server, tmp_path)


def test_a_second_signal_stops_at_once(server: FaultyServer, tmp_path: Path) -> None:
    config(tmp_path)
    server.reset(account(), [On(Call.CREATE, 1, Hang(), times=99)])
    process = start(["apply", "-y", "--allow", "mass-delete"], tmp_path, server)
    server.wait_until(lambda s: s.count(Call.CREATE) > 0)
    process.send(signal.SIGINT)
    process.wait_for("Press Ctrl-C again to stop at once", process.err)
    assert process.end() == 3
    assert server.count(Call.LIST) == 1  # it did not look again


def test_interrupted_at_a_thousand_changes_it_reports_each(server: FaultyServer, tmp_path: Path) -> None:
    count = 1_000
    entries = [
        f"- {{name: s{n:04}, to_url: 'https://hooks.example.com/{n}', event_types: [{EVENTS[0]}]}}"
        for n in range(count)
    ]
    (tmp_path / "webhooks.yaml").write_text("\n".join(["version: 1", "webhooks:", *entries]))
    pids: list[int] = []

    def interrupt(_: object) -> None:
        os.kill(pids[0], signal.SIGINT)

    server.reset((), [On(Call.CREATE, 50, SecondWriter(interrupt))], latency_s=0.01)
    process = start(["apply", "-y", "--format", "json"], tmp_path, server)
    pids.append(process.pid)
    ended = process.ended()
    assert ended.code == 3
    assert server.count(Call.CREATE) < 200  # no more than were about to be sent
    report = json.loads(ended.out)
    assert report["outcome"] == "interrupted"
    done = len(server.account)
    assert report["summary"] == {"done": done, "failed": 0, "skipped": count - done, "unknown": 0}
    assert {one["name"] for one in report["results"] if one["status"] == "done"} == {
        row.name for row in server.account
    }


def test_interrupted_before_anything_was_changed(server: FaultyServer, tmp_path: Path) -> None:
    config(tmp_path)
    server.reset(account(), [On(Call.LIST, 1, Hang())])
    process = start(["apply", "-y"], tmp_path, server)
    server.wait_until(lambda s: bool(s.log))
    process.send(signal.SIGINT)
    ended = process.ended()
    assert ended.code == 130
    assert "nothing was changed" in ended.err
    assert len(server.history) == 1


def test_two_applies_of_the_same_file_at_once_end_with_one_of_each(
    server: FaultyServer, tmp_path: Path
) -> None:
    wanted = config(tmp_path)
    for _ in range(2):
        server.reset(account(), latency_s=0.01)
        arguments = ["apply", "-y", "--format", "json", "--allow", "mass-delete"]
        both = [start(arguments, tmp_path, server) for _ in range(2)]
        ended = [process.ended() for process in both]
        assert {one.code for one in ended} <= {0, 3}
        assert not server.gaps(wanted)
        for one in ended:
            assert json.loads(one.out)["verified"] is (one.code == 0)
        check_recovers(server, tmp_path)
