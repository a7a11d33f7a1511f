"""`events`: the event type catalogue."""

from __future__ import annotations

import click

from defacto_webhooks.cli.options import COLOR, DEBUG, formats
from defacto_webhooks.errors import Exit


@click.command()
@formats("text", "json")
@COLOR
@DEBUG
def events(format_: str, color: str, debug: bool) -> int:  # noqa: ARG001 - the error boundary reads --debug
    """List Defacto's event types, and what each means.

    \b
    Example:
      defacto-webhooks events --format json
    """
    from itertools import groupby

    from defacto_webhooks.cli.console import Console
    from defacto_webhooks.events import CATALOGUE
    from defacto_webhooks.render import json

    console = Console(color)
    if format_ == "json":
        types = [
            {"name": e.name, "entity": e.entity, "status": e.status, "meaning": e.meaning} for e in CATALOGUE
        ]
        console.result(json.text({"format_version": json.FORMAT_VERSION, "event_types": types}))
        return Exit.DONE
    style = console.style()
    widest = max(len(event_type.name) for event_type in CATALOGUE)
    lines = []
    for entity, group in groupby(CATALOGUE, key=lambda event_type: event_type.entity):
        lines += ["", style.paint(entity, bold=True)]
        lines += [f"  {event_type.name:<{widest}}  {event_type.meaning}" for event_type in group]
    console.result("\n".join(lines[1:]))
    return Exit.DONE
