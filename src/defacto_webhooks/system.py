"""Where operating systems differ. Everything else works on Linux, macOS and Windows as it is."""

from __future__ import annotations

import asyncio
import os
import select
import stat
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TextIO

if sys.platform != "win32":
    import resource


async def line_typed(stream: TextIO) -> str:
    """The next line of `stream`; empty at its end. The loop goes on meanwhile, and may end without it.

    In a thread, since a loop can't wait for a console on Windows.
    """
    loop = asyncio.get_running_loop()
    line = loop.create_future()

    def read() -> None:
        try:
            typed = stream.buffer.readline()
        except (OSError, ValueError):  # the terminal is gone, or closed
            typed = b""
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(take, typed.decode(errors="replace"))

    def take(typed: str) -> None:
        if not line.done():
            line.set_result(typed)

    threading.Thread(target=read, daemon=True).start()
    return str(await line)


def most_open_files() -> int | None:
    """How many files and connections this process may have open at once; None: there is no such limit."""
    limit = None
    if sys.platform != "win32":
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        limit = None if files == resource.RLIM_INFINITY else files
    return limit


def open_pipe(path: Path) -> int:
    """Opens what is not a regular file, for writing.

    Raises OSError, ENXIO for a pipe that nobody reads: waiting for a reader could take forever. (A path on
    Windows is never such a pipe.)
    """
    if sys.platform == "win32":
        handle = os.open(path, os.O_WRONLY)
    else:
        handle = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        os.set_blocking(handle, True)
    return handle


def takes_more(descriptor: int, patience_s: float) -> bool:
    """Whether somebody reads what is written there, or does so within `patience_s` seconds.

    Windows can't tell, and says yes.
    """
    takes = True
    if sys.platform != "win32":
        takes = bool(select.select([], [descriptor], [], patience_s)[1])
    return takes


def keep_access(handle: int, there: os.stat_result) -> None:
    """Let the same users read the open file as the one that was `there`, less a group that can't be kept.

    Only root can keep another owner. On Windows the folder decides.
    """
    if sys.platform != "win32":
        mode = stat.S_IMODE(there.st_mode)
        with suppress(OSError):
            os.fchown(handle, there.st_uid, -1)
        try:
            os.fchown(handle, -1, there.st_gid)
        except OSError:
            mode &= ~stat.S_IRWXG
        os.fchmod(handle, mode)
