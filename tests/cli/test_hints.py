"""Words of other tools, and misspelt ones of ours: the error says what to type."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from defacto_webhooks.cli.app import command, group
from defacto_webhooks.cli.hints import COMMANDS, OPTIONS
from tests.process import run


@pytest.mark.parametrize(
    ("line", "says", "hint"),
    [
        ("diff", "there is no command `diff`", "`defacto-webhooks plan`"),
        ("sync --doit", "there is no command `sync`", "`defacto-webhooks apply`"),
        ("destroy", "there is no command `destroy`", "`--allow delete-all`"),
        ("import invoices 1", "there is no command `import`", "`defacto-webhooks export`"),
        ("dump", "there is no command `dump`", "`defacto-webhooks export`"),
        ("fmt", "there is no command `fmt`", "`defacto-webhooks validate`"),
        ("refresh", "there is no command `refresh`", "there is no state file"),
        ("aply -y", "there is no command `aply`", "did you mean `apply`?"),
        ("Plan", "there is no command `Plan`", "did you mean `plan`?"),
        ("xyzzy", "there is no command `xyzzy`", "`defacto-webhooks --help` lists"),
        ("plan -target=x", "there is no option `-target`", "write `--target`, with two dashes"),
        ("apply -auto-approve", "there is no option `-auto-approve`", "write `--auto-approve`"),
        ("plan -out=x", "there is no option `-out`", "write `--out`"),
        ("export -out=x", "there is no option `-out`", "`export --output`"),
        ("plan -config=x", "there is no option `-config`", "write `--config`"),
        ("plan -env prod", "there is no option `-env`", "write `--env`"),
        ("plan -var a=b", "there is no option `-var`", "write `--var`"),
        ("apply --dry-run", "there is no option `--dry-run`", "`defacto-webhooks plan`"),
        ("apply --yes", "there is no option `--yes`", "`apply --auto-approve`"),
        ("plan -var-file=x", "there is no option `-var-file`", "`--env-file`"),
        ("plan --alow x", "--alow", "`defacto-webhooks plan --help` shows"),
        (
            "plan -compact-warnings",
            "there is no option `-compact-warnings`",
            "`defacto-webhooks plan --help`",
        ),
        ("plan -generate-config-out=x", "there is no option `-generate-config-out`", "--help` shows"),
        ("init -upgrade", "there is no option `-upgrade`", "`defacto-webhooks init --help` shows"),
        ("plan -replace=invoices", "there is no option `-replace`", "`defacto-webhooks plan` shows"),
        ("plan -c", "'-c' requires an argument", "`defacto-webhooks plan --help` shows"),
        (
            "resend 1",
            "there is no command `resend`",
            "`defacto-webhooks listen --resend ID --forward-to URL`",
        ),
        ("taint invoices", "there is no command `taint`", "`defacto-webhooks plan`"),
        ("trigger loan", "Invalid value for 'invoice': 'loan' is not 'invoice'", "trigger --help` shows"),
        ("-e sandbox plan", "-e", "put a command's options after its name"),
        ("plan sandbox", "unexpected argument: sandbox", "use `-e` for an environment"),
        ("apply one.plan two.plan", "unexpected argument: two.plan", "`-c` for a file"),
    ],
)
def test_an_error_that_says_what_to_type(tmp_path: Path, line: str, says: str, hint: str) -> None:
    ended = run(shlex.split(line), tmp_path, COLUMNS="200")
    assert ended.code == 1
    assert ended.out == ""
    message, told = ended.err.splitlines()
    assert says in message
    assert hint in told
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "line", ["plan --target -- x", "apply -- -out", "plan --target -out", "listen --timeout -10", "plan -"]
)
def test_what_is_not_an_option_is_left_alone(tmp_path: Path, line: str) -> None:
    assert "two dashes" not in run(shlex.split(line), tmp_path).err


def test_it_is_json_where_that_was_asked_for(tmp_path: Path) -> None:
    ended = run(["plan", "--format", "json", "-target=x"], tmp_path)
    assert '"hint": "write `--target`, with two dashes"' in ended.out


def quoted() -> Iterator[str]:
    for hint in {*COMMANDS.values(), *OPTIONS.values()}:
        yield from re.findall("`([^`]+)`", hint)


def test_every_command_and_option_that_a_hint_names_is_there() -> None:
    commands = {name: command(name) for name in group.commands}
    every_option = {name for one in commands.values() for option in one.params for name in option.opts}
    every_option |= {"--help", "-h", "--version", ">"}
    for text in quoted():
        words = text.removeprefix("defacto-webhooks ").split()
        options = [word for word in words if word.startswith("-")]
        if words[0] in commands:
            known = {name for option in commands[words[0]].params for name in option.opts}
            assert set(options) <= known, text
        else:
            assert set(options) <= every_option, text
    assert not COMMANDS.keys() & commands.keys()
