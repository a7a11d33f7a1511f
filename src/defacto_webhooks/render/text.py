"""Plans and reports for a terminal or a log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from defacto_webhooks.apply import Report, Status
from defacto_webhooks.plan import Action, Change, FieldChange, ListChange, Plan, guards
from defacto_webhooks.redaction.printable import line, width
from defacto_webhooks.render import words
from defacto_webhooks.render.style import Style, plural
from defacto_webhooks.subscription import RemoteSubscription

_COLORS = {Action.CREATE: "green", Action.REPLACE: "yellow", Action.UPDATE: "yellow", Action.DELETE: "red"}
_STATUS_COLORS = {
    Status.DONE: "green",
    Status.FAILED: "red",
    Status.SKIPPED: "yellow",
    Status.UNKNOWN: "yellow",
}
_LABEL = 13  # "event_types" and a gap


def plan(plan: Plan, style: Style, *, show_unchanged: bool = False) -> str:
    """A plan, with everything that a reader needs to judge it."""
    where = plan.environment if plan.api_url == "embedded" else f"{plan.environment} ({plan.api_url})"
    lines = [style.paint(f"Plan for {line(where)}", bold=True)]
    for change in _in_file_order(plan.changes):
        lines += ["", *_change(change, style)]
    if show_unchanged:
        lines += _listed("Unchanged", plan.unchanged, style)
    lines += _listed("Ignored (settings.scope.ignore)", plan.ignored, style)
    if show_unchanged:
        lines += _listed("Not in the file, kept as `prune` is off", plan.unmanaged, style)
    lines.append("")
    if plan.coverage.lost:
        text = "Nobody will receive any more: " + _events(plan.coverage.lost)
        lines.append(style.paint(style.wrap(text, 2, "! "), "red", bold=True))
    if plan.coverage.gained:
        lines.append(style.wrap(f"Received for the first time: {_events(plan.coverage.gained)}", 2, "  "))
    lines += [style.wrap(line(warning), 2, "  ") for warning in plan.warnings]
    for guard in guards.check(plan):
        how = f"To apply it all the same: {guard.override}" if guard.override else "There is no override."
        text = f"Refused by the guard {guard.code}: {line(guard.message)}. {how}"
        lines.append(style.paint(style.wrap(text, 2, "! "), "red", bold=True))
    if lines[-1]:
        lines.append("")
    lines.append(style.paint(style.wrap(words.summary(plan), 0), bold=True))
    if not plan.is_empty:
        lines.append(style.paint(f"Fingerprint {plan.fingerprint}", dim=True))
    return "\n".join(lines)


def overview(
    plans: Sequence[Plan], failed: Mapping[str, str], style: Style, *, show_unchanged: bool = False
) -> str:
    """Several environments: each plan that says something, then a line for every one of them.

    `failed` says for an environment why there is no plan of it.
    """
    shown = [
        plan(one, style, show_unchanged=show_unchanged)
        for one in plans
        if show_unchanged or one.ignored or not one.is_empty
    ]
    found = {one.environment: _in_a_line(one, style) for one in plans}
    found.update((name, style.paint(f"no plan: {line(why)}", "red")) for name, why in failed.items())
    label = max((width(line(name)) for name in found), default=0)
    lines = [style.paint("All environments", bold=True)]
    for name, words_ in found.items():
        first = f"  {line(name)}{' ' * (label - width(line(name)) + 2)}"
        lines.append(style.wrap(words_, label + 4, first))
    return "\n\n".join([*shown, "\n".join(lines)])


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
    color = _COLORS[change.action]
    symbol = style.paint(f"{words.SYMBOLS[change.action]:>3}", color, bold=True)
    place = f"  {line(change.location.file)}:{change.location.line}" if change.location else ""
    yield f"{symbol} {style.paint(line(words.title(change)), bold=True)}{style.paint(place, dim=True)}"
    yield style.wrap(f"{change.action.value}: {line(change.reason)}", 6)
    only = change.desired or (change.existing and change.existing.content)
    if change.fields:
        for field in change.fields:
            if field.field != "name":  # the title has it
                yield from _field(field, style)
    elif only:
        for name, value in only.document().items():
            if name != "name":
                text = _events(value) if isinstance(value, list) else line(str(value))
                yield style.wrap(text, 6 + _LABEL, f"{f'      {name}':<{6 + _LABEL}}")


def _field(field: FieldChange, style: Style) -> Iterable[str]:
    label = f"      {field.field}"
    if isinstance(field, ListChange):
        for sign, items, color in (("+", field.added, "green"), ("-", field.removed, "red")):
            if items:
                text = style.wrap(_events(items), 8 + _LABEL, f"{label:<{6 + _LABEL}}{sign} ")
                yield text.replace(f"{sign} ", style.paint(f"{sign} ", color), 1)
                label = ""
    else:
        before, after = words.before_and_after(field)
        yield f"{label:<{6 + _LABEL}}{style.paint(line(before), 'red')}"
        yield f"{'':<{4 + _LABEL}}→ {style.paint(line(after), 'green')}"


def _events(event_types: Iterable[str]) -> str:
    return ", ".join(map(line, words.folded(event_types)))


def _listed(heading: str, remotes: Sequence[RemoteSubscription], style: Style) -> Iterable[str]:
    if remotes:
        yield ""
        yield style.paint(heading, dim=True)
        yield from (style.paint(f"    {line(remote.content.name)}", dim=True) for remote in remotes)


def report(report: Report, style: Style) -> str:
    """What an apply did, change by change, and what to do next."""
    lines = []
    for result in report.results:
        status = style.paint(f"{result.status.value:<8}", _STATUS_COLORS[result.status])
        name = style.paint(line(result.name), bold=True)
        lines.append(f"{status}{words.SYMBOLS[result.action]:>3} {name}  {result.action.value}")
        if result.error:
            lines.append(style.wrap(line(result.error), 12))
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
        lines.append(style.wrap(f"Left: {words.summary(report.left)}", 0))
        lines.append(f"Fingerprint of what is left: {report.left.fingerprint}")
    return "\n".join(lines)


def subscriptions(remotes: Sequence[RemoteSubscription], style: Style, *, reveal: bool = False) -> str:
    """The account as it is."""
    if not remotes:
        return "The account has no webhook subscriptions."
    lines = []
    for remote in remotes:
        url = remote.content.to_url
        name = style.paint(line(remote.content.name), bold=True)
        lines.append(f"{name}  {style.paint(line(remote.id), dim=True)}")
        lines.append(f"    {line(url.reveal() if reveal else str(url))}")
        lines.append(style.wrap(_events(remote.content.event_types), 4))
    lines.append(f"\n{plural(len(remotes), 'subscription')}.")
    return "\n".join(lines)
