"""Words that text and Markdown share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache

from defacto_webhooks import events
from defacto_webhooks.apply import Outcome, Report, Status
from defacto_webhooks.plan import Action, Change, Plan, UrlChange, ValueChange
from defacto_webhooks.render.style import plural

SYMBOLS = {Action.CREATE: "+", Action.REPLACE: "+/-", Action.UPDATE: "~", Action.DELETE: "-"}
_FOLD_FROM = 4  # event types; a shorter list is read faster than a glob


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def folded(
    event_types: Iterable[str], known: Collection[str] = events.EVENT_TYPES, at_least: int = _FOLD_FROM
) -> list[str]:
    """As the file would say it: `Loan.*` where all types of an entity are among them, `*` where all are.

    All of `known`, that is, and where they are `at_least` so many.
    """
    left = set(event_types)
    globs = []
    for pattern, all_of_them in _globs(tuple(known), at_least):
        if all_of_them <= left:
            left -= all_of_them
            globs.append(pattern)
    return sorted([*globs, *left])


@cache
def _globs(known: tuple[str, ...], at_least: int) -> list[tuple[str, set[str]]]:
    """The globs that are worth folding to, and what each stands for."""
    patterns = ("*", *sorted(set(map(events.glob, known))))
    found = [(pattern, set(events.expand(pattern, known))) for pattern in patterns]
    return [(pattern, members) for pattern, members in found if len(members) >= at_least]


def summary(plan: Plan) -> str:
    """What a plan comes to, as a sentence."""
    counts = [(plan.count(action), f"to {action.value}") for action in Action]
    todo = [f"{count:,} {what}" for count, what in counts if count]
    rest = [f"{len(plan.unchanged):,} unchanged"]
    if plan.ignored:
        rest.append(f"{len(plan.ignored):,} ignored")
    if plan.unmanaged:
        rest.append(f"{len(plan.unmanaged):,} not in the file, kept as `prune` is off")
    if not todo:
        return f"No changes: the account matches the file ({', '.join(rest)})."
    return f"{joined(todo)}; {', '.join(rest)}."


def title(change: Change) -> str:
    return f"{change.renamed_from} → {change.name}" if change.renamed_from is not None else change.name


def before_and_after(field: UrlChange | ValueChange) -> tuple[str, str]:
    """A value that differs, redacted; where a hidden part of it differs, the second one says so."""
    if isinstance(field, UrlChange):
        return str(field.before), field.after.changed_from(field.before)
    return str(field.before), str(field.after)


def outcome(report: Report) -> str:
    """How an apply ended, as a sentence."""
    done = plural(report.count(Status.DONE), "change")
    open_ = sum(report.count(status) for status in Status if status is not Status.DONE)
    return {
        Outcome.NO_CHANGES: "Nothing to do: the account matches the file.",
        Outcome.CONVERGED: f"Done and verified: {done} made; a fresh read shows that the account matches.",
        Outcome.PARTIAL: f"Not finished: {done} made, {open_:,} open. No wanted event was cut off.",
        Outcome.FAILED: "Failed; nothing was changed.",
        Outcome.DECLINED: "Declined; nothing was changed.",
        Outcome.INTERRUPTED: (
            f"Interrupted: {done} made, {open_:,} open. No wanted event was cut off."
            if report.may_have_changed
            else "Interrupted before anything was changed."
        ),
    }[report.outcome]


def next_step(report: Report) -> str:
    """What to do now; empty where nothing is left."""
    if report.verified or report.outcome is Outcome.DECLINED:
        return ""
    if report.hint:
        return report.hint[0].upper() + report.hint[1:] + "."
    hints = [result.cause.hint for result in report.results if result.cause and result.cause.hint]
    if hints:
        return hints[0][0].upper() + hints[0][1:] + "."
    return "Run `defacto-webhooks plan` to see what is left; running apply again is safe."
