"""The catalogue of event types, as text."""

from __future__ import annotations

from itertools import groupby

from defacto_webhooks.phrases import plural
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.views import Catalogue


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
