"""The subscriptions of an account, and the catalogue of event types, as text."""

from __future__ import annotations

from itertools import groupby

from defacto_webhooks.phrases import plural
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.text.content import content
from defacto_webhooks.render.views import Account, Catalogue


def account(account: Account, style: Style) -> str:
    """The account as it is."""
    if not account.subscriptions:
        return "The account has no webhook subscriptions."
    lines = []
    for remote in account.subscriptions:
        name = style.paint(line(remote.content.name), bold=True)
        lines.append(f"{name}  {style.paint(line(remote.id), dim=True)}")
        lines += content(remote.content, style, indent=4, reveal=account.reveal)
    lines.append(f"\n{plural(len(account.subscriptions), 'subscription')}.")
    return "\n".join(lines)


def catalogue(catalogue: Catalogue, style: Style) -> str:
    """Each event type with its meaning, under its entity."""
    widest = max(len(event_type.name) for event_type in catalogue.event_types)
    lines = []
    for entity, group in groupby(catalogue.event_types, key=lambda event_type: event_type.entity):
        lines += ["", style.paint(entity, bold=True)]
        lines += [f"  {event_type.name:<{widest}}  {event_type.meaning}" for event_type in group]
    count = plural(len(catalogue.event_types), "event type")
    lines += ["", f"{count}, from {catalogue.source} as of {catalogue.as_of}."]
    gone = ", ".join(event_type.name for event_type in catalogue.retired)
    lines += [f"No longer in it, and not matched by globs: {gone}."] if gone else []
    return "\n".join(lines[1:])
