"""Text for a terminal or a log."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from defacto_webhooks.apply import Report, Status
from defacto_webhooks.phrases import plural
from defacto_webhooks.plan import Plan
from defacto_webhooks.plan.saved import SavedPlan
from defacto_webhooks.redaction.printable import line, lines
from defacto_webhooks.render import words
from defacto_webhooks.render.format import Format
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.text.content import content
from defacto_webhooks.render.text.findings import findings
from defacto_webhooks.render.text.plan import plan, plans
from defacto_webhooks.render.text.receivers import receivers
from defacto_webhooks.render.views import Catalogue, Diagnostics, Listing, Plans, Receivers

_COLORS = {
    Status.DONE: "green",
    Status.FAILED: "red",
    Status.SKIPPED: "yellow",
    Status.UNKNOWN: "yellow",
}


def listing(listing: Listing, style: Style) -> str:
    """The account as it is."""
    if not listing.subscriptions:
        return "The account has no webhook subscriptions."
    lines = []
    for remote in listing.subscriptions:
        name = style.paint(line(remote.content.name), bold=True)
        lines.append(f"{name}  {style.paint(line(remote.id), dim=True)}")
        lines += content(remote.content, style, indent=4, reveal=listing.reveal)
    lines.append(f"\n{plural(len(listing.subscriptions), 'subscription')}.")
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


def report(report: Report, style: Style) -> str:
    """What an apply did, change by change, and what to do next."""
    lines = []
    for result in report.results:
        status = style.paint(f"{result.status.value:<8}", _COLORS[result.status])
        name = style.paint(line(result.name), bold=True)
        lines.append(f"{status}{words.SYMBOLS[result.action]:>3} {name}  {result.action.value}")
        if result.error:
            lines.append(style.wrap(line(result.error), 12))
        lines += [style.wrap(line(reason), 12) for reason in words.reasons(result)]
    if lines:
        lines.append("")
    color = "green" if report.verified else "red"
    lines.append(style.paint(style.wrap(words.outcome(report), 0), color, bold=True))
    if report.error:
        lines.append(style.wrap(line(report.error), 0))
    step = words.next_step(report)
    if step:
        lines.append(style.wrap(step, 0))
    if report.left is not None and not report.left.is_empty:
        lines.append(style.wrap(f"Still to do: {words.summary(report.left)}", 0))
        lines.append(f"Fingerprint of what is left: {report.left.fingerprint}")
    return "\n".join(lines)


FORMAT: Final = Format(
    {
        Listing: listing,
        Catalogue: catalogue,
        Diagnostics: findings,
        Plan: plan,
        Plans: plans,
        Receivers: receivers,
        Report: report,
        SavedPlan: lambda saved, _: lines(saved.text("text")),
    }
)
