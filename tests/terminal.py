"""A command on a real terminal (a pty), with an answer typed to its question."""

from __future__ import annotations

import os
import pty
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

QUESTION = "Only `yes` is accepted:"


def answer(
    command: Sequence[str],
    folder: Path,
    variables: Mapping[str, str],
    typed: bytes,
    question: str = QUESTION,
) -> tuple[int, str]:
    """The exit code of `command` and what the terminal showed, `typed` once the `question` is there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**variables, "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(theirs)
    shown = b""
    try:
        while question.encode() not in shown and (chunk := _read(ours)):
            shown += chunk
        time.sleep(0.1)
        os.write(ours, typed)
        while chunk := _read(ours):
            shown += chunk
        return process.wait(30), shown.decode().replace("\r\n", "\n")
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""
