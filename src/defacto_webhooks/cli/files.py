"""Writing a file so that the old one stays where the new one can't be completed."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from defacto_webhooks.errors import UserError
from defacto_webhooks.system import open_pipe


def write_new(path: Path, text: str, mode: int = 0o644) -> None:
    """As `write_whole`, where nothing is yet: nobody's file is written over, not even in a race."""
    is_other = path.exists() and not path.is_file()
    if not is_other:
        try:  # an empty file takes the place; a plan for it is an error, whatever happens now
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        except FileExistsError:
            raise already_there(path) from None
        except OSError as error:
            raise _not_written(path, error, "fix that, or choose another file") from None
    try:
        write_whole(path, text, mode)
    except UserError:
        if not is_other:
            with suppress(OSError):
                path.unlink()
        raise


def already_there(path: Path) -> UserError:
    """Why `write_new` refuses."""
    return UserError(f"{path} already exists", "name another file, or move it away")


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write `text` to `path` in one go: a reader sees the old content or the new. Raises UserError.

    What is no file, as `/dev/stdout`, is written to and not put another in the place of.
    """
    temporary = None
    try:
        if path.exists() and not path.is_file():
            with os.fdopen(open_pipe(path), "w", encoding="utf-8") as other:
                other.write(text)
            return
        path = path.resolve()  # through a link, not in its place
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                Path(temporary).unlink()
        raise _not_written(path, error, "what was there before is unchanged") from None


def _not_written(path: Path, error: OSError, hint: str) -> UserError:
    why = (error.strerror or "it can't be written").lower()
    if error.errno == errno.ENXIO:
        why = "nobody reads this pipe"
    return UserError(f"{path} was not written: {why}", hint)
