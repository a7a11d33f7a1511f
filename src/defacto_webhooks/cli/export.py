"""`export`: the account as a `webhooks.yaml`, for adoption."""

from __future__ import annotations

from pathlib import Path

import click

from defacto_webhooks.cli.options import Where, where
from defacto_webhooks.errors import Exit


@click.command()
@where()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a new file; one that exists stays.  [default: standard output]",
)
@click.option(
    "--write-env",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the variables, the API key too, to a new file that only you can read.  [default: listed]",
)
@click.option(
    "--reveal-secrets",
    is_flag=True,
    help="Write the URLs out in full instead of with variables.  [default: off]",
)
def export(where: Where, output: Path | None, write_env: Path | None, reveal_secrets: bool) -> int:
    """Write the account as a webhooks.yaml that plans to nothing.

    What is secret in a URL becomes a variable; the file that -c names, if there is
    one, says which account and gives its settings. Nothing is changed.

    \b
    Example:
      defacto-webhooks export -o webhooks.yaml --write-env .env
      defacto-webhooks plan --env-file .env
    """
    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.cli.exporting import run

    run(where, output, write_env, Console(where.color), reveal=reveal_secrets)
    return Exit.DONE
