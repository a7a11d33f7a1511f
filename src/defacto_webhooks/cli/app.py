"""The command group."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click

from defacto_webhooks._version import __version__
from defacto_webhooks.cli import hints

# A command stands in the module of its name. Its line of help is here, so that `--help` imports none of them.
_COMMANDS: Final[Mapping[str, str]] = {
    "apply": "Make the account match the file, then prove it.",
    "completion": "Print a script for tab completion in bash, zsh or fish.",
    "demo": "Walk through Defacto's first-webhook guide on this machine.",
    "doctor": "Check the key, the environment, the file and the callbacks.",
    "events": "List Defacto's event types, and what each means.",
    "export": "Write the account's subscriptions to a webhooks.yaml.",
    "init": "Write a starter webhooks.yaml, CI workflow and .gitignore.",
    "list": "Show the account's subscriptions as they are now.",
    "listen": "Receive notifications, and print, show or forward them.",
    "plan": "Show what `apply` would change.",
    "sandbox": "Serve the local Defacto API and an inbox page.",
    "show": "Show a saved plan, as `plan` showed it.",
    "schema": "Print the JSON Schema of webhooks.yaml, for editors.",
    "trigger": "Create a sandbox invoice, so that notifications are sent.",
    "validate": "Check the file offline, and report everything that is wrong.",
}


class _Group(click.Group):
    """Knows the names and the help of its commands, and imports the one that is used."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            hint = f"put a command's options after its name, as in `{ctx.command_path} plan -e NAME`"
            raise hints.UnknownWord(error.format_message(), ctx, hint) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not ctx.resilient_parsing:
            hints.check_command(args[0], self.commands, ctx)
        name, _, rest = super().resolve_command(ctx, args)
        return name, command(name) if name else None, rest


def command(name: str) -> click.Command:
    """The command `name` with its options."""
    found = vars(import_module(f"defacto_webhooks.cli.{name}"))
    command: click.Command = found.get(f"{name}_") or found[name]  # `list_`, as `list` is taken
    return command


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Start with: defacto-webhooks demo",
)
@click.version_option(__version__, prog_name="defacto-webhooks", message="%(prog)s %(version)s")
def group() -> None:
    """Webhook subscriptions of a Defacto account, kept as code.

    \b
    defacto-webhooks plan      shows what would change
    defacto-webhooks apply     makes the account match webhooks.yaml

    Exit codes: 0 done, 1 error and nothing was changed, 2 changes found
    (plan --detailed-exitcode), 3 an apply did not finish, 130 interrupted
    before anything was changed.
    """
    # The command is imported. From here on it has things to clean up, so that Ctrl-C and SIGTERM raise.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


for _name, _line in _COMMANDS.items():
    group.add_command(click.Command(_name, short_help=_line))
