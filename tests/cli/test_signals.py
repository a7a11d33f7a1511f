"""Ctrl-C and SIGTERM where a command is stuck in what it prints, and at the very end of an apply."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from defacto_webhooks.cli import show
from defacto_webhooks.errors import UserError
from tests.faulty_server import FaultyServer
from tests.process import COMMAND, environment, run

SIGNALS = [signal.SIGINT, signal.SIGTERM]
PATIENCE_S = 30
COUNT, PIPE_BYTES = 100, 4_096
AT_THE_END = """\
import os, signal
real = signal.signal
def set_and_interrupt(number, handler):
    before = real(number, handler)
    if handler is signal.default_int_handler and getattr(before, "__name__", "") == "_received":
        os.kill(os.getpid(), number)
    return before
signal.signal = set_and_interrupt
"""
LOOP_CLOSES = """\
import asyncio, os, signal
real = asyncio.SelectorEventLoop.close
def close_and_interrupt(loop):
    real(loop)
    os.kill(os.getpid(), int(os.environ["SIGNAL"]))
asyncio.SelectorEventLoop.close = close_and_interrupt
"""


@pytest.fixture
def folder(server: FaultyServer, tmp_path: Path) -> Path:
    """A file whose plan fills every pipe."""
    server.reset([])
    entries = [
        f"- {{name: n{number}, to_url: 'https://hooks.example.com/{number}', event_types: [Loan.CLOSED]}}"
        for number in range(COUNT)
    ]
    (tmp_path / "webhooks.yaml").write_text("\n".join(["version: 1", "webhooks:", *entries]))
    return tmp_path


@contextmanager
def stuck(
    stream: str, folder: Path, server: FaultyServer, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The command, once it waits for somebody to read from that stream."""
    ours, theirs = os.pipe()
    fcntl.fcntl(ours, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    other = "stdout" if stream == "stderr" else "stderr"
    process = subprocess.Popen(
        [COMMAND, *arguments],
        cwd=folder,
        env=environment(server),
        stdin=subprocess.DEVNULL,
        **{stream: theirs, other: subprocess.DEVNULL},  # type: ignore[call-overload]
    )
    try:
        os.close(theirs)
        until = time.monotonic() + PATIENCE_S
        while struct.unpack("i", fcntl.ioctl(ours, termios.FIONREAD, b"\0" * 4))[0] < PIPE_BYTES:
            assert time.monotonic() < until
            time.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("format_", ["text", "json"])
def test_one_signal_ends_a_command_whose_result_nobody_reads(
    server: FaultyServer, folder: Path, format_: str, number: signal.Signals
) -> None:
    with stuck("stdout", folder, server, "plan", "--format", format_) as process:
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 130


@pytest.mark.parametrize("numbers", [SIGNALS, SIGNALS[::-1]])
def test_two_signals_end_an_apply_whose_plan_nobody_reads(
    server: FaultyServer, folder: Path, numbers: list[signal.Signals]
) -> None:
    """The first one asks it to end in order, for which it would have to print."""
    with stuck("stderr", folder, server, "apply", "-y") as process:
        for number in numbers:
            process.send_signal(number)
        assert process.wait(PATIENCE_S) == 130
    assert not server.account


@pytest.mark.parametrize("number", SIGNALS)
def test_one_signal_ends_an_apply_whose_report_nobody_reads(
    server: FaultyServer, folder: Path, number: signal.Signals
) -> None:
    with stuck("stdout", folder, server, "apply", "-y", "--format", "json") as process:
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 0  # what was done is done
    assert len(server.account) == COUNT


def ended_at_the_end(server: FaultyServer, folder: Path, script: str, number: int) -> tuple[int, str]:
    one = "webhooks: [{name: a, to_url: 'https://hooks.example.com/', event_types: [Loan.CLOSED]}]"
    (folder / "webhooks.yaml").write_text(f"version: 1\n{one}\n")
    (folder / "sitecustomize.py").write_text(script)
    ended = run(
        ["apply", "-y", "--format", "json"], folder, server, PYTHONPATH=str(folder), SIGNAL=str(number)
    )
    assert len(server.account) == 1
    return ended.code, json.loads(ended.out)["outcome"]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_when_all_is_done_changes_nothing_of_it(
    server: FaultyServer, folder: Path, number: signal.Signals
) -> None:
    assert ended_at_the_end(server, folder, LOOP_CLOSES, number) == (0, "converged")


def test_between_the_apply_and_its_report_nobody_says_that_nothing_was_changed(
    server: FaultyServer, folder: Path
) -> None:
    assert ended_at_the_end(server, folder, AT_THE_END, 0) == (3, "partial")


@pytest.mark.parametrize("command", ["show", "apply"])
@pytest.mark.parametrize("number", SIGNALS)
def test_a_plan_file_that_nobody_writes_is_waited_for_until_a_signal(
    server: FaultyServer, folder: Path, command: str, number: signal.Signals
) -> None:
    os.mkfifo(folder / "review.plan")
    process = subprocess.Popen(
        [COMMAND, command, "review.plan"],
        cwd=folder,
        env=environment(server),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + PATIENCE_S
        while "wait_for_partner" not in Path(f"/proc/{process.pid}/wchan").read_text():
            if time.monotonic() > until:
                pytest.skip("this system does not say what a process waits for")
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert (process.returncode, said.strip()) == (130, "Error: interrupted; nothing was changed")


def test_a_plan_file_without_an_end_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "_MOST_BYTES", 1_000_000)
    with pytest.raises(UserError, match="not a plan file"):
        show.read_plan(Path("/dev/zero"))


def test_a_plan_file_behind_links_that_lead_in_a_circle(server: FaultyServer, folder: Path) -> None:
    (folder / "review.plan").symlink_to("review.plan")
    ended = run(["plan", "--out", "review.plan"], folder, server)
    assert ended.code == 1
    assert "review.plan was not written: too many levels of symbolic links" in ended.err
