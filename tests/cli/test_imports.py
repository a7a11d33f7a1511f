"""What a command imports is most of what a short one costs. Speed itself is measured in benchmarks/."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from defacto_webhooks.cli.app import group
from tests.faulty_server import FaultyServer
from tests.process import environment

PROGRAM = """
import sys
from defacto_webhooks.cli import run
code = run(sys.argv[1:])
print(*sys.modules, file=sys.stderr)
sys.exit(code)
"""
FILE = """\
version: 1
webhooks: []
"""
SANDBOX = {"starlette", "uvicorn", "sqlite3", "defacto_webhooks.local_api", "defacto_webhooks.sinks"}
NETWORK = {"httpx", "defacto_webhooks.api"}
FILES = {"yaml", "pydantic_core", "defacto_webhooks.config"}


def imported(folder: Path, arguments: list[str], server: FaultyServer | None = None) -> set[str]:
    """The modules that a run of the command leaves behind."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=folder,
        env=environment(server),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_click_and_nothing_of_the_commands(tmp_path: Path, arguments: list[str]) -> None:
    modules = imported(tmp_path, arguments)
    assert not modules & (SANDBOX | NETWORK | FILES)
    assert not modules & {f"defacto_webhooks.cli.{command}" for command in group.commands}


def test_validate_has_no_network(tmp_path: Path) -> None:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    assert not imported(tmp_path, ["validate"]) & (SANDBOX | NETWORK)


def test_a_plan_without_changes_needs_neither_deepdiff_nor_the_local_api(
    tmp_path: Path, server: FaultyServer
) -> None:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    assert not imported(tmp_path, ["plan"], server) & (SANDBOX | {"deepdiff"})
