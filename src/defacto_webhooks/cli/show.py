"""`show`: a saved plan."""

from __future__ import annotations

from pathlib import Path

import click

from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.options import command, formats
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.plan.saved import SavedPlan, load
from defacto_webhooks.render import formats_of


@command()
@click.argument("planfile", type=click.Path(path_type=Path))
@formats(*formats_of(SavedPlan))
def show(invocation: Invocation, planfile: Path, format_: str) -> int:
    """Show a saved plan, as `plan` showed it. Needs no key.

    Without the key nobody can tell whether the file was edited since; `apply`
    has the key, and refuses one that was.

    \b
    Example:
      defacto-webhooks plan --out review.plan
      defacto-webhooks show review.plan
    """
    invocation.console.show(read_plan(planfile), format_)
    return Exit.DONE


def read_plan(path: Path) -> SavedPlan:
    """The plan file at `path`, as whoever wrote it last left it. Raises UserError."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        raise UserError(
            f"the plan file {path} can't be read", "`defacto-webhooks plan --out FILE` writes one"
        ) from None
    return load(content)
