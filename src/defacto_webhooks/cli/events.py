"""`events`: the event type catalogue, and who receives what of it."""

from __future__ import annotations

import click

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.options import Where, formats, where
from defacto_webhooks.errors import Exit


@click.command()
@where()
@formats("text", "json")
@click.option(
    "--subscribed", is_flag=True, help="Read the account: who receives what in it.  [default: the catalogue]"
)
def events(where: Where, format_: str, subscribed: bool) -> int:
    """List Defacto's event types, and what each means.

    With --subscribed it shows who receives which of them in the account, so
    that blind spots and double deliveries are seen at a glance. Without it,
    neither a file nor an account is needed.

    \b
    Example:
      defacto-webhooks events --format json
      defacto-webhooks events --subscribed -e production
    """
    from defacto_webhooks.cli.console import Console

    console = Console(where.color)
    if subscribed:
        return _subscribed(where, format_, console)
    _catalogue(format_, console)
    return Exit.DONE


def _catalogue(format_: str, console: Console) -> None:
    from itertools import groupby

    from defacto_webhooks.events import CATALOGUE
    from defacto_webhooks.plan.document import FORMAT_VERSION
    from defacto_webhooks.render import json

    if format_ == "json":
        types = [
            {"name": e.name, "entity": e.entity, "status": e.status, "meaning": e.meaning} for e in CATALOGUE
        ]
        console.result(json.text({"format_version": FORMAT_VERSION, "event_types": types}))
        return
    style = console.style()
    widest = max(len(event_type.name) for event_type in CATALOGUE)
    lines = []
    for entity, group in groupby(CATALOGUE, key=lambda event_type: event_type.entity):
        lines += ["", style.paint(entity, bold=True)]
        lines += [f"  {event_type.name:<{widest}}  {event_type.meaning}" for event_type in group]
    console.result("\n".join(lines[1:]))


def _subscribed(where: Where, format_: str, console: Console) -> int:
    from defacto_webhooks.cli.loading import load_account
    from defacto_webhooks.render import json, subscribed
    from defacto_webhooks.session import open_session
    from defacto_webhooks.signals import Signals

    config = load_account(where, account_only=True)

    async def work() -> int:
        async with open_session(config) as session:
            remotes = await session.read()
        name = config.environment.name
        if format_ == "json":
            console.result(json.text(subscribed.document(name, remotes)))
        else:
            console.result(subscribed.text(name, remotes, console.style()))
        return Exit.DONE

    return Signals(console.note).run(work())
