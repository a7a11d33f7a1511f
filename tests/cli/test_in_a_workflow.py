"""In a GitHub workflow: annotations, groups, and nothing foreign that the runner takes for a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ci.runner import commands
from tests.faulty_server import FaultyServer, stored
from tests.process import run

URL = "https://hooks.example.com/defacto"
ODD = "a\n::error::pwn ##[set-output name=x]pwn"
FILE = f"""\
version: 1
webhooks:
- {{name: a, to_url: '{URL}', event_types: [Loan.CLOSED]}}
- {{name: b, to_url: '{URL}', event_types: [Loan.CLOSED]}}
"""


@pytest.fixture
def folder(tmp_path: Path, server: FaultyServer) -> Path:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    types = [f"::error::pwn{n}.{'X' * 30}" for n in range(9)]  # long enough that a line begins with one
    server.reset([stored("1", ODD, URL, *types), stored("2", "c", URL, "Loan.CLOSED")])
    return tmp_path


@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
@pytest.mark.parametrize("command", [["plan"], ["apply", "-y", "--allow", "delete-all"]])
def test_commands_are_ours(server: FaultyServer, folder: Path, command: list[str], format_: str) -> None:
    ended = run([*command, "--format", format_], folder, server, GITHUB_ACTIONS="true")
    assert ended.code == 0
    assert commands(ended.out) == []
    told = commands(ended.err)
    assert ("warning", " file=webhooks.yaml,line=4") in [
        (name, rest.rsplit(",col")[0]) for name, rest in told
    ]
    groups = [name for name, _ in told if "group" in name]
    assert groups == (["group", "endgroup"] if command[0] == "apply" else [])
    assert "pwn" not in "".join(rest for _, rest in told)


def test_json_is_the_same_document(server: FaultyServer, folder: Path) -> None:
    arguments = ["plan", "--format", "json"]
    here = run(arguments, folder, server, GITHUB_ACTIONS="true")
    assert json.loads(here.out) == json.loads(run(arguments, folder, server).out)
    assert ODD in {change["name"] for change in json.loads(here.out)["changes"]}


def test_nothing_of_that_elsewhere(server: FaultyServer, folder: Path) -> None:
    ended = run(["apply", "-y", "--allow", "delete-all"], folder, server)
    assert ended.code == 0
    assert not {name for name, _ in commands(ended.both)} & {"group", "endgroup", "warning"}
