"""A console for commands that serve: nobody who reads what it prints can hold them up."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import IO, Final

from defacto_webhooks.cli.console import Console, encoded
from defacto_webhooks.phrases import plural

_PATIENCE_S: Final = 2.0  # at the end, with a reader who is late
_MOST_BYTES: Final = 4_000_000  # that wait for the reader; after them, lines are lost and counted


class BackgroundConsole(Console):
    """What can't be printed, as its reader stopped, is lost and counted. `close` it at the end."""

    def __init__(self, color: str = "auto") -> None:
        super().__init__(color)
        self._writers: dict[IO[str], BackgroundWriter] = {
            stream: BackgroundWriter(stream.fileno(), lost=self._lost, failed=self._failed)
            for stream in (sys.stdout, sys.stderr)
            if stream is not None
        }

    def close(self) -> None:
        """Waits a moment for the reader of what is not printed yet."""
        for writer in self._writers.values():
            lost = writer.close(_PATIENCE_S)
            if lost:
                self._lost(lost)

    def _write(self, text: str, stream: IO[str]) -> None:
        self._writers[stream].write(encoded(f"{text}\n", stream))

    def _lost(self, lines: int) -> None:
        self.note(f"{plural(lines, 'line')} not printed: nobody was reading.")

    def _failed(self, error: OSError) -> None:
        self.note(f"Printing has stopped: {(error.strerror or 'error').lower()}.")


class BackgroundWriter:
    """Writes to the file `descriptor`, in a thread of its own.

    That calls `lost` with how many lines were lost once the reader has caught up; `failed` with why nothing
    can be written any more, unless the reader just left.
    It writes past Python's buffers: who flushes those at the end would wait for the reader again.
    """

    def __init__(
        self, descriptor: int, *, lost: Callable[[int], None], failed: Callable[[OSError], None]
    ) -> None:
        self._descriptor = descriptor
        self._lost = lost
        self._failed = failed
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._dropped = 0
        self._changed = threading.Condition()
        self._is_closed = False
        self._is_broken = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, line: bytes) -> None:
        """Takes `line` for writing; never waits."""
        with self._changed:
            if self._is_broken:
                return
            if self._bytes + len(line) > _MOST_BYTES:
                self._dropped += 1
                return
            self._waiting.append(line)
            self._bytes += len(line)
            self._changed.notify()

    def close(self, patience_s: float) -> int:
        """Waits up to `patience_s` seconds for the rest to be read; how many lines were lost."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(patience_s)
        with self._changed:
            return 0 if self._is_broken else len(self._waiting) + self._dropped

    def _run(self) -> None:
        try:
            while (line := self._next()) is not None:
                self._write(line)
                with self._changed:
                    self._waiting.popleft()
                    self._bytes -= len(line)
                    dropped = 0 if self._waiting else self._dropped
                    self._dropped -= dropped
                if dropped:
                    self._lost(dropped)
        except OSError as error:
            with self._changed:
                self._is_broken = True
            if not isinstance(error, BrokenPipeError):  # else who read it has seen enough (`| head`)
                self._failed(error)

    def _next(self) -> bytes | None:
        """The first line that waits, which stays there until it is written; None: nothing more will come."""
        with self._changed:
            while not self._waiting and not self._is_closed:
                self._changed.wait()
            return self._waiting[0] if self._waiting else None

    def _write(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:  # somebody who shares the file made it so
                select.select([], [self._descriptor], [])
