"""Writing a file so that the old one stays where the new one can't be completed."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from defacto_webhooks.errors import UserError
from defacto_webhooks.system import keep_access, open_pipe


def write_new(path: Path, text: str, *, private: bool = False) -> None:
    """Write `text` to `path`, where nothing is yet, or an empty file. Raises UserError.

    Nobody's file is overwritten, no link is followed, and an empty file is made anew. The umask decides who
    may read it; with `private`, only its owner may. The text is in no other file meanwhile: a killed command
    would leave one behind that no .gitignore lists.
    """
    if path.exists() and not path.is_file():
        write_whole(path, text)
        return
    mode = 0o600 if private else 0o666
    hint = "fix that, or choose another file"
    try:
        if path.exists() and not is_used(path):  # empty, but perhaps somebody else's, or open already
            mode &= path.stat().st_mode
            path.unlink()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise already_there(path) from None
    except OSError as error:
        raise not_written(path, error, hint) from None
    try:
        _fill(handle, text)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise not_written(path, error, hint) from None


def is_used(path: Path) -> bool:
    """Whether there is something at `path` that could be lost, or that leads elsewhere."""
    return path.is_symlink() or (path.exists() and not (path.is_file() and path.stat().st_size == 0))


def already_there(path: Path) -> UserError:
    """Why `write_new` refuses."""
    return UserError(f"{path} already exists", "name another file, or move it away")


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path` in one go: a reader sees the old content or the new. Raises UserError.

    The umask decides who may read it, or the file that was there. What isn't a regular file, like a
    pipe, is written to and not replaced.
    """
    temporary = None
    try:
        if path.exists() and not path.is_file():
            with os.fdopen(open_pipe(path), "w", encoding="utf-8") as other:
                other.write(text)
            return
        path = Path(os.path.realpath(path))  # through a link, not in its place
        if path.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        there = path.stat() if path.exists() else None
        temporary = path.with_name(f".{path.name}.{token_hex(4)}")
        mode = 0o666 if there is None else 0o600
        _fill(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), text, there)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        raise not_written(path, error, "what was there before is unchanged") from None


def _fill(handle: int, text: str, there: os.stat_result | None = None) -> None:
    """Write `text` so that it survives a crash of the machine, and close. Raises OSError.

    Whoever may read the file that was `there` may read this one.
    """
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        if there is not None:
            keep_access(file.fileno(), there)
        os.fsync(file.fileno())


def not_written(path: Path, error: OSError, hint: str = "") -> UserError:
    """Why nothing is at `path`, or what was there before."""
    why = (error.strerror or "it can't be written").lower()
    if error.errno == errno.ENXIO:
        why = "nothing is reading from this pipe"
    return UserError(f"{path} was not written: {why}", hint)
