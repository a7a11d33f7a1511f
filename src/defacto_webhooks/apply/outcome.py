"""What became of each change: the final read decides; where there is none, the server's answers do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from defacto_webhooks.apply.report import Result, Status
from defacto_webhooks.apply.sender import Attempt
from defacto_webhooks.errors import RequestError
from defacto_webhooks.plan import Change, Step
from defacto_webhooks.subscription import RemoteSubscription, Subscription


def results(
    changes: Iterable[Change],
    attempts: Mapping[Step, Attempt],
    notes: Mapping[Step, str],
    settled_on: Sequence[RemoteSubscription] | None,
) -> tuple[Result, ...]:
    """One Result a change. `settled_on` is a read after the last request, None where there was none."""
    rows = []
    account = None if settled_on is None else _Account(settled_on)
    for change in changes:
        tried = [attempts[step] for step in change.steps if step in attempts]
        if account is not None and account.shows(change):
            status, error, cause = Status.DONE, None, None
        else:
            status, error, cause = _unfinished(change, tried, notes, is_settled=account is not None)
        new_id = next((attempt.id for attempt in tried if attempt.id), None)
        if account is not None and change.desired in account.ids:
            new_id = account.ids[change.desired]
        old_id = change.existing.id if change.existing else None
        rows.append(Result(change.action, change.name, new_id or old_id, status, error, cause))
    return tuple(rows)


class _Account:
    """A read, made quick to ask."""

    def __init__(self, remotes: Sequence[RemoteSubscription]) -> None:
        self._present = {remote.id for remote in remotes}
        self.ids: dict[Subscription | None, str] = {}
        for remote in remotes:
            self.ids[remote.content] = min(remote.id, self.ids.get(remote.content, remote.id))

    def shows(self, change: Change) -> bool:
        """Whether everything that `change` wants is so."""
        wanted_is_there = change.desired is None or change.desired in self.ids
        goes = {step.id for step in change.steps if step.kind == "delete"}
        return wanted_is_there and self._present.isdisjoint(goes)


def _unfinished(
    change: Change, tried: Sequence[Attempt], notes: Mapping[Step, str], *, is_settled: bool
) -> tuple[Status, str | None, RequestError | None]:
    note = next((notes[step] for step in change.steps if step in notes), None)
    failures = [attempt for attempt in tried if attempt.error]
    if failures:
        worst = max(failures, key=lambda attempt: attempt.may_land_late)
        status = Status.UNKNOWN if worst.may_land_late else Status.FAILED
        return status, note or (worst.error.message if worst.error else None), worst.error
    if len(tried) < len(change.steps):
        status = Status.FAILED if note and tried else Status.SKIPPED
        if note is None:
            note = "only begun; the old one was not taken away" if tried else "not started"
        return status, note, None
    if is_settled:
        if note:
            return Status.FAILED, note, None
        return Status.UNKNOWN, "the server said yes, but the account does not show it", None
    return Status.DONE, None, None
