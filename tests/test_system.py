"""Where operating systems differ: what this one does, and what Windows would do instead."""

from __future__ import annotations

import asyncio
import os
import sys
from io import TextIOWrapper
from pathlib import Path

import pytest

from defacto_webhooks.system import line_typed, most_open_files, open_pipe
from tests import terminal
from tests.faulty_server import FaultyServer
from tests.process import Running, environment, installed

ROOT = Path(__file__).parent.parent
FILE = """
version: 1
default_environment: here
environments: {here: {api_url: "%s", api_key: "${DEFACTO_API_KEY}"}, local: {api_url: embedded}}
webhooks:
- {name: zażółć, to_url: https://hooks.example.com/, event_types: [Loan.CLOSED]}
"""


def on_windows(arguments: str, folder: Path, **variables: str) -> Running:
    """The command without what only Unix has, on a console that knows few characters."""
    variables = {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii", **variables}
    command = [sys.executable, "-m", "tests.windows", *arguments.split()]
    return installed(command, folder, environment(None, **variables))


@pytest.fixture
def folder(server: FaultyServer, tmp_path: Path) -> Path:
    server.reset([])
    (tmp_path / "webhooks.yaml").write_text(FILE % server.url, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("typed", "line"), [(b"yes\nno\n", "yes\n"), (b"", ""), (b"\xff\n", "\ufffd\n")])
def test_a_line_is_read_while_the_loop_goes_on(typed: bytes, line: str) -> None:
    async def ask(ours: int, stream: TextIOWrapper) -> str:
        question = asyncio.create_task(line_typed(stream))
        await asyncio.sleep(0)
        assert not question.done()
        os.write(ours, typed)
        os.close(ours)
        return await question

    theirs, ours = os.pipe()
    with os.fdopen(theirs) as stream:
        assert asyncio.run(ask(ours, stream)) == line


def test_a_question_that_nobody_answers_does_not_hold_up_the_end() -> None:
    async def ask(stream: TextIOWrapper) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await line_typed(stream)

    theirs, ours = os.pipe()
    with os.fdopen(theirs) as stream:
        asyncio.run(ask(stream))
        os.close(ours)


def test_windows_has_no_limit_of_files_and_no_pipes_in_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (most_open_files() or 1) > 0
    monkeypatch.setattr(sys, "platform", "win32")
    assert most_open_files() is None
    monkeypatch.delattr(os, "O_NONBLOCK")
    with os.fdopen(open_pipe(Path(os.devnull)), "w") as nowhere:
        nowhere.write("x")


@pytest.mark.parametrize("arguments", ["plan", "demo"])
def test_commands_run_without_what_only_unix_has(server: FaultyServer, folder: Path, arguments: str) -> None:
    done = on_windows(arguments, folder, DEFACTO_API_KEY=server.key).ended()
    assert done.code == 0, done.err
    if arguments.startswith("plan"):
        assert r"za\u017c\u00f3\u0142\u0107" in done.out


def test_a_plan_file_and_an_export_are_written_without_what_only_unix_has(
    server: FaultyServer, folder: Path
) -> None:
    for arguments in ("plan --out it.plan", "apply it.plan", "export -o other.yaml --write-env .env"):
        done = on_windows(arguments, folder, DEFACTO_API_KEY=server.key).ended()
        assert done.code == 0, done.err
    assert "zażółć" in (folder / "other.yaml").read_text(encoding="utf-8")
    assert [one.name for one in server.account] == ["zażółć"]


@pytest.mark.parametrize(("typed", "code"), [(b"yes\n", 0), (b"no\n", 1), (b"\x03", 130)])
def test_the_question_of_apply_needs_nothing_that_only_unix_has(
    server: FaultyServer, folder: Path, typed: bytes, code: int
) -> None:
    variables = environment(server, PYTHONPATH=str(ROOT))
    command = [sys.executable, "-m", "tests.windows", "apply"]
    ended, shown = terminal.answer(command, folder, variables, typed)
    assert ended == code, shown
    assert len(server.account) == (1 if code == 0 else 0)
