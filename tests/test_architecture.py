"""The house from its imports: a room uses only rooms above it, and no files import each other in a circle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import defacto_webhooks
from defacto_webhooks.ci.providers import PROVIDERS
from defacto_webhooks.render import FORMATS
from defacto_webhooks.sinks import DESTINATIONS

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
    "notification",
    "invoice",
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


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def imported_by(path: Path) -> Iterable[str]:
    """Every module that the file imports, also inside of functions: ours as modules, others by their top."""
    for node in nodes(path):
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
    made = {
        node.func.attr
        for node in nodes(MODULES[module])
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


@pytest.mark.parametrize("module", sorted(MODULES))
def test_an_import_inside_a_function_has_its_reason_beside_it(module: str) -> None:
    lines = MODULES[module].read_text().splitlines()
    for function in nodes(MODULES[module]):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    beside = lines[max(0, node.lineno - 5) : node.end_lineno]
                    assert any("# " in line for line in beside), lines[node.lineno - 1]


CONTRIBUTING = (PACKAGE.parent.parent / "CONTRIBUTING.md").read_text()
CHANGES = dict(
    re.findall(
        r"^\| ([a-z][^|]*) \| (.*) \|$",
        CONTRIBUTING.partition("## Where do I change")[2].partition("## How we write")[0],
        re.MULTILINE,
    )
)
WHERE = {  # what each change goes through, so that its row can't leave it out
    "add a command": {"cli/NAME.py", "cli/app.py"},
    "add a guard": {"plan/guards.py"},
    "add a diagnostic": {"diagnostics.py", "config/checks.py", "docs/diagnostics.md"},
    "call another endpoint of Defacto": {"api/client.py", "api/wire.py", "local_api/endpoints.py"},
    "add an output format": {"render/", "render/__init__.py"},
    "add a field to a subscription": {
        "subscription.py",
        "config/schema.py",
        "api/wire.py",
        "local_api/schemas.py",
        "docs/file.md",
    },
    "support another CI provider": {"ci/", "ci/providers.py"},
    "change when a request is sent again": {"api/retry.py", "api/sending.py"},
    "update the event types": {"events.py", "tests/reference/"},
    "send notifications somewhere else": {"sinks/", "sinks/__init__.py"},
}


def test_contributing_lists_the_rooms_in_this_order() -> None:
    assert tuple(re.findall(r"^\| `(\w+)(?:/|\.py)` \|", CONTRIBUTING, re.MULTILINE)) == ROOMS


@pytest.mark.parametrize("change", WHERE)
def test_contributing_says_where_each_change_goes(change: str) -> None:
    assert WHERE[change] <= set(re.findall(r"`([^`]+)`", CHANGES[change]))


@pytest.mark.parametrize("change", CHANGES)
def test_contributing_names_what_exists(change: str) -> None:
    def place(name: str) -> Path:
        found = [path for path in (PACKAGE / name, PACKAGE.parent.parent / name) if path.exists()]
        assert found, name
        return found[0]

    row = CHANGES[change]
    for name in re.findall(r"`([a-z_]+(?:/[a-z_]*)*(?:\.py|\.md|/))`", row):
        place(name)
    for name, file in re.findall(r"`([A-Z_]+)` of `([^`]+)`", row):
        assert re.search(rf"^{name}\b", place(file).read_text(), re.MULTILINE), name


def test_a_registry_is_read_by_somebody_and_lists_every_module() -> None:
    """A renderer, a destination or a provider that no registry has would be written for nothing."""
    assert {path.stem for path in (PACKAGE / "ci").glob("*/") if (path / "provider.py").exists()} == {
        provider.name for provider in PROVIDERS
    }
    for room, mark, known in (
        ("render", r"^FORMAT: Final", FORMATS.values()),
        ("sinks", r"^class \w+\(Forwarder\[", DESTINATIONS),
    ):
        files = (PACKAGE / room).rglob("*.py")
        having = [path for path in files if re.search(mark, path.read_text(), re.MULTILINE)]
        assert len(having) == len(known)
