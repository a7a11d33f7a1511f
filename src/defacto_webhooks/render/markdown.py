"""Plans and reports for a pull request comment or a step summary: bounded, deletes and guards first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from defacto_webhooks.apply import Report
from defacto_webhooks.plan import Action, Change, FieldChange, ListChange, Plan, guards
from defacto_webhooks.redaction.printable import code, markdown, short
from defacto_webhooks.render import words
from defacto_webhooks.render.style import plural
from defacto_webhooks.subscription import FIELDS

MAX_LENGTH: Final = 60_000  # GitHub takes 65,536 characters; the workflow adds a few of its own
_ORDER = (Action.DELETE, Action.REPLACE, Action.UPDATE, Action.CREATE)
_FOLD_FROM = 6


def plans(plans: Sequence[Plan]) -> str:
    """Several plans as one text, below 60,000 characters together."""
    return "\n".join(plan(one, MAX_LENGTH // len(plans) - 1) for one in plans)


def plan(plan: Plan, max_length: int = MAX_LENGTH) -> str:
    """A plan as Markdown, bounded; totals and what is dangerous come first and are cut last."""
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
    columns = ["", "name", *(field for field in FIELDS if field != "name"), "why"]
    table = ["", f"| {' | '.join(columns)} |", "| --- " * len(columns) + "|"]
    ordered = sorted(plan.changes, key=lambda change: (_ORDER.index(change.action), change.name))
    rows = [_row(change) for change in ordered]
    return _bounded(head, table if rows else [], rows, tail, max_length)


def report(report: Report, max_length: int = MAX_LENGTH) -> str:
    """What an apply did, as Markdown, bounded; what went wrong comes first."""
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
        f"| {code(words.SYMBOLS[result.action])} | {code(short(result.name))} | {result.status.value} "
        f"| {markdown(result.error or '')} |"
        for result in ordered
    ]
    tail = []
    if report.left is not None and not report.left.is_empty:
        tail = [
            "",
            f"Left: {markdown(words.summary(report.left))} Fingerprint {code(report.left.fingerprint)}",
        ]
    return _bounded(head, table if rows else [], rows, tail, max_length)


def _row(change: Change) -> str:
    content = change.desired or (change.existing and change.existing.content)
    differing = {field.field: field for field in change.fields}
    cells = [code(words.SYMBOLS[change.action]), code(short(words.title(change)))]
    for name, value in content.document().items() if content else ():
        if name in differing:
            cells.append(_field(differing[name]))
        elif isinstance(value, list):
            cells.append("" if differing else _folded(value))
        else:
            cells.append(code(short(str(value))))
    del cells[2 + FIELDS.index("name")]  # the title has it
    return f"| {' | '.join([*cells, markdown(change.reason)])} |"


def _field(field: FieldChange) -> str:
    if isinstance(field, ListChange):
        came_and_went = (("added", field.added), ("removed", field.removed))
        return "<br>".join(f"{how} {_folded(items)}" for how, items in came_and_went if items)
    before, after = words.before_and_after(field)
    return f"{code(short(before))}<br>→ {code(short(after))}"


def _folded(names: Sequence[str]) -> str:
    """A long list behind a click."""
    listed = ", ".join(map(code, names))
    if len(names) < _FOLD_FROM:
        return listed
    return f"<details><summary>{len(names)} event types</summary>{listed}</details>"


def _bounded(
    head: Sequence[str], table: Sequence[str], rows: Sequence[str], tail: Sequence[str], max_length: int
) -> str:
    """Head and tail whole; the rows that fit, and a word on how many do not."""
    reserve = 200  # for the word on what was cut
    room = max_length - sum(len(line) + 1 for line in [*head, *table, *tail]) - reserve
    shown: list[str] = []
    for row in rows:
        if len(row) < room:
            room -= len(row) + 1
            shown.append(row)
    cut = len(rows) - len(shown)
    note = ["", f"{plural(cut, 'row')} more than fit here; the log has them all."] if cut else []
    text = "\n".join([*head, *table, *shown, *note, *tail]) + "\n"
    if len(text) < max_length:
        return text
    return text[: max_length - 60].rsplit("\n", 1)[0] + "\n\nCut: too long.\n"
