"""Plans and reports for a pull request comment or a step summary: bounded, deletes and guards first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from defacto_webhooks import guards
from defacto_webhooks.plan import Action
from defacto_webhooks.render import words
from defacto_webhooks.render.safe import code, markdown
from defacto_webhooks.render.style import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from defacto_webhooks.apply import Report
    from defacto_webhooks.plan import Change, Plan

MAX_LENGTH: Final = 60_000  # GitHub takes 65,536 characters; the workflow adds a few of its own
_ORDER = (Action.DELETE, Action.REPLACE, Action.UPDATE, Action.CREATE)
_FOLD_FROM = 6


def plan(plan: Plan) -> str:
    """A plan as Markdown, below 60,000 characters; totals and what is dangerous are never cut."""
    head = [f"### Webhook plan for {code(plan.environment)}", "", f"**{markdown(words.summary(plan))}**"]
    for guard in guards.check(plan):
        how = (
            f"To apply it all the same: {code(guard.override)}."
            if guard.override
            else "There is no override."
        )
        head += [
            "",
            "> [!CAUTION]",
            f"> Refused by the guard {code(guard.code)}: {markdown(guard.message)}. {how}",
        ]
    if plan.coverage.lost:
        lost = ", ".join(map(code, plan.coverage.lost))
        head += ["", "> [!WARNING]", f"> Nobody will receive any more: {lost}"]
    if plan.coverage.gained:
        head += ["", f"Received for the first time: {_folded(plan.coverage.gained)}"]
    head += [line for warning in plan.warnings for line in ("", markdown(warning))]
    tail = [] if plan.is_empty else ["", f"Fingerprint {code(plan.fingerprint)}"]
    table = ["", "| | Name | URL | Event types | Why |", "| --- | --- | --- | --- | --- |"]
    ordered = sorted(plan.changes, key=lambda change: (_ORDER.index(change.action), change.name))
    rows = [_row(change) for change in ordered]
    return _bounded(head, [*table] if rows else [], rows, tail)


def report(report: Report) -> str:
    """What an apply did, as Markdown; what went wrong comes first."""
    mark = "✅" if report.verified else "❌"
    head = [
        f"### {mark} Webhook apply for {code(report.environment)}",
        "",
        f"**{markdown(words.outcome(report))}**",
    ]
    if report.error:
        head += ["", markdown(report.error)]
    step = words.next_step(report)
    if step:
        head += ["", markdown(step)]
    table = ["", "| | Name | Status | What happened |", "| --- | --- | --- | --- |"]
    ordered = sorted(report.results, key=lambda result: (result.error is None, result.name))
    rows = [
        f"| {code(words.SYMBOLS[result.action])} | {code(result.name)} | {result.status.value} "
        f"| {markdown(result.error or '')} |"
        for result in ordered
    ]
    tail = []
    if report.left is not None and not report.left.is_empty:
        tail = [
            "",
            f"Left: {markdown(words.summary(report.left))} Fingerprint {code(report.left.fingerprint)}",
        ]
    return _bounded(head, [*table] if rows else [], rows, tail)


def _row(change: Change) -> str:
    before = change.existing.content if change.existing else None
    cells = [code(words.SYMBOLS[change.action]), code(words.title(change))]
    if change.fields and before and change.desired:
        url = code(str(change.desired.to_url))
        if change.fields.url_changed:
            url = f"{code(str(before.to_url))}<br>→ {code(change.desired.to_url.changed_from(before.to_url))}"
        added = f"added {_folded(change.fields.events_added)}" if change.fields.events_added else ""
        removed = f"removed {_folded(change.fields.events_removed)}" if change.fields.events_removed else ""
        cells += [url, "<br>".join(filter(None, (added, removed)))]
    else:
        only = change.desired or before
        cells += [code(str(only.to_url)), _folded(only.event_types)] if only else ["", ""]
    return f"| {' | '.join([*cells, markdown(change.reason)])} |"


def _folded(names: Sequence[str]) -> str:
    """A long list behind a click."""
    listed = ", ".join(map(code, names))
    if len(names) < _FOLD_FROM:
        return listed
    return f"<details><summary>{len(names)} event types</summary>{listed}</details>"


def _bounded(head: list[str], table: list[str], rows: Iterable[str], tail: list[str]) -> str:
    """Head and tail whole; as many rows as fit, and a word on how many do not."""
    rows = list(rows)
    reserve = 200  # for the word on what was cut
    room = MAX_LENGTH - sum(len(line) + 1 for line in [*head, *table, *tail]) - reserve
    shown: list[str] = []
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            break
        shown.append(row)
    cut = len(rows) - len(shown)
    note = ["", f"{plural(cut, 'row')} more than fit here; the log has them all."] if cut else []
    text = "\n".join([*head, *table, *shown, *note, *tail]) + "\n"
    return (
        text
        if len(text) <= MAX_LENGTH
        else text[: MAX_LENGTH - 60].rsplit("\n", 1)[0] + "\n\nCut: too long.\n"
    )
