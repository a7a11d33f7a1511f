"""Closed streams, full disks, odd paths, missing packages: one message each, and the exit code is true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.files import write_whole
from defacto_webhooks.errors import UserError
from tests.process import run, shell

FILE = """\
version: 1
environments: {local: {api_url: embedded}}
webhooks:
- {name: a, to_url: 'https://hooks.example.com/x', event_types: ['Loan.*']}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    return tmp_path


@pytest.mark.parametrize("command", ["--help", "plan", "list", "events", "schema", "validate"])
def test_a_closed_standard_output_is_one_message(folder: Path, command: str) -> None:
    ended = shell(f'"$0" {command} >&-', folder)
    assert "bug in defacto-webhooks" not in ended.err
    if command not in {"--help", "validate"}:  # click prints no help then; validate may have no result
        assert ended.code == 1
        assert "standard output is closed" in ended.err


@pytest.mark.parametrize("command", ["--help", "plan --help", "events", "plan"])
def test_a_full_disk_behind_standard_output(folder: Path, command: str) -> None:
    ended = shell(f'"$0" {command} > /dev/full', folder)
    assert ended.code == 1
    assert "no space left" in ended.err
    assert "bug in defacto-webhooks" not in ended.err


def test_a_closed_standard_error_puts_nothing_on_standard_output(folder: Path) -> None:
    ended = shell('"$0" plan --format json -c nowhere.yaml 2>&-', folder)
    assert ended.code == 1
    assert json.loads(ended.out)["error"]["message"] == "nowhere.yaml does not exist"
    ended = shell('"$0" apply -y --format json 2>&-', folder)
    assert ended.code == 0
    assert json.loads(ended.out)["verified"] is True


def test_a_closed_standard_input_is_no_terminal(folder: Path) -> None:
    ended = shell('"$0" apply <&-', folder)
    assert ended.code == 1
    assert "there is no terminal to ask on" in ended.err


def test_the_folder_is_gone(tmp_path: Path) -> None:
    ended = shell('mkdir gone && cd gone && rmdir ../gone && "$0" plan', tmp_path)
    assert ended.code == 1
    assert "bug in defacto-webhooks" not in ended.err


def test_the_place_of_the_local_account_is_taken(folder: Path) -> None:
    (folder / ".defacto-webhooks").write_text("")
    ended = run(["plan"], folder)
    assert ended.code == 1
    assert "local database" in ended.err


@pytest.mark.parametrize("command", [["plan"], ["apply", "-y"]])
def test_a_local_account_that_is_damaged_is_one_message(folder: Path, command: list[str]) -> None:
    assert run(["apply", "-y"], folder).code == 0
    with (folder / ".defacto-webhooks" / "local.db").open("r+b") as db:
        db.seek(4096)
        db.write(b"Z" * 4096)
    ended = run(command, folder)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        "Error: .defacto-webhooks/local.db is damaged\n  choose another file, or delete this one\n"
    )


@pytest.fixture
def without(folder: Path) -> str:
    """A folder for PYTHONPATH that hides the packages of the sandbox."""
    hidden = "import sys\nfor name in ('starlette', 'uvicorn'): sys.modules[name] = None\n"
    (folder / "without").mkdir()
    (folder / "without" / "sitecustomize.py").write_text(hidden)
    return str(folder / "without")


@pytest.mark.parametrize("command", [["demo"], ["plan"], ["apply", "-y"], ["list"]])
def test_without_the_sandbox_packages_it_says_what_to_install(
    folder: Path, without: str, command: list[str]
) -> None:
    ended = run(command, folder, PYTHONPATH=without)
    assert ended.code == 1
    assert ended.out == ""
    assert "pip install '.[sandbox]'" in ended.err


def test_the_file_is_checked_without_the_sandbox_packages(folder: Path, without: str) -> None:
    assert run(["validate", "--strict"], folder, PYTHONPATH=without).code == 0


def test_a_plan_file_through_a_link_and_into_a_pipe(folder: Path) -> None:
    (folder / "real.plan").write_text("old")
    (folder / "link.plan").symlink_to("real.plan")
    assert run(["plan", "--out", "link.plan"], folder).code == 0
    assert (folder / "link.plan").is_symlink()
    assert json.loads((folder / "real.plan").read_text())["environment"] == "local"
    ended = shell('"$0" plan --out /dev/stdout --format json 2>/dev/null | head -1', folder)
    assert ended.out == "{\n"
    assert run(["plan", "--out", "no/such/folder.plan"], folder).code == 1


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="was not written"):
        write_whole(tmp_path, "text")
    assert tmp_path.is_dir()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("columns", "width"), [("40", 40), ("200", 200), ("", 100), ("x", 100), ("3", 20)])
def test_width(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert Console().style().width == width
