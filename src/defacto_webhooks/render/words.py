"""The sentences that text shares with Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Final

from defacto_webhooks import events
from defacto_webhooks.apply import Outcome, Report, Result, Status
from defacto_webhooks.phrases import plural
from defacto_webhooks.plan import Action, Change, Plan, UrlChange, ValueChange
from defacto_webhooks.plan.guards import Guard
from defacto_webhooks.subscription import Subscription

LOST: Final = "No longer received by anyone"
GAINED: Final = "Received for the first time"
SYMBOLS: Final = {Action.CREATE: "+", Action.REPLACE: "+/-", Action.UPDATE: "~", Action.DELETE: "-"}
_FOLD_FROM = 2  # event types: a glob for a single one says less


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def folded(event_types: Iterable[str], known: Collection[str] = events.EVENT_TYPES) -> list[str]:
    """As the file would say it: `Loan.*` where all `known` types of an entity are among them, or `*`."""
    left = set(event_types)
    globs = []
    for pattern, all_of_them in _globs(tuple(known)):
        if all_of_them <= left:
            left -= all_of_them
            globs.append(pattern)
    return sorted([*globs, *left])


@cache
def _globs(known: tuple[str, ...]) -> list[tuple[str, set[str]]]:
    """The globs that are worth folding to, and what each stands for."""
    patterns = ("*", *sorted(set(map(events.glob, known))))
    found = [(pattern, set(events.expand(pattern, known))) for pattern in patterns]
    return [(pattern, members) for pattern, members in found if len(members) >= _FOLD_FROM]


def summary(plan: Plan) -> str:
    """What a plan comes to, as a sentence."""
    counts = [(plan.count(action), f"to {action.value}") for action in Action]
    todo = [f"{count:,} {what}" for count, what in counts if count]
    rest = [f"{len(plan.unchanged):,} unchanged"]
    if plan.ignored:
        rest.append(f"{len(plan.ignored):,} ignored")
    if plan.unmanaged:
        rest.append(f"{len(plan.unmanaged):,} not in the file, kept because `prune` is off")
    if not todo:
        return f"No changes: {_whole(plan.targets)} matches the file ({', '.join(rest)})."
    return f"{joined(todo)}; {', '.join(rest)}."


def refusal(guard: Guard) -> str:
    """That `guard` refuses a plan, why, and what to do about it."""
    override = f"Override it with `{guard.override}`." if guard.override else "It can't be overridden."
    return f"Refused by the guard `{guard.code}`: {guard.message}. {override}"


def title(change: Change) -> str:
    return f"{change.renamed_from} → {change.name}" if change.renamed_from is not None else change.name


def content(change: Change) -> Subscription | None:
    """What the file wants; of a delete, what the account has."""
    return change.desired or (change.existing.content if change.existing else None)


def before_and_after(field: UrlChange | ValueChange) -> tuple[str, str]:
    """A value that differs, redacted; where a hidden part of it differs, the second one says so."""
    if isinstance(field, UrlChange):
        return str(field.before), field.after.changed_from(field.before)
    return str(field.before), str(field.after)


def outcome(report: Report) -> str:
    """How an apply ended, as a sentence; its numbers are those of the rows."""
    done = report.count(Status.DONE)
    made = plural(done, "change")
    counts = [(report.count(status), status.value) for status in Status if status is not Status.DONE]
    so_far = ", ".join([f"{made} made", *(f"{count:,} {status}" for count, status in counts if count)])
    if half_made := sum(result.is_half_made for result in report.results):
        so_far += f"; {half_made:,} of these {'is' if half_made == 1 else 'are'} half done"
    whole = _whole(report.targets)
    # What is so without a request of this apply was done by another.
    by_others = " by somebody else" if done and not report.may_have_changed else ""
    of_others = f", {made} made{by_others}" if by_others else ""
    return {
        Outcome.NO_CHANGES: f"Nothing to do: {whole} matches the file.",
        Outcome.CONVERGED: f"Done and verified: {made} made{by_others}; {whole} now matches the file.",
        Outcome.PARTIAL: f"Not finished: {so_far}.",
        Outcome.FAILED: f"Failed; nothing was changed{of_others}.",
        Outcome.DECLINED: "Declined; nothing was changed.",
        Outcome.INTERRUPTED: (
            f"Interrupted: {so_far}."
            if report.may_have_changed
            else f"Interrupted before anything was changed{of_others}."
        ),
    }[report.outcome]


def _whole(targets: Collection[str]) -> str:
    return "what --target selects" if targets else "the account"


def reasons(result: Result) -> list[str]:
    """Why the server would not take it, each reason beside the line of the file."""
    return [
        f"{f'{reason.location}: ' if reason.location else ''}{reason.field}: {reason.reason}"
        for reason in result.reasons
    ]


def next_step(report: Report) -> str:
    """What to do now; empty where nothing is left."""
    if report.verified or report.outcome is Outcome.DECLINED:
        return ""
    hints = [result.cause.hint for result in report.results if result.cause and result.cause.hint]
    hint = report.hint or next(iter(hints), "")
    if hint:
        return f"{hint[0].upper()}{hint[1:]}{'' if hint.endswith('?') else '.'}"
    return "Run `defacto-webhooks plan` to see what is left; it is safe to apply again."
