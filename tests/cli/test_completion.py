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

from defacto_webhooks.events import EVENT_TYPES
from tests.forking import folder_for_path
from tests.process import environment, run

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
  - {name: "r$(touch harmed)", to_url: https://hooks.example.com/d, event_types: [Loan.CLOSED]}
  - {name: "team:a=b", to_url: https://hooks.example.com/e, event_types: [Loan.CLOSED]}
  - {name: "it's two, or $3", to_url: https://hooks.example.com/d, event_types: [Loan.CLOSED]}
"""
NAMES = {"invoices", "team:a=b", "r$(touch harmed)", "`touch harmed`", "it's two, or $3"}
CREDITS = {one for one in EVENT_TYPES if one.startswith("CreditL")}
LINES = [
    ("defacto-webhooks pl", {"plan"}),
    ("defacto-webhooks completion ", {"bash", "zsh", "fish"}),
    ("defacto-webhooks plan --det", {"--detailed-exitcode"}),
    ("defacto-webhooks plan -e ", {"sandbox", "production", "$(touch harmed)"}),
    ("defacto-webhooks apply -c webhooks.yaml --env sand", {"sandbox"}),
    ("defacto-webhooks plan -c missing.yaml -e ", set[str]()),
    ("defacto-webhooks plan -e sandbox --target ", NAMES | {"loans"}),
    ("defacto-webhooks plan -e production --target ", NAMES),
    ("defacto-webhooks apply -e production --target it", {"it's two, or $3"}),
    ("defacto-webhooks apply --allow ", {"delete-all", "mass-delete", "lost-events"}),
    ("defacto-webhooks plan --format=", {"text", "json", "markdown"}),
    ("defacto-webhooks plan --format=js", {"json"}),
    ("defacto-webhooks validate --format ", {"text", "json", "github"}),
    ("defacto-webhooks listen --expect CreditL", {"CreditLimit.*", "CreditLine.*"} | CREDITS),
]
BASH = r"""
source "$2"
COMP_LINE=$1; IFS=' ' read -ra COMP_WORDS <<< "${1/=/ = }"
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_defacto_webhooks_completion defacto-webhooks 2>/dev/null
eval "printf '%s\n' ${COMPREPLY[*]}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "webhooks.yaml").write_text(FILE)
    yield tmp_path
    assert not (tmp_path / "harmed").exists()


def variables() -> dict[str, str]:
    everything = environment(TERM="xterm", COLUMNS="80")
    return everything | {"PATH": f"{folder_for_path()}:{everything['PATH']}"}


def shell(*command: str, folder: Path) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        command, cwd=folder, env=variables(), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is to be read as a shell starts: the file for each."""
    folder = tmp_path_factory.mktemp("scripts")
    for name in ("bash", "fish"):
        (folder / name).write_text(run(["completion", name], folder).out)
    return {path.name: str(path) for path in folder.iterdir()}


@pytest.mark.parametrize(("line", "offered"), LINES)
def test_bash(folder: Path, scripts: dict[str, str], line: str, offered: set[str]) -> None:
    out = shell("bash", "-c", BASH, "bash", line, scripts["bash"], folder=folder)
    assert set(out.splitlines()) - {""} == offered


@pytest.mark.parametrize(("line", "offered"), LINES)
def test_fish(folder: Path, scripts: dict[str, str], line: str, offered: set[str]) -> None:
    script = 'source "$argv[2]"; complete -C "$argv[1]"'
    out = shell("fish", "--no-config", "-c", script, line, scripts["fish"], folder=folder)
    begun = line.rpartition(" ")[2]
    option = begun[: begun.find("=") + 1]
    assert {one.split("\t")[0].removeprefix(option) for one in out.splitlines()} == offered


PATIENCE_S = 120
TYPED = {
    "bash": (["--norc", "--noprofile", "-i"], "PS1='ready> '; bind 'set enable-bracketed-paste off'"),
    "zsh": (["-f", "-i"], "autoload -Uz compinit && compinit -D; PS1='ready> '"),
}
SAY = "defacto-webhooks() { printf 'got:'; printf '<%s>' \"$@\"; echo; }"


LINES_TYPED = [
    ("plan -e prod", "<plan><-e><production>"),
    ("plan -e production --target it", "<plan><-e><production><--target><it's two, or $3>"),
    ('plan -e production --target "it', "<plan><-e><production><--target><it's two, or $3>"),
    ("plan -e production --target \\`", "<plan><-e><production><--target><`touch harmed`>"),
    ("plan -e production --target=r", "<plan><-e><production><--target=r$(touch harmed)>"),
    ("plan -e production --target tea", "<plan><-e><production><--target><team:a=b>"),
    ("plan -e production --target team:", "<plan><-e><production><--target><team:a=b>"),
    ("plan -e production --target=team:a=", "<plan><-e><production><--target=team:a=b>"),
    ("plan -e production --target 'team:a", "<plan><-e><production><--target><team:a=b>"),
    ("plan -e '$", "<plan><-e><$(touch harmed)>"),
]


@pytest.mark.parametrize("shell", TYPED)
def test_what_tab_puts_into_the_line_is_one_word(folder: Path, shell: str) -> None:
    """Whatever is in it, and whatever quotes somebody has begun."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    options, begin = TYPED[shell]
    terminal, side = pty.openpty()
    process = subprocess.Popen(
        [shell, *options], cwd=folder, env=variables(), stdin=side, stdout=side, stderr=side
    )
    os.close(side)
    try:
        for line in (begin, f'eval "$(defacto-webhooks completion {shell})"', SAY):
            os.write(terminal, f"{line}\n".encode())
        os.write(terminal, b"echo all is here | tr a-z A-Z\n")
        _until(terminal, r"ALL IS HERE\s[\s\S]*ready> ")
        for typed, got in LINES_TYPED:
            os.write(terminal, f"defacto-webhooks {typed}\t\n".encode())
            _until(terminal, f"{re.escape(f'got:{got}')}[\\s\\S]*ready> ")
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def _until(terminal: int, pattern: str) -> None:
    seen, deadline = "", time.monotonic() + PATIENCE_S
    while not re.search(pattern, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)):
        assert time.monotonic() < deadline, seen
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 4096).decode(errors="replace")


def test_another_shell_is_one_message(tmp_path: Path) -> None:
    ended = run(["completion", "ksh"], tmp_path)
    assert ended.code == 1
    assert "'ksh' is not one of 'bash', 'zsh', 'fish'" in ended.err
