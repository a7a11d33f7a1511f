"""Markdown for a pull request comment or a step summary: bounded, what is dangerous first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from defacto_webhooks.apply import Report
from defacto_webhooks.config import EMBEDDED
from defacto_webhooks.errors import UserError
from defacto_webhooks.phrases import plural
from defacto_webhooks.plan import Action, Change, FieldChange, ListChange, Plan, guards
from defacto_webhooks.plan.saved import SavedPlan
from defacto_webhooks.redaction.printable import code, lines, markdown as escaped, short
from defacto_webhooks.render import words
from defacto_webhooks.render.format import Format
from defacto_webhooks.render.style import PLAIN, Style
from defacto_webhooks.render.views import Plans
from defacto_webhooks.subscription import FIELDS

MAX_LENGTH: Final = 60_000  # GitHub takes 65,536 characters; the workflow adds a few of its own
_ORDER: Final = (Action.DELETE, Action.REPLACE, Action.UPDATE, Action.CREATE)
_FOLD_FROM: Final = 6
_IN_BACKTICKS: Final = re.compile("`([^`]+)`")


def sentence(text: str) -> str:
    """A sentence of ours: what it has between backticks is code, all else is plain words."""
    parts = _IN_BACKTICKS.split(text)
    return "".join(code(part) if index % 2 else escaped(part) for index, part in enumerate(parts))


def plans(plans: Plans, _: Style = PLAIN) -> str:
    """Several plans as one text, below 60,000 characters together."""
    room = MAX_LENGTH // max(1, len(plans.plans) + len(plans.failed)) - 2
    shown = [plan(one, max_length=room) for one in plans.plans]
    return "\n\n".join([*shown, *(no_plan(name, error)[:room] for name, error in plans.failed.items())])


def no_plan(environment: str, error: UserError) -> str:
    """Instead of a plan: why there is none."""
    return failed(f"No webhook plan for {code(environment)}", error)


def failed(title: str, error: UserError) -> str:
    """What went wrong, under a `title` that is Markdown."""
    lines = [f"### ❌ {title}", "", f"**{sentence(short(error.message))}**"]
    return "\n".join([*lines, *(["", sentence(short(error.hint))] if error.hint else [])])


def plan(plan: Plan, _: Style = PLAIN, *, max_length: int = MAX_LENGTH) -> str:
    """A plan as Markdown, bounded; totals and what is dangerous come first and are cut last."""
    where = "" if plan.api_url == EMBEDDED else f" at {code(plan.api_url)}"
    head = [
        f"### Webhook plan for {code(plan.environment)}{where}",
        "",
        f"**{sentence(words.summary(plan))}**",
    ]
    for guard in guards.check(plan):
        head += ["", "> [!CAUTION]", f"> {sentence(words.refusal(guard))}"]
    if plan.coverage.lost:
        head += [
            "",
            "> [!WARNING]",
            f"> {words.LOST}: {', '.join(map(code, words.folded(plan.coverage.lost)))}",
        ]
    if plan.coverage.gained:
        head += ["", f"{words.GAINED}: {_folded('event_types', plan.coverage.gained)}"]
    for warning in plan.warnings:
        head += ["", sentence(warning)]
    tail = [] if plan.is_empty else ["", f"Fingerprint {code(plan.fingerprint)}"]
    titles = ["", "name", *(field for field in FIELDS if field != "name"), "why"]
    table = ["", f"| {' | '.join(titles)} |", f"|{' --- |' * len(titles)}"]
    ordered = sorted(plan.changes, key=lambda change: (_ORDER.index(change.action), change.name))
    rows = [_row(change) for change in ordered]
    return _bounded(head, table if rows else [], rows, tail, max_length)


def report(report: Report, _: Style = PLAIN) -> str:
    """What an apply did, as Markdown, bounded; what went wrong comes first."""
    mark = "✅" if report.verified else "❌"
    head = [
        f"### {mark} Webhook apply for {code(report.environment)}",
        "",
        f"**{sentence(words.outcome(report))}**",
    ]
    for remark in (report.error, words.next_step(report)):
        if remark:
            head += ["", sentence(remark)]
    table = ["", "| | name | status | what happened |", "| --- | --- | --- | --- |"]
    ordered = sorted(report.results, key=lambda result: (result.error is None, result.name))
    rows = [
        f"| {code(words.SYMBOLS[result.action])} | {code(short(result.name))} | {result.status.value} "
        f"| {'<br>'.join([sentence(result.error or ''), *map(escaped, map(short, words.reasons(result)))])} |"
        for result in ordered
    ]
    tail = []
    if report.left is not None and not report.left.is_empty:
        left = sentence(words.summary(report.left))
        tail = ["", f"Still to do: {left} Fingerprint {code(report.left.fingerprint)}"]
    return _bounded(head, table if rows else [], rows, tail, MAX_LENGTH)


def _row(change: Change) -> str:
    content = words.content(change)
    differing = {field.field: field for field in change.fields}
    cells = []
    for name, value in content.document().items() if content else ():
        if name in differing:
            cells.append(_field(differing[name]))
        else:  # of a list that stays as it is, nobody needs to see all
            cells.append("" if differing and isinstance(value, list) else _value(name, value))
    del cells[FIELDS.index("name")]  # the title has it
    title = code(short(words.title(change)))
    if change.action is Action.DELETE and change.existing:
        title += f"<br>id {code(short(change.existing.id))}"
    head = [code(words.SYMBOLS[change.action]), title]
    return f"| {' | '.join([*head, *cells, sentence(change.reason)])} |"


def _field(field: FieldChange) -> str:
    if isinstance(field, ListChange):
        came_and_went = (("added", field.added), ("removed", field.removed))
        return "<br>".join(f"{how} {_folded(field.field, items)}" for how, items in came_and_went if items)
    before, after = words.before_and_after(field)
    return f"{code(short(before))}<br>→ {code(short(after))}"


def _value(name: str, value: object) -> str:
    return _folded(name, value) if isinstance(value, list) else code(short(str(value)))


def _folded(name: str, items: Sequence[str]) -> str:
    """A long list behind a click."""
    shown = words.folded(items)
    listed = ", ".join(map(code, shown))
    if len(shown) < _FOLD_FROM:
        return listed
    return f"<details><summary>{len(items)} {name.replace('_', ' ')}</summary>{listed}</details>"


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
    left_out = plural(cut, "more row doesn't", "more rows don't")
    note = ["", f"{left_out} fit here; the log has all of them."] if cut else []
    text = "\n".join([*head, *table, *shown, *note, *tail])
    if len(text) < max_length:
        return text
    return text[: max_length - 60].rsplit("\n", 1)[0] + "\n\nTruncated: the log has the rest."


def saved_plan(saved: SavedPlan, _: Style = PLAIN) -> str:
    """As it was shown; the file may have been edited since."""
    return lines(saved.text("markdown"))


FORMAT: Final = Format({Plan: plan, Plans: plans, Report: report, SavedPlan: saved_plan})
