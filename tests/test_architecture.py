"""A room imports only rooms above it. Read from the source, imports for type checking included."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import defacto_webhooks

if TYPE_CHECKING:
    from collections.abc import Iterable

PACKAGE = Path(defacto_webhooks.__file__).parent
ROOMS = (
    "errors",
    "secrets",
    "events",
    "globs",
    "hosts",
    "fields",
    "models",
    "diagnostics",
    "config",
    "plan",
    "guards",
    "probe",
    "api",
    "apply",
    "render",
    "slack",
)
SANDBOX_MAY_USE = {"errors", "secrets", "events", "models"}
PURE = {"plan", "guards", "render", "secrets", "events", "globs", "hosts", "fields", "models", "diagnostics"}
IMPURE_MODULES = {
    "os",
    "sys",
    "time",
    "random",
    "socket",
    "subprocess",
    "pathlib",
    "httpx",
    "asyncio",
    "sqlite3",
}


def rooms() -> list[str]:
    return sorted({path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")})


def imports_of(room: str) -> Iterable[tuple[Path, str]]:
    """Every module that the files of `room` import, by its full name."""
    files = [PACKAGE / f"{room}.py"] if (PACKAGE / f"{room}.py").exists() else (PACKAGE / room).rglob("*.py")
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield path, alias.name
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: relative imports hide the direction"
                for alias in node.names:
                    yield path, f"{node.module}.{alias.name}"


def used_rooms(room: str) -> set[str]:
    prefix = "defacto_webhooks."
    names = {name for _, name in imports_of(room) if name.startswith(prefix)}
    return {name.removeprefix(prefix).split(".")[0] for name in names} - {room, "__version__"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_rooms_above_it(room: str) -> None:
    assert used_rooms(room) <= set(ROOMS[: ROOMS.index(room)])


def test_every_room_has_its_place() -> None:
    assert set(rooms()) - set(ROOMS) == {"__init__", "__main__", "action", "cli", "library", "sandbox"}


@pytest.mark.parametrize("room", sorted({*rooms()} - {"action"}))
def test_nothing_knows_the_github_action(room: str) -> None:
    assert "action" not in used_rooms(room)


def test_the_sandbox_shares_nothing_that_could_hide_a_mistake_of_the_client() -> None:
    assert used_rooms("sandbox") <= SANDBOX_MAY_USE


@pytest.mark.parametrize("room", sorted(PURE))
def test_pure_rooms_touch_nothing_outside(room: str) -> None:
    found = {name.split(".")[0] for _, name in imports_of(room)} & IMPURE_MODULES
    assert not found
