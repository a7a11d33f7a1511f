"""`export`: the account as a `webhooks.yaml`, for adoption."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from defacto_webhooks.adopt.export import Export, export as exported_as_file
from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.files import already_there, is_used, write_new
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.list import read_subscriptions
from defacto_webhooks.cli.loading import load_account
from defacto_webhooks.cli.options import DEFAULT_CONFIG, TARGET, AccountOptions, account_options, command
from defacto_webhooks.errors import UserError
from defacto_webhooks.phrases import plural
from defacto_webhooks.plan.scope import unmatched
from defacto_webhooks.redaction.printable import line


@command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to this new file; an existing one is never overwritten.  [default: standard output]",
)
@click.option(
    "--write-env",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the variables, including the API key, to a new file that only you can read.",
)
@click.option("--reveal-secrets", is_flag=True, help="Write full URLs instead of variables.")
@TARGET
@account_options
def export(
    invocation: Invocation,
    account: AccountOptions,
    output: Path | None,
    write_env: Path | None,
    reveal_secrets: bool,
    target: tuple[str, ...],
) -> None:
    """Write the account's subscriptions to a webhooks.yaml.

    The plan for the new file has no changes: names stay, and secrets in URLs
    become variables. If the file that -c names exists, it says which account to
    read, and its settings are kept. With --target it prints only those entries,
    for you to paste into a file. Nothing in the account changes.

    \b
    Example:
      defacto-webhooks export -o webhooks.yaml --write-env .env
      defacto-webhooks plan --env-file .env
      defacto-webhooks export --target invoices
    """
    console = invocation.console
    for path in (output, write_env):
        if path is not None and path.is_file() and is_used(path):
            raise already_there(path)  # before the account is read; write_new makes sure
    if output is not None and output == write_env:
        raise UserError("-o and --write-env name the same file", "give each its own file")
    if output is not None and target:
        raise UserError(
            "-o can't be combined with --target", "--target prints entries for you to paste into a file"
        )
    exported = read_account(invocation, account, target, reveal=reveal_secrets)
    if write_env is not None:
        write_new(write_env, exported.env_text, private=True)
    try:
        if output is None:
            console.result(exported.text.rstrip("\n"))
        else:
            write_new(output, exported.text, private=reveal_secrets)
    except UserError:
        if write_env is not None and write_env.is_file():
            write_env.unlink()  # both or none, so that the same command can be run again
        raise
    if write_env is not None:
        count = plural(len(exported.variables), "variable")
        console.note(f"Wrote {write_env}: {count}, readable only by you. Keep it out of git.")
    if output is not None:
        console.note(f"Wrote {output}.")
    tell(exported, output, write_env, console)


def read_account(
    invocation: Invocation, account: AccountOptions, targets: Sequence[str] = (), *, reveal: bool = False
) -> Export:
    """The account that the options name, as a file; only `targets` where there are any. Raises UserError."""
    config = load_account(invocation, account, account_only=True)
    found = read_subscriptions(config, invocation.console)
    for target in unmatched(targets, {remote.content.name for remote in found}):
        message = f"no subscription in the account matches --target {target}"
        raise UserError(message, "`defacto-webhooks list` shows what it has")
    return exported_as_file(
        found, config.environment, config.settings, os.environ, targets=targets, reveal=reveal
    )


def tell(exported: Export, output: Path | None, write_env: Path | None, console: Console) -> None:
    """What a reader should know, has to set, and where there is a file does next."""
    for remark in exported.remarks:
        console.note(f"Note: {remark}.")
    missing = [variable for variable in exported.variables if variable.name not in os.environ]
    if missing and write_env is None:
        console.note("Set these before the next plan:")
        width = max(len(variable.name) for variable in missing)
        for variable in missing:
            console.note(f"  {variable.name:<{width}}  {line(variable.purpose)}")
    if output is None:
        return
    words = ["defacto-webhooks", "plan"]
    if output != DEFAULT_CONFIG:
        words += ["-c", str(output)]
    if write_env is not None:
        words += ["--env-file", str(write_env)]
    console.note(f"Next: {line(shlex.join(words))}")
