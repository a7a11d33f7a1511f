"""Plans as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from defacto_webhooks.config import EMBEDDED
from defacto_webhooks.plan import Action, Change, Plan, guards
from defacto_webhooks.redaction.printable import line, width
from defacto_webhooks.render import words
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.text.content import content, difference, events
from defacto_webhooks.render.views import Plans
from defacto_webhooks.subscription import RemoteSubscription

_COLORS = {Action.CREATE: "green", Action.REPLACE: "yellow", Action.UPDATE: "yellow", Action.DELETE: "red"}


def plan(plan: Plan, style: Style) -> str:
    """A plan, with everything that a reader needs to judge it."""
    where = plan.environment if plan.api_url == EMBEDDED else f"{plan.environment} ({plan.api_url})"
    lines = [style.paint(f"Plan for {line(where)}", bold=True)]
    for change in _in_file_order(plan.changes):
        lines += ["", *_change(change, style)]
    if style.unchanged:
        lines += _listed("Unchanged", plan.unchanged, style)
    lines += _listed("Ignored (settings.scope.ignore)", plan.ignored, style)
    if style.unchanged:
        lines += _listed("Not in the file, kept because `prune` is off", plan.unmanaged, style)
    lines += ["", *_remarks(plan, style)]
    if lines[-1]:
        lines.append("")
    lines.append(style.paint(style.wrap(words.summary(plan), 0), bold=True))
    if not plan.is_empty:
        lines.append(style.paint(f"Fingerprint {plan.fingerprint}", dim=True))
    return "\n".join(lines)


def plans(plans: Plans, style: Style) -> str:
    """Each plan that says something, then a line for every environment."""
    shown = [
        plan(one, style)
        for one in plans.plans
        if style.unchanged or one.ignored or one.warnings or not one.is_empty
    ]
    lines = {one.environment: _in_a_line(one, style) for one in plans.plans}
    lines.update(
        (name, style.paint(f"no plan: {line(error.message)}", "red")) for name, error in plans.failed.items()
    )
    label = max((width(line(name)) for name in lines), default=0)
    overview = [style.paint("All environments", bold=True)]
    for name, text in lines.items():
        first = f"  {line(name)}{' ' * (label - width(line(name)) + 2)}"
        overview.append(style.wrap(text, label + 4, first))
    return "\n\n".join([*shown, "\n".join(overview)])


def _in_a_line(plan: Plan, style: Style) -> str:
    refused = ", ".join(guard.code for guard in guards.check(plan))
    if refused:
        return f"{words.summary(plan)} {style.paint(f'Refused by {refused}.', 'red', bold=True)}"
    return words.summary(plan)


def _in_file_order(changes: Sequence[Change]) -> Sequence[Change]:
    """So that plan and file can be read side by side; what only the account has comes last."""
    places = {change.name: change.location for change in changes if change.location}

    def place(change: Change) -> tuple[bool, str, int]:
        span = places.get(change.name)  # a twin stands where its name does
        return (span is None, "", 0) if span is None else (False, span.file, span.line)

    return sorted(changes, key=place)


def _change(change: Change, style: Style) -> Iterable[str]:
    symbol = style.paint(f"{words.SYMBOLS[change.action]:>3}", _COLORS[change.action], bold=True)
    place = f"  {line(change.location.file)}:{change.location.line}" if change.location else ""
    if change.action is Action.DELETE and change.existing:
        place = f"  {line(change.existing.id)}{place}"  # the only thing that tells twins apart
    yield f"{symbol} {style.paint(line(words.title(change)), bold=True)}{style.paint(place, dim=True)}"
    yield style.wrap(f"{change.action.value}: {line(change.reason)}", 6)
    subscription = words.content(change)
    if change.fields:
        for field in change.fields:
            if field.field != "name":  # the title has it
                yield from difference(field, style)
    elif subscription:
        yield from content(subscription, style)


def _remarks(plan: Plan, style: Style) -> Iterable[str]:
    if plan.coverage.lost:
        text = f"{words.LOST}: {events(plan.coverage.lost)}"
        yield style.paint(style.wrap(text, 2, "! "), "red", bold=True)
    if plan.coverage.gained:
        yield style.wrap(f"{words.GAINED}: {events(plan.coverage.gained)}", 2)
    for warning in plan.warnings:
        yield style.wrap(line(warning), 2)
    for guard in guards.check(plan):
        yield style.paint(style.wrap(line(words.refusal(guard)), 2, "! "), "red", bold=True)


def _listed(heading: str, remotes: Sequence[RemoteSubscription], style: Style) -> Iterable[str]:
    if remotes:
        yield ""
        yield style.paint(heading, dim=True)
        yield from (style.paint(f"    {line(remote.content.name)}", dim=True) for remote in remotes)
