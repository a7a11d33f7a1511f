"""Finds and reads the files of `-c`: folders, links, sizes, encodings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from defacto_webhooks.diagnostics import Code, Diagnostic, Span, finding
from defacto_webhooks.errors import UserError

MAX_BYTES: Final = 10 * 1024 * 1024
_ENDINGS: Final = {".yaml", ".yml"}
# U+FDD0 to U+FDEF are never text; document.py gives three of them a meaning.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]")


def files(paths: Sequence[Path]) -> Iterable[Path]:
    """The files among `paths`, and those in the folders among them, each once. Raises UserError.

    In a folder, whatever has the right ending is read or is an error, since what is left out would be
    deleted; only hidden files are not meant.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _in_folder(path) if path.is_dir() else [path]:
            if file.absolute() not in seen:
                seen.add(file.absolute())
                yield file


def _in_folder(folder: Path) -> Iterable[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise _unreadable(folder, error) from None
    found = [path for path in inside if path.suffix.lower() in _ENDINGS and not path.name.startswith(".")]
    if not found:
        raise UserError(f"{folder} has no .yaml file", "name a file or another folder with -c")
    for path in found:
        if path.exists() and not path.is_file():
            raise UserError(f"{path} is not a file", "rename it, or move it out of the folder")
    return found


def read_bytes(path: Path) -> bytes:
    """What is in the file. Raises UserError, also where that is more than `MAX_BYTES`."""
    try:
        size = path.stat().st_size  # a device says 0
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if len(raw) > MAX_BYTES:
        has = f"{size:,} bytes" if size > MAX_BYTES else "too many bytes"
        raise UserError(f"{path} has {has}; the limit is {MAX_BYTES:,}", "split it")
    return raw


def _unreadable(path: Path, error: OSError | ValueError) -> UserError:
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return UserError(f"{path} is a link to a file that does not exist", "fix the link, or delete it")
    if isinstance(error, FileNotFoundError):
        return UserError(
            f"{path} does not exist",
            "choose another file with -c, or create one with `defacto-webhooks init`",
        )
    why = (getattr(error, "strerror", None) or "not a file name").lower()
    return UserError(f"{path} can't be read: {why}", "check its name and its permissions")


def decode(raw: bytes, file: str) -> tuple[str, list[Diagnostic]]:
    """The text of a file; what is not UTF-8 or holds control characters is a finding, without a text."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:2]:
        encoding = "UTF-32" if b"\0\0" in raw[:4] else "UTF-16"
        message = f"the file is {encoding}"
        return "", [finding(Code.YAML_SYNTAX, Span(file, 1, 1), message, "save it as UTF-8")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        return "", [_at_the_end(before, file, "this is not UTF-8", "save it as UTF-8")]
    control = _CONTROL.search(text)
    if control:
        message = f"a control character (U+{ord(control[0]):04X})"
        return "", [_at_the_end(text[: control.start()], file, message, "delete it")]
    return text, []


def _at_the_end(before: str, file: str, message: str, hint: str) -> Diagnostic:
    *lines, last = re.split(r"\r\n?|\n", before)
    return finding(Code.YAML_SYNTAX, Span(file, len(lines) + 1, len(last) + 1), message, hint)
