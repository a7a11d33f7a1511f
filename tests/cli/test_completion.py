"""Tab, in the shells themselves."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process import COMMAND, environment, run

FILE = """\
version: 1
environments:
  sandbox: {api_url: https://api-sandbox.getdefacto.com, api_key: "${KEY}"}
  production: {api_url: https://api.getdefacto.com, api_key: "${KEY}"}
  "$(touch harmed)": {api_url: embedded}
webhooks:
  - {name: invoices, to_url: "https://hooks.example.com/a?token=${TOKEN}", event_types: [Invoice.VERIFIED]}
  - {name: loans, to_url: https://hooks.example.com/b, event_types: [Loan.CLOSED], environments: [sandbox]}
  - {name: "`touch harmed`", to_url: https://hooks.example.com/c, event_types: [Loan.CLOSED]}
"""
LINES = [
    ("defacto-webhooks pl", {"plan"}),
    ("defacto-webhooks completion ", {"bash", "zsh", "fish"}),
    ("defacto-webhooks plan --det", {"--detailed-exitcode"}),
    ("defacto-webhooks plan -e ", {"sandbox", "production"}),
    ("defacto-webhooks apply -c webhooks.yaml --env sand", {"sandbox"}),
    ("defacto-webhooks plan -c missing.yaml -e ", set[str]()),
    ("defacto-webhooks plan -e sandbox --target ", {"invoices", "loans"}),
    ("defacto-webhooks plan -e production --target ", {"invoices"}),
]
BASH = r"""
eval "$(defacto-webhooks completion bash)"
COMP_LINE=$1; IFS=' ' read -ra COMP_WORDS <<< "$1"
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_defacto_webhooks_completion defacto-webhooks 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    yield tmp_path
    assert not (tmp_path / "harmed").exists()


def variables() -> dict[str, str]:
    everything = environment(TERM="xterm", COLUMNS="80")
    # zsh finds no command behind `..` in its path
    return everything | {"PATH": f"{Path(COMMAND).parent.resolve()}:{everything['PATH']}"}


def shell(*command: str, folder: Path) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        command, cwd=folder, env=variables(), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(("line", "offered"), LINES)
def test_bash(folder: Path, line: str, offered: set[str]) -> None:
    assert set(shell("bash", "-c", BASH, "bash", line, folder=folder).split()) == offered


@pytest.mark.parametrize(("line", "offered"), LINES)
def test_fish(folder: Path, line: str, offered: set[str]) -> None:
    script = 'defacto-webhooks completion fish | source; complete -C "$argv[1]"'
    out = shell("fish", "--no-config", "-c", script, line, folder=folder)
    assert {one.split("\t")[0] for one in out.splitlines()} == offered


def test_zsh_as_somebody_types(folder: Path) -> None:
    """Its completion needs a terminal."""
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    terminal, side = pty.openpty()
    zsh = subprocess.Popen(
        ["zsh", "-f", "-i"], cwd=folder, env=variables(), stdin=side, stdout=side, stderr=side
    )
    os.close(side)
    try:
        os.write(terminal, b"autoload -Uz compinit && compinit -D; PS1='ready> '\n")
        os.write(terminal, b'eval "$(defacto-webhooks completion zsh)"\n')
        _until(terminal, r"\nready> $|\rready> $")
        os.write(terminal, b"print -r defacto-webhooks is here\n")
        _until(terminal, r"is here\s[\s\S]*ready> ")
        os.write(terminal, b"defacto-webhooks plan -e prod\t")
        _until(terminal, r"plan -e prod.*uction ")
    finally:
        zsh.kill()
        zsh.wait()
        os.close(terminal)


def _until(terminal: int, pattern: str) -> None:
    seen, deadline = "", time.monotonic() + 30
    while not re.search(pattern, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)):
        assert time.monotonic() < deadline, seen
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 4096).decode(errors="replace")


def test_another_shell_is_one_message(tmp_path: Path) -> None:
    ended = run(["completion", "ksh"], tmp_path)
    assert ended.code == 1
    assert "'ksh' is not one of 'bash', 'zsh', 'fish'" in ended.err
