"""Starts the command in processes of their own, each a fork of one that has imported everything already.

To import it all takes longer than most runs, and the tests run it a thousand times. A fork has its own
memory, environment, folder, streams and signals, and does what `python -m defacto_webhooks` does. Only what
Python itself reads as it starts (the locale, PYTHON*) can't be chosen. Time can pass faster there.

What a shell is to start is in `folder_for_path()`. It has none of the shell's limits and its closed streams,
and signals reach it through a process that passes them on.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import pkgutil
import runpy
import select
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

import defacto_webhooks

_ROOT = Path(__file__).parent.parent
_NUMBER = 4  # bytes
# By us or by a library, once it is needed.
_IMPORTED_LATE = (
    *("deepdiff", "httpcore", "anyio._backends._asyncio", "uvicorn.lifespan.off", "pydantic.type_adapter"),
    *("encodings.utf_8_sig", "encodings.idna"),
)
# A warning is an error there, also about a file that is opened in an encoding that depends on the machine.
STRICT = ("-W", "error", "-X", "warn_default_encoding")
_Request: TypeAlias = "tuple[str, list[str], str, dict[str, str], int]"


class Forked:
    """`python -m module` at work, `streams` being its standard ones. The names are subprocess.Popen's.

    Where `haste` is 10, it waits for a second where it would wait for ten.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        folder: Path,
        variables: Mapping[str, str],
        streams: tuple[int, int, int],
        haste: int = 1,
    ) -> None:
        request = json.dumps([module, list(arguments), str(folder), dict(variables), haste]).encode()
        self._status, status_there = os.pipe()
        socket.send_fds(_template(), [len(request).to_bytes(_NUMBER)], [*streams, status_there])
        _template().sendall(request)
        os.close(status_there)
        self.pid = self._told()
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("defacto-webhooks", timeout or 0)
            status = self._told()
            os.close(self._status)
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def _told(self) -> int:
        """A number from the process that watches it; no number, as 0, would stand for all of ours."""
        number = os.read(self._status, _NUMBER)
        if len(number) < _NUMBER:
            raise ChildProcessError("the process that forks was killed")
        return int.from_bytes(number)

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def folder_for_path() -> Path:
    """A folder that holds a `defacto-webhooks` of this kind, for as long as this process goes on."""
    folder = _folder()
    _template()
    return folder


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="forked-"))
    atexit.register(shutil.rmtree, folder)
    client = Path(__file__).with_name("forked_command.py")
    words = map(shlex.quote, (sys.executable, "-IS", str(client), str(folder / "socket")))
    (folder / "defacto-webhooks").write_text(f'#!/bin/sh\nexec {" ".join(words)} "$@"\n')
    (folder / "defacto-webhooks").chmod(0o700)
    return folder


@cache
def _template() -> socket.socket:
    """The way to the process that all others are forks of. It ends with this one."""
    here, there = socket.socketpair()
    with there, socket.socket(socket.AF_UNIX) as door:
        door.bind(str(_folder() / "socket"))
        door.listen()
        subprocess.Popen(
            [sys.executable, *STRICT, "-m", "tests.forking", str(there.fileno()), str(door.fileno())],
            cwd=_ROOT,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            pass_fds=[there.fileno(), door.fileno()],
        ).returncode = 0  # nobody waits for it
    atexit.register(here.close)
    return here


def serve(requests: socket.socket, door: socket.socket) -> None:
    """Fork for each of the requests until there are no more, and for whoever comes to the door with one."""
    for module in pkgutil.walk_packages(defacto_webhooks.__path__, "defacto_webhooks."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    for name in _IMPORTED_LATE:
        import_module(name)
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ends, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # as what is ignored wakes nobody
    told_to: dict[int, int] = {}  # whom to tell how a process ended
    callers: dict[socket.socket, int] = {}  # the process that each has at work
    while True:
        watched: list[socket.socket | int] = [requests, door, *callers, ends]
        ready = select.select(watched, [], [])[0]
        if ends in ready:
            os.read(ends, 4096)
            _tell_ends(told_to)
        for gone in [caller for caller in callers if caller in ready]:
            if (pid := callers.pop(gone)) in told_to:
                os.kill(pid, signal.SIGKILL)
            gone.close()
        if door in ready:
            way = door.accept()[0]
            callers[way] = _fork(way, [requests, door, way, *callers], [ends, wake], told_to)
        ours = [requests, door, *callers]
        if requests in ready and not _fork(requests, ours, [ends, wake], told_to):
            break
    for pid in told_to:  # of a test that failed
        os.kill(pid, signal.SIGKILL)


def _fork(way: socket.socket, sockets: list[socket.socket], pipes: list[int], told_to: dict[int, int]) -> int:
    """The process; 0 where there was no request. It has none of `sockets` and `pipes`."""
    head, descriptors, *_ = socket.recv_fds(way, _NUMBER, 4)
    request = b""
    while chunk := way.recv(int.from_bytes(head) - len(request)):
        request += chunk
    if not head or len(request) < int.from_bytes(head):
        return 0
    *streams, status = descriptors
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for ours in (*(one.detach() for one in sockets), *pipes, status, *told_to.values()):
            os.close(ours)
        _run(streams, json.loads(request))
    for stream in streams:
        os.close(stream)
    with suppress(BrokenPipeError):  # who asked was killed
        os.write(status, pid.to_bytes(_NUMBER))
    told_to[pid] = status
    return pid


def _tell_ends(told_to: dict[int, int]) -> None:
    while told_to:
        pid, how = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with suppress(BrokenPipeError):  # nobody wants to know any more
            os.write(told_to[pid], how.to_bytes(_NUMBER))
        os.close(told_to.pop(pid))


def _run(streams: list[int], request: _Request) -> None:
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        module, arguments, folder, variables, haste = request
        _hurry(haste)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variables)
        sys.stdin = os.fdopen(0, encoding="utf-8", errors="surrogateescape", closefd=False)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)
        sys.stderr = os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)
        sys.argv = ["defacto-webhooks", *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _hurry(haste: int) -> None:
    """Time passes `haste` times as fast for what sleeps, and for whatever an event loop waits for."""
    sleep = time.sleep

    class Selector(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            found: list[tuple[selectors.SelectorKey, int]] = super().select(timeout and timeout / haste)
            return found

    class Loop(asyncio.SelectorEventLoop):
        def __init__(self) -> None:
            super().__init__(Selector())

        def time(self) -> float:
            return super().time() * haste

    if haste > 1:
        time.sleep = lambda seconds: sleep(float(seconds) / haste)
        asyncio.events.new_event_loop = Loop


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as way_here, socket.socket(fileno=int(sys.argv[2])) as opened:
        serve(way_here, opened)
