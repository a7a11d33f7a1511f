"""Globs on names, as `ignore`, `protect` or `--target` takes them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether `name` matches one of the case-sensitive `globs`."""
    return any(fnmatchcase(name, glob) for glob in globs)
