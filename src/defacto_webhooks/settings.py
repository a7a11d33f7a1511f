"""The `settings` of the file as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class UpdateMode(StrEnum):
    """How a subscription that differs is brought in line."""

    REPLACE = "replace"
    PATCH = "patch"


@dataclass(frozen=True, slots=True)
class Settings:
    """The `settings` of the file, with the contract's defaults."""

    prune: bool = True
    name_prefix: str = ""
    ignore: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    update: UpdateMode = UpdateMode.REPLACE
    max_delete_percent: int = 30
    extra_event_types: tuple[str, ...] = ()
