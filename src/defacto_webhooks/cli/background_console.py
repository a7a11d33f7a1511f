"""A console for commands that serve: nobody who reads what it prints can hold them up."""

from __future__ import annotations

import sys
from typing import IO, Final

from defacto_webhooks.cli.background_writer import BackgroundWriter
from defacto_webhooks.cli.console import Console, encoded
from defacto_webhooks.phrases import plural

_PATIENCE_S: Final = 2.0  # at the end, with a reader who is late


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
