"""`init`: the files that a repository of webhook subscriptions begins with."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from defacto_webhooks.cli.options import API_URL, COLOR, DEBUG, ENV_FILE, Where
from defacto_webhooks.errors import Exit, UserError


@click.command()
@click.option(
    "--callbacks",
    metavar="URL",
    help="Where the callbacks of production are.  [default: https://hooks.example.com]",
)
@click.option(
    "--workflow/--no-workflow",
    default=True,
    show_default=True,
    help="The GitHub workflow: plan on a pull request, apply on merge.",
)
@click.option(
    "--from-account",
    is_flag=True,
    help="Export the account that --api-url and DEFACTO_API_KEY name, instead: "
    "webhooks.yaml, and .env with its secrets.  [default: off]",
)
@API_URL
@ENV_FILE
@COLOR
@DEBUG
def init(
    callbacks: str | None,
    workflow: bool,
    from_account: bool,
    api_url: str | None,
    env_file: tuple[Path, ...],
    color: str,
    debug: bool,
) -> int:
    """Write a starter webhooks.yaml, workflow and .gitignore lines.

    Into this folder; the workflow is for GitHub. What is there already stays as
    it is. Asks two questions on a terminal; with an option, or without a
    terminal, none.

    \b
    Example:
      defacto-webhooks init
      defacto-webhooks init --callbacks https://hooks.acme.com
      defacto-webhooks init --from-account --api-url https://api.getdefacto.com
    """
    from defacto_webhooks.cli import starting
    from defacto_webhooks.cli.console import Console, is_terminal

    console = Console(color)
    if from_account:
        if callbacks is not None:
            raise UserError("--callbacks goes not with --from-account", "the account says where they are")
        where = Where((), None, api_url, env_file, color, debug)
        starting.write_account(Path(), where, console, workflow=workflow)
        return Exit.DONE
    if api_url is not None or env_file:
        raise UserError("--api-url and --env-file are for --from-account", "add it, or leave them out")
    url = starting.base_url(starting.EXAMPLE if callbacks is None else callbacks)
    if is_terminal(sys.stdin) and is_terminal(sys.stderr) and not _told():
        url = click.prompt(
            "Where will your callbacks be?", starting.EXAMPLE, err=True, value_proc=starting.asked
        )
        workflow = click.confirm("A GitHub workflow, too?", default=True, err=True)
    starting.write(Path(), url, console, workflow=workflow)
    return Exit.DONE


def _told() -> bool:
    """Whether the command line answers the questions."""
    from click.core import ParameterSource

    context = click.get_current_context()
    return any(
        context.get_parameter_source(option) is ParameterSource.COMMANDLINE
        for option in ("callbacks", "workflow")
    )
