"""The report of an apply, from the evidence: the status of each row and what is said of it, `verified`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from secrets import token_hex
from typing import Final, NamedTuple

from defacto_webhooks.apply.evidence import Evidence
from defacto_webhooks.apply.report import Outcome, Report, Result, Status
from defacto_webhooks.apply.sender import Answered
from defacto_webhooks.errors import RequestError, UserError, words_of_param
from defacto_webhooks.phrases import told_apart
from defacto_webhooks.plan import (
    Change,
    FieldChange,
    ListChange,
    Plan,
    Step,
    UrlChange,
    ValueChange,
)
from defacto_webhooks.plan.changes import field_changes
from defacto_webhooks.redaction import Secret
from defacto_webhooks.settings import UpdateMode
from defacto_webhooks.subscription import RemoteSubscription, Subscription

_NO_ROOM: Final = frozenset({402, 409, 422})  # said by an account that is full, or has the name already
_KEY: Final = Secret(token_hex())  # for comparing URLs, here and now
_ORDER: Final = (Status.DONE, Status.SKIPPED, Status.FAILED, Status.UNKNOWN)  # the last one tells most


def report(
    evidence: Evidence,
    copies: Sequence[Change],
    left: Plan | None,
    error: UserError | None,
    *,
    requests: int,
    is_stopped: bool,
) -> Report:
    """`copies` were removed beyond the plan; `left` is a plan from the newest read, None without one."""
    plan, sender = evidence.plan, evidence.sender
    left = None if sender.unread else left
    is_reached = not any(map(evidence.is_open, plan.steps))
    verified = left is not None and left.is_empty and is_reached
    # Even a refusal rules a change out only with a read that shows none.
    seen_unchanged = not sender.unread and evidence.read.contents == evidence.first.contents
    may_have_changed = sender.may_have_changed or bool(sender.attempts and not seen_unchanged)
    if error is None and left is not None and evidence.is_of_someone_else(left):
        error = RequestError(
            "someone else changed the account during the apply: more is left to do than the plan showed",
            "review a new plan, then apply it",
        )
    if verified:
        outcome, error = Outcome.CONVERGED, None
    elif is_stopped:
        outcome = Outcome.INTERRUPTED
    else:
        outcome = Outcome.PARTIAL if may_have_changed else Outcome.FAILED
    return Report(
        environment=plan.environment,
        outcome=outcome,
        verified=verified,
        results=tuple(_result(evidence, change) for change in (*plan.changes, *copies)),
        requests=requests,
        may_have_changed=may_have_changed,
        left=None if verified else left,
        error=error.message if error else None,
        hint=error.hint if error else _hint(evidence),
        targets=plan.targets,
    )


def _result(evidence: Evidence, change: Change) -> Result:
    """The worst of its steps. Half made is what was added, and not yet taken away."""
    worst = max((_of_step(evidence, step) for step in change.steps), key=lambda one: _ORDER.index(one.status))
    is_half_made = len(change.steps) > 1 and [*map(evidence.is_open, change.steps)] == [False, True]
    error = worst.message
    if worst.status is Status.SKIPPED and error is None:
        error = "half done: the old one was not deleted" if is_half_made else "not started"
    id_ = next(_ids(evidence, change), None)
    return Result(change.action, change.name, id_, worst.status, error, worst.cause, is_half_made)


def _ids(evidence: Evidence, change: Change) -> Iterator[str]:
    """The new one's, as the account or else the server said it; then the old one's."""
    if change.desired in evidence.read.keepers:
        yield evidence.read.keepers[change.desired]
    for step in change.steps:
        if step in evidence.attempts and (id_ := evidence.attempts[step].id):
            yield id_
    if change.existing:
        yield change.existing.id


class _StepResult(NamedTuple):
    status: Status
    message: str | None = None
    cause: UserError | None = None


def _of_step(evidence: Evidence, step: Step) -> _StepResult:
    """Done is what a read shows; failed what was refused; unknown what was sent and is neither."""
    if not evidence.is_open(step):
        return _StepResult(Status.DONE)
    attempt = evidence.attempts.get(step)
    if attempt is None:
        return _StepResult(Status.SKIPPED, evidence.blocked.get(step) or evidence.sender.not_sent.get(step))
    said = attempt.error.message if attempt.error else "the server accepted it"
    stored = evidence.otherwise.get(step)
    is_unread = step in evidence.sender.unread
    if not attempt.may_land_late:
        if attempt.answered is Answered.NO:
            return _StepResult(Status.FAILED, said, attempt.error)
        if stored and not is_unread:
            return _StepResult(Status.FAILED, _told_otherwise(evidence, step, stored))
    elif trace := _told_otherwise(evidence, step, stored) if stored else _trace(evidence, step):
        return _StepResult(Status.UNKNOWN, trace, attempt.error)
    if attempt.answered is Answered.YES:
        shown = f"still shows {step.id}" if step.after is None else "does not show it"
        said += f", but the account {'could not be read again' if is_unread else shown}"
    return _StepResult(Status.UNKNOWN, said, attempt.error)


def _trace(evidence: Evidence, step: Step) -> str | None:
    """What an unanswered request seems to have left."""
    if step.after is None:
        return None
    if step.id is not None:
        there = evidence.read.contents.get(step.id)
        if there is None or there == step.before:
            return None
        return f"no answer came, and the account has something else: {_difference(step.after, there)}"
    name = step.after.name
    traces = sorted(evidence.traces(step), key=lambda remote: (remote.content.name != name, remote.id))
    if not traces:
        return None
    return (
        f"no answer came, and {traces[0].id} appeared with different content: "
        f"{_difference(step.after, traces[0].content)}; it may be this one, so it was not sent again"
    )


def _told_otherwise(evidence: Evidence, step: Step, stored: RemoteSubscription) -> str:
    what = "the account stored something other than what was sent"
    if step.after is not None:
        what += f": {_difference(step.after, stored.content)}"
    back = Step.delete(stored)
    removal = evidence.attempts.get(back)
    if stored.id not in evidence.read.contents:
        return f"{what}; it was removed again"
    if removal is None:
        return f"{what}; {stored.id} was left as it is"
    if back in evidence.sender.unread:
        return f"{what}; its removal was asked for, but the account could not be read again"
    why = removal.error.message if removal.error else "the account still shows it"
    return f"{what}; it could not be removed again: {why}"


def _difference(sent: Subscription, stored: Subscription) -> str:
    """What the server changed, in words, whichever field it is in; URLs redact themselves."""
    return ", ".join(map(_in_words, field_changes(sent, stored, _KEY)))


def _in_words(field: FieldChange) -> str:
    match field:
        case ListChange(name, added, removed):
            both = (("with", added), ("without", removed))
            return " ".join([name, *(f"{word} {', '.join(items)}" for word, items in both if items)])
        case UrlChange(name, before, after):
            return f"{name} {after.changed_from(before)}"
        case ValueChange(name, before, after):
            was, told = told_apart(before, after)
            return f"{name} {told} instead of {was}"


def _hint(evidence: Evidence) -> str:
    """Where a create was refused that may have needed room: how to do with less."""
    errors = (attempt.error for step, attempt in evidence.attempts.items() if step.kind == "create")
    refusals = [one for one in errors if isinstance(one, RequestError) and one.status in _NO_ROOM]
    # Not where another field than the name is to blame.
    if not any(all("name" in words_of_param(field) for field, _ in one.invalid_params) for one in refusals):
        return ""
    ways = []
    if evidence.plan.settings.update is not UpdateMode.PATCH:
        ways.append("set `update: patch` in `settings` to change subscriptions in place")
    if any(step.after is None for step in evidence.plan.steps):
        ways.append("make room first, with `--target NAME` of one to delete")
    if not ways:
        return ""
    return f"if a name must be unique in the account, or the account is full: {', and '.join(ways)}"
