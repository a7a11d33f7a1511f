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
_LISTEN: Final = "`defacto-webhooks listen` receives notifications and shows them"
_RESEND: Final = "`defacto-webhooks listen --resend ID --forward-to URL` sends a notification again"
_BACK: Final = "take the earlier file from git, then `defacto-webhooks apply`"
_REMAKE: Final = "nothing is recreated while it matches the file; `defacto-webhooks plan` shows what differs"

COMMANDS: Final[Mapping[str, str]] = {
    "adopt": _EXPORT,
    "check": _VALIDATE,
    "compare": _PLAN,
    "create": _EDIT,
    "delete": _DESTROY,
    "deploy": _APPLY,
    "describe": _LIST,
    "destroy": _DESTROY,
    "diff": _PLAN,
    "drift": "`defacto-webhooks plan --detailed-exitcode` ends with 2 if there are changes",
    "dump": _EXPORT,
    "edit": _EDIT,
    "fmt": _NO_FORMATTER,
    "format": _NO_FORMATTER,
    "forward": "`defacto-webhooks listen --forward-to URL` passes notifications on",
    "get": _LIST,
    "help": "`defacto-webhooks --help`, or `-h` after a command",
    "import": f"nothing is imported one by one; {_EXPORT}",
    "lint": _VALIDATE,
    "login": "the API key comes from a variable; `defacto-webhooks doctor` checks it",
    "logs": _LISTEN,
    "ls": _LIST,
    "ping": "`defacto-webhooks doctor` checks the key and the account",
    "preview": _PLAN,
    "pull": _EXPORT,
    "push": _APPLY,
    "receive": _LISTEN,
    "refresh": _NO_STATE,
    "replay": _RESEND,
    "resend": _RESEND,
    "reset": _DESTROY,
    "rollback": _BACK,
    "serve": "`defacto-webhooks sandbox` serves a local Defacto API, `defacto-webhooks listen` receives",
    "state": _NO_STATE,
    "status": _PLAN,
    "sync": _APPLY,
    "tail": _LISTEN,
    "taint": _REMAKE,
    "test": "`defacto-webhooks doctor --probe` sends each callback a sample",
    "undo": _BACK,
    "untaint": _REMAKE,
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
    "events": "`listen --expect` waits for event types",
    "f": "`-c` names the file",
    "file": "`--config` names the file",
    "force": "`apply --auto-approve` does not ask, and `apply --allow` lifts a guard",
    "input": "`apply --auto-approve` does not ask",
    "json": "`--format json`, where a command has a format",
    "lock": _NO_STATE,
    "no-color": "`--color never`, or the variable NO_COLOR",
    "out": "`plan --out` saves the plan, `export --output` writes a file",
    "output": "`--format` says how the result is written; `plan --out` and `export --output` write a file",
    "print-json": "`--format json`, where a command has a format",
    "quiet": "only the result goes to standard output; `2> /dev/null` drops the rest",
    "refresh": _NO_STATE,
    "replace": _REMAKE,
    "s": "`-c` names the file",
    "select-tag": "`--target` takes names and globs",
    "state": _NO_STATE,
    "target": "`plan`, `apply` and `export` take `--target`",
    "var-file": "`--env-file` names a file with variables",
    "verbose": "`--debug` shows where an error comes from",
    "workspace": "`--env` names the environment",
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


def check_options(args: Iterable[str], ctx: click.Context) -> None:
    """Raise UnknownWord for an option of another tool, or a long one that is written with a single dash.

    click would take `-out=x` for `-o ut=x`.
    """
    takes_a_value = {
        option: isinstance(param, click.Option) and not param.is_flag and not param.count
        for param in ctx.command.get_params(ctx)
        for option in (*param.opts, *param.secondary_opts)
    }
    before = ""
    for word in takewhile(lambda word: word != "--", args):
        is_value, before = takes_a_value.get(before, False), word
        option = word.partition("=")[0]
        name = option.lstrip("-")
        if is_value or not name or option == name or option in takes_a_value:
            continue
        hint = f"write `--{name}`, with two dashes" if f"--{name}" in takes_a_value else OPTIONS.get(name, "")
        is_long_with_one_dash = len(name) > 1 and not option.startswith("--")
        if hint or is_long_with_one_dash:
            raise UnknownWord(f"there is no option `{option}`", ctx, hint or options_of(ctx))


def options_of(ctx: click.Context) -> str:
    """Where the options of a command are listed, as a hint."""
    return f"`{ctx.command_path} --help` shows its options"
