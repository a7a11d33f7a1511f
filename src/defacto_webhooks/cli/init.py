"""`init`: the files that a repository of webhook subscriptions begins with."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from defacto_webhooks.cli.options import COLOR, DEBUG
from defacto_webhooks.errors import Exit


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
@COLOR
@DEBUG
def init(callbacks: str | None, workflow: bool, color: str, debug: bool) -> int:  # noqa: ARG001 - the error boundary reads --debug
    """Write a starter webhooks.yaml, workflow and .gitignore lines.

    Into this folder; the workflow is for GitHub. What is there already stays as it is. Asks two questions
    on a terminal; with an option, or without a terminal, none.

    \b
    Example:
      defacto-webhooks init
      defacto-webhooks init --callbacks https://hooks.acme.com
    """
    from defacto_webhooks.cli import starting
    from defacto_webhooks.cli.console import Console, is_terminal

    console = Console(color)
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
