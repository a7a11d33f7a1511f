"""What somebody means who types the words of another tool: Terraform, decK, octoDNS, dnscontrol, kubectl.

Only words that are not ours are looked up, so a command or an option that we get later needs nothing here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from itertools import takewhile
from typing import Final

import click

_PLAN: Final = "`defacto-webhooks plan` shows what would change"
_APPLY: Final = "`defacto-webhooks apply` makes the account match the file"
_EXPORT: Final = "`defacto-webhooks export` writes the account as a file"
_LIST: Final = "`defacto-webhooks list` shows what the account has"
_VALIDATE: Final = "`defacto-webhooks validate` checks the file"
_NO_STATE: Final = "there is no state file: `defacto-webhooks plan` reads the account each time"
_NO_FORMATTER: Final = "nothing formats the file; `defacto-webhooks validate` checks it"
_DESTROY: Final = (
    "take entries out of the file, then `defacto-webhooks apply`; to delete all of them, "
    "leave `webhooks: []` and add `--allow delete-all`"
)
_EDIT: Final = "edit the file, then `defacto-webhooks apply`"

COMMANDS: Final[Mapping[str, str]] = {
    "adopt": _EXPORT,
    "check": _VALIDATE,
    "create": _EDIT,
    "delete": _DESTROY,
    "deploy": _APPLY,
    "destroy": _DESTROY,
    "diff": _PLAN,
    "drift": "`defacto-webhooks plan --detailed-exitcode` ends with 2 if there are changes",
    "dump": _EXPORT,
    "fmt": _NO_FORMATTER,
    "format": _NO_FORMATTER,
    "get": _LIST,
    "help": "`defacto-webhooks --help`, or `-h` after a command",
    "import": f"nothing is imported one by one; {_EXPORT}",
    "lint": _VALIDATE,
    "login": "the API key comes from a variable; `defacto-webhooks doctor` checks it",
    "ls": _LIST,
    "ping": "`defacto-webhooks doctor` checks the key and the account",
    "preview": _PLAN,
    "pull": _EXPORT,
    "push": _APPLY,
    "refresh": _NO_STATE,
    "reset": _DESTROY,
    "serve": "`defacto-webhooks sandbox` serves a local Defacto API, `defacto-webhooks listen` receives",
    "state": _NO_STATE,
    "status": _PLAN,
    "sync": _APPLY,
    "test": "`defacto-webhooks doctor --probe` sends each callback a sample",
    "up": _APPLY,
    "update": _EDIT,
    "version": "`defacto-webhooks --version`",
    "workspace": "choose an environment of the file with `-e NAME`",
}
OPTIONS: Final[Mapping[str, str]] = {
    "approve": "`apply --auto-approve`, or `-y`, does not ask",
    "auto-approve": "`apply --auto-approve` does not ask",
    "chdir": "`--config` names the file or its folder",
    "check": _PLAN,
    "config-file": "`--config` names the file",
    "destroy": _DESTROY,
    "diff": _PLAN,
    "doit": _APPLY,
    "dry-run": _PLAN,
    "dryrun": _PLAN,
    "environment": "`--env` names the environment",
    "f": "`-c` names the file",
    "file": "`--config` names the file",
    "force": "`apply --auto-approve` does not ask, and `apply --allow` lifts a guard",
    "input": "`apply --auto-approve` does not ask",
    "json": "`--format json`, where a command has a format",
    "lock": _NO_STATE,
    "no-color": "`--color never`, or the variable NO_COLOR",
    "out": "`plan --out` saves the plan, `export --output` writes a file",
    "output": "`--format` says how the result is written; `plan --out` and `export --output` write a file",
    "quiet": "only the result goes to standard output; `2> /dev/null` drops the rest",
    "refresh": _NO_STATE,
    "s": "`-c` names the file",
    "state": _NO_STATE,
    "target": "`plan`, `apply` and `export` take `--target`",
    "var-file": "`--env-file` names a file with variables",
    "verbose": "`--debug` shows where an error comes from",
    "yes": "`apply --auto-approve`, or `-y`, does not ask",
}


class UnknownWord(click.UsageError):
    """A command, an option or an argument that does not exist; `hint` says what to type instead."""

    def __init__(self, message: str, ctx: click.Context, hint: str) -> None:
        super().__init__(message, ctx)
        self.hint = hint


def check_command(name: str, known: Collection[str], ctx: click.Context) -> None:
    """Raise UnknownWord unless `name` is a `known` command, or an option."""
    if name in known or name.startswith("-"):
        return
    near = get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"`{ctx.command_path} --help` lists the commands"
    raise UnknownWord(f"there is no command `{name}`", ctx, COMMANDS.get(name, hint))


def check_options(args: Iterable[str], known: Collection[str], ctx: click.Context) -> None:
    """Raise UnknownWord for an option of another tool, or a `known` one written with a single dash.

    click would take `-out=x` for `-o ut=x`.
    """
    for word in takewhile(lambda word: word != "--", args):
        option = word.partition("=")[0]
        name = option.lstrip("-")
        if option == name or option in known:
            continue
        hint = f"write `--{name}`, with two dashes" if f"--{name}" in known else OPTIONS.get(name, "")
        if hint:
            raise UnknownWord(f"there is no option `{option}`", ctx, hint)
