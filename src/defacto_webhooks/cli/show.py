"""`show`: a saved plan."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import command, formats
from defacto_webhooks.errors import UserError
from defacto_webhooks.plan.saved import SavedPlan, load
from defacto_webhooks.render import formats_of

_MOST_BYTES: Final = 512 * 1024 * 1024  # there is no end to /dev/zero; 100,000 changes have less than half


@command()
@click.argument("planfile", type=click.Path(path_type=Path))
@formats(*formats_of(SavedPlan))
def show(invocation: Invocation, planfile: Path, format_: str) -> None:
    """Show a saved plan, as `plan` showed it. Needs no key.

    Without the key nobody can tell whether the file was edited since; `apply`
    has the key, and refuses one that was.

    \b
    Example:
      defacto-webhooks plan --out review.plan
      defacto-webhooks show review.plan
    """
    invocation.console.show(read_plan(planfile), format_)


def read_plan(path: Path) -> SavedPlan:
    """The plan file at `path`, as whoever wrote it last left it. Raises UserError."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        text = content.decode() if len(content) <= _MOST_BYTES else ""
    except (OSError, ValueError):
        raise UserError(
            f"the plan file {path} can't be read", "`defacto-webhooks plan --out FILE` writes one"
        ) from None
    return load(text)
