"""The house from its imports: a room uses only rooms above it, and no files import each other in a circle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import defacto_webhooks

PACKAGE = Path(defacto_webhooks.__file__).parent
# From the ground up. CONTRIBUTING.md says what is in each.
ROOMS = (
    "_version",
    "errors",
    "phrases",
    "system",
    "redaction",
    "hosts",
    "globs",
    "events",
    "settings",
    "subscription",
    "invoice",
    "notification",
    "diagnostics",
    "config",
    "plan",
    "transport",
    "probe",
    "api",
    "apply",
    "local_server",
    "local_api",
    "inbox",
    "sandbox",
    "render",
    "sinks",
    "adopt",
    "signals",
    "session",
    "library",
    "ci",
    "cli",
)
# So that a mistake of the client can't hide behind the same mistake in its own server.
SERVERS = {"local_server", "local_api", "inbox", "sandbox"}
SERVERS_MAY_USE = SERVERS | {
    "_version",
    "errors",
    "phrases",
    "system",
    "redaction",
    "hosts",
    "events",
    "notification",
    "transport",
}
PURE = {
    "adopt",
    "diagnostics",
    "events",
    "globs",
    "hosts",
    "invoice",
    "notification",
    "phrases",
    "plan",
    "redaction",
    "render",
    "settings",
    "subscription",
}
IMPURE_MODULES = {
    "asyncio",
    "httpx",
    "os",
    "pathlib",
    "random",
    "socket",
    "sqlite3",
    "subprocess",
    "sys",
    "time",
}


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in PACKAGE.rglob("*.py")}


def imported_by(path: Path) -> Iterable[str]:
    """Every module that the file imports, also inside of functions: ours as modules, others by their top."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in MODULES else str(node.module)


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def files_of(room: str) -> list[Path]:
    return [path for module, path in MODULES.items() if room_of(module) == room]


def used_rooms(room: str) -> set[str]:
    names = {name for path in files_of(room) for name in imported_by(path) if name in MODULES}
    return {room_of(name) for name in names} - {room}


def test_every_room_has_its_place() -> None:
    assert {room_of(module) for module in MODULES} == {*ROOMS, "__init__", "__main__"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_rooms_above_it(room: str) -> None:
    assert used_rooms(room) <= set(ROOMS[: ROOMS.index(room)])


@pytest.mark.parametrize("room", sorted(SERVERS))
def test_the_servers_share_nothing_that_could_hide_a_mistake_of_the_client(room: str) -> None:
    assert used_rooms(room) <= SERVERS_MAY_USE


@pytest.mark.parametrize("room", sorted(PURE))
def test_pure_rooms_touch_nothing_outside(room: str) -> None:
    found = {name.split(".")[0] for path in files_of(room) for name in imported_by(path)} & IMPURE_MODULES
    assert not found


@pytest.mark.parametrize("module", ["ci.review", "ci.report", "ci.github.event"])
def test_what_ci_decides_and_says_touches_nothing_outside(module: str) -> None:
    assert (
        not {name.split(".")[0] for name in imported_by(MODULES[f"defacto_webhooks.{module}"])}
        & IMPURE_MODULES
    )


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"defacto_webhooks.transport.clients"}))
def test_only_the_room_of_the_way_out_makes_http_clients(module: str) -> None:
    """Any other would heed proxies and certificates of the environment in a way of its own."""
    tree = ast.parse(MODULES[module].read_text())
    made = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "httpx"
    }
    allowed = {"ASGITransport", "Limits", "Proxy", "Request", "Timeout", "URL", "create_ssl_context"}
    assert made <= allowed
    assert not {"urllib.request", "http.client", "requests"} & set(imported_by(MODULES[module]))


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {
        module: {name for name in imported_by(path) if name in MODULES and name != module}
        for module, path in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))


def test_contributing_lists_the_rooms_in_this_order_and_names_files_that_exist() -> None:
    text = (PACKAGE.parent.parent / "CONTRIBUTING.md").read_text()
    rooms = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", text, re.MULTILINE)
    assert tuple(rooms) == ROOMS
    changes = text.partition("## Where do I change")[2].partition("## How we write")[0]
    for name in re.findall(r"`([a-z_]+(?:/[a-z_]*)*(?:\.py|/))`", changes):
        assert (PACKAGE / name).exists() or (PACKAGE.parent.parent / name).exists(), name
