"""What an apply did, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from defacto_webhooks.diagnostics import Span
from defacto_webhooks.errors import Exit, UserError
from defacto_webhooks.plan import Action, Plan


class Outcome(StrEnum):
    """How an apply ended."""

    NO_CHANGES = "no_changes"
    CONVERGED = "converged"
    PARTIAL = "partial"
    FAILED = "failed"
    DECLINED = "declined"
    INTERRUPTED = "interrupted"


class Status(StrEnum):
    """What became of one change, settled by the final read where there is one."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class Reason(NamedTuple):
    """Why the server would not take one field of a change (RFC 7807 `invalid_params`), and its place."""

    field: str
    reason: str
    location: Span | None = None


class Result(NamedTuple):
    """One change and what became of it. `id` is the new subscription's where one was created.

    `is_half_made`: the account shows a part of it, as the new one beside the old one of a replace.
    """

    action: Action
    name: str
    id: str | None
    status: Status
    error: str | None = None
    cause: UserError | None = None  # what the server said, where it said something
    is_half_made: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What an apply did. `verified`: a fresh read afterwards showed an empty plan."""

    environment: str
    outcome: Outcome
    verified: bool
    results: tuple[Result, ...]
    requests: int
    may_have_changed: bool  # a change was made, or can't be ruled out
    left: Plan | None = None  # what the final read says is still to do, where it is not empty
    error: str | None = None  # why it stopped, where no single change is to blame
    hint: str = ""
    targets: tuple[str, ...] = ()  # what was looked at; empty: everything

    @property
    def exit_code(self) -> Exit:
        """0 exactly when the account was seen to match; 1 and 130 promise that nothing was changed."""
        if self.verified:
            return Exit.DONE
        if self.may_have_changed:
            return Exit.INCOMPLETE
        return Exit.INTERRUPTED if self.outcome is Outcome.INTERRUPTED else Exit.ERROR

    def count(self, status: Status) -> int:
        return sum(result.status is status for result in self.results)
