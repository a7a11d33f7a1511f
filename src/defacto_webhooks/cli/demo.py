"""`demo`: the guide "Create your first webhook", end to end on the local API."""

from __future__ import annotations

import click

from defacto_webhooks.cli.options import COLOR, DEBUG


@click.command()
@click.option(
    "--open",
    "open_",
    is_flag=True,
    help="Print the inbox page's URL, and serve it until Ctrl-C.  [default: off]",
)
@COLOR
@DEBUG
def demo(open_: bool, color: str, debug: bool) -> int:  # noqa: ARG001 - the error boundary reads --debug
    """Walk through Defacto's first-webhook guide on this machine.

    Plans and applies a subscription, creates an invoice, shows both
    notifications as they arrive over HTTP, and plans again. Needs no account
    and leaves nothing behind.

    \b
    Example:
      defacto-webhooks demo
    """
    import tempfile
    from pathlib import Path

    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.cli.session import Signals
    from defacto_webhooks.cli.tour import Tour

    console = Console(color)
    with tempfile.TemporaryDirectory(prefix="defacto-webhooks-demo-") as folder:
        return Signals(console.note).run(Tour(Path(folder), console, stay=open_).walk())
