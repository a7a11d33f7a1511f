"""A command that serves, as a process: started, read line by line, and ended."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import IO

from tests.process import COMMAND, environment


@dataclass
class Serving:
    """The process. `out` and `err` hold its lines so far."""

    process: subprocess.Popen[str]
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    url: str = ""
    code: int | None = None
    _news: Queue[None] = field(default_factory=Queue)
    _readers: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            assert stream is not None
            self._readers.append(threading.Thread(target=self._read, args=(stream, lines)))
            self._readers[-1].start()

    def _read(self, stream: IO[str], lines: list[str]) -> None:
        with stream:
            for line in stream:
                lines.append(line.rstrip("\n"))
                self._news.put(None)

    def wait_for(self, pattern: str, lines: list[str]) -> re.Match[str]:
        """The first match of `pattern` in a line of `lines`."""
        while True:
            for line in list(lines):
                match = re.search(pattern, line)
                if match:
                    return match
            self._news.get(timeout=20)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Sends the signal; the exit code."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        self.code = self.process.wait(20)
        for reader in self._readers:
            reader.join()
        assert not any("Traceback" in line for line in self.err), self.err
        return self.code


def started(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Serving:
    """`command`, being read from now on."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    it = Serving(process)
    it.begin()
    return it


@contextmanager
def serving(folder: Path, *arguments: str, port: int | None = 0, **variables: str) -> Iterator[Serving]:
    """The command with `arguments`, once it says where it listens."""
    port_option = [] if port is None else ["--port", str(port)]
    it = started([COMMAND, *arguments, *port_option], folder, environment(None, **variables))
    try:
        where = it.err if arguments[0] == "listen" else it.out
        it.url = it.wait_for(r"http://127\.0\.0\.1:[0-9]+", where)[0]
        yield it
    finally:
        if it.process.poll() is None:
            it.process.kill()
        it.ended()
