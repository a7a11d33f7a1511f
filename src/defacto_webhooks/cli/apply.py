"""`apply`: make the account match, then prove it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from defacto_webhooks.apply import Report
from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.options import TARGET, Where, formats, where
from defacto_webhooks.errors import UserError


@click.command()
@click.argument("planfile", required=False, type=click.Path(path_type=Path))
@where()
@TARGET
@click.option("-y", "--auto-approve", is_flag=True, help="Do not ask.  [default: ask]")
@formats("text", "json", "markdown")
@click.option(
    "--allow",
    multiple=True,
    metavar="GUARD",
    help="Lift a guard that the plan shows. May be repeated.  [default: none]",
)
@click.option(
    "--parallelism",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="Requests in flight, at most.",
)
@click.option(
    "--expect", metavar="FINGERPRINT", help="Only if the plan has this fingerprint.  [default: any plan]"
)
def apply(
    planfile: Path | None,
    where: Where,
    target: tuple[str, ...],
    auto_approve: bool,
    format_: str,
    allow: tuple[str, ...],
    parallelism: int,
    expect: str | None,
) -> int:
    """Make the account match the file, then prove it.

    A fresh read is the proof. New subscriptions are created and seen before old ones are deleted, so no
    event is lost. A PLANFILE from `plan --out` is the approval for exactly what
    it shows.

    \b
    Example:
      defacto-webhooks apply -e production
      defacto-webhooks apply -y --expect 1f0e…
    """
    from defacto_webhooks.cli.applying import Wish, apply_plan
    from defacto_webhooks.cli.console import Console, is_terminal

    console = Console(where.color)
    wish = Wish(planfile, target, auto_approve, frozenset(allow), parallelism, expect)
    report, places = apply_plan(where, wish, console, is_terminal=is_terminal(sys.stdin))
    try:
        _show(report, format_, console)
        for place in places:
            console.note(place)
    except UserError as error:  # what was done is done, and the exit code still says so
        console.error(error.message, error.hint)
    except KeyboardInterrupt:
        console.error("interrupted while the report was written; the exit code is that of the apply")
    return report.exit_code


def _show(report: Report, format_: str, console: Console) -> None:
    from defacto_webhooks.render import json, markdown, text

    if format_ == "json":
        console.result(json.text(json.report_document(report)))
    elif format_ == "markdown":
        console.result(markdown.report(report).rstrip("\n"))
    else:
        console.result(text.report(report, console.style()))
