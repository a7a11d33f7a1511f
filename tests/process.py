"""The command as a process, with nothing of this machine's environment but the path."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from defacto_webhooks.local_api import EMBEDDED_KEY
from tests.faulty_server import FaultyServer
from tests.forking import Forked, folder_for_path

CHECKED: Counter[str] = Counter()  # how much output was looked through for secrets
COMMAND = str(Path(sys.executable).with_name("defacto-webhooks"))
_PATIENCE_S = 60


@dataclass(frozen=True)
class Ended:
    """How a process ended, and all that it printed."""

    code: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.out + self.err


def _ended(code: int, out: str, err: str, key: str) -> Ended:
    """No traceback and no API key, ever, in anything that is printed."""
    CHECKED["bytes"] += len(out) + len(err)
    assert "Traceback" not in err, err
    assert len(key) < 8 or key == EMBEDDED_KEY or key not in out + err  # which is no secret
    return Ended(code, out, err)


class Running:
    """The command at work. `out` and `err` hold its lines so far, `url` where it says that it listens."""

    def __init__(
        self, process: subprocess.Popen[bytes] | Forked, streams: tuple[int, int], key: str = ""
    ) -> None:
        """`streams` are read to their end, and closed."""
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        self.url = ""
        self._key = key
        self._texts: tuple[list[str], list[str]] = ([], [])
        self._news: Queue[None] = Queue()
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines, text))
            for stream, lines, text in zip(streams, (self.out, self.err), self._texts, strict=True)
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: int, lines: list[str], text: list[str]) -> None:
        with os.fdopen(stream, encoding="utf-8") as it:
            for line in it:
                text.append(line)
                lines.append(line.rstrip("\n"))
                self._news.put(None)

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_for(self, pattern: str, lines: list[str]) -> re.Match[str]:
        """The first match of `pattern` in a line of `lines`."""
        while True:
            for line in list(lines):
                match = re.search(pattern, line)
                if match:
                    return match
            self._news.get(timeout=_PATIENCE_S)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Sends the signal; the exit code."""
        self.send(number)
        return self.ended().code

    def ended(self) -> Ended:
        """Waits for the end."""
        try:
            code = self.process.wait(_PATIENCE_S)
        finally:
            self.process.kill()
        for reader in self._readers:
            reader.join()
        out, err = ("".join(text) for text in self._texts)
        return _ended(code, out, err, self._key)


def environment(server: FaultyServer | None = None, **more: str) -> dict[str, str]:
    account = {"DEFACTO_API_URL": server.url, "DEFACTO_API_KEY": server.key} if server else {}
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **account, **more}


def installed(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], stdin: int = subprocess.DEVNULL
) -> Running:
    """Another command, or ours in the way that is installed."""
    with _pipes() as (out, err, out_there, err_there):
        process = subprocess.Popen(
            command, cwd=folder, env=dict(variables), stdin=stdin, stdout=out_there, stderr=err_there
        )
        return Running(process, (out, err), variables.get("DEFACTO_API_KEY", ""))


@contextmanager
def _pipes() -> Iterator[tuple[int, int, int, int]]:
    """Two to read from, and their other ends, which are closed here in the end."""
    out, out_there = os.pipe()
    err, err_there = os.pipe()
    try:
        yield out, err, out_there, err_there
    finally:
        os.close(out_there)
        os.close(err_there)


def start(
    arguments: Sequence[str],
    folder: Path,
    server: FaultyServer | None = None,
    haste: int = 1,
    *,
    stdin: str = "",
    **more: str,
) -> Running:
    """The command with these arguments, being read from now on; `haste` as for `Forked`."""
    variables = environment(server, **more)
    with tempfile.TemporaryFile() as typed:
        typed.write(stdin.encode())
        typed.seek(0)
        if any(name.startswith(("LANG", "LC_", "PYTHON")) for name in more):  # Python reads them as it starts
            return installed([COMMAND, *arguments], folder, variables, typed.fileno())
        with _pipes() as (out, err, out_there, err_there):
            streams = (typed.fileno(), out_there, err_there)
            forked = Forked("defacto_webhooks", arguments, folder, variables, streams, haste)
            return Running(forked, (out, err), variables.get("DEFACTO_API_KEY", ""))


def run(
    arguments: Sequence[str],
    folder: Path,
    server: FaultyServer | None = None,
    *,
    stdin: str = "",
    **variables: str,
) -> Ended:
    """Run it to its end. Against our server, what it waits for on the way takes a tenth of the time."""
    return start(arguments, folder, server, 10 if server else 1, stdin=stdin, **variables).ended()


def shell(script: str, folder: Path, server: FaultyServer | None = None, *, is_forked: bool = False) -> Ended:
    """A bash script; `$0` is the command, as it is installed or as tests/forking.py has it."""
    command = str(folder_for_path() / "defacto-webhooks") if is_forked else COMMAND
    return installed(["bash", "-c", script, command], folder, environment(server)).ended()


@contextmanager
def serving(folder: Path, *arguments: str, port: int | None = 0, **variables: str) -> Iterator[Running]:
    """The command with `arguments`, once it says where it listens."""
    port_option = [] if port is None else ["--port", str(port)]
    it = start([*arguments, *port_option], folder, None, 1, **variables)
    try:
        where = it.err if arguments[0] == "listen" else it.out
        it.url = it.wait_for(r"http://127\.0\.0\.1:[0-9]+", where)[0]
        yield it
    finally:
        it.process.kill()
        it.ended()
