"""A failed command, in words or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from defacto_webhooks.apply import Outcome, Report
from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.diagnostics import InvalidConfig
from defacto_webhooks.errors import Exit, RequestError, UserError, explained
from defacto_webhooks.plan.guards import GuardRefused
from defacto_webhooks.render import json as documents, render
from defacto_webhooks.render.views import Diagnostics, Failure

_OUTCOMES: Final = {Exit.INTERRUPTED: Outcome.INTERRUPTED, Exit.INCOMPLETE: Outcome.PARTIAL}


class NotApplied(UserError):
    """An apply that did not begin, or that broke off; raise it from its `error`. It has a report, too."""

    def __init__(self, error: Exception, invocation: Invocation, requests: int) -> None:
        cause = explained(error)
        # The read for the plan: its own message can't know whether something was changed before.
        unread = isinstance(cause, RequestError)
        super().__init__(f"{cause.message}; nothing was changed" if unread else cause.message, cause.hint)
        self.exit_code = cause.exit_code
        environment = invocation.account.name if invocation.account else ""
        outcome = _OUTCOMES.get(cause.exit_code, Outcome.FAILED)
        may_have_changed = cause.exit_code is Exit.INCOMPLETE
        self.report = Report(environment, outcome, False, (), requests, may_have_changed)


class NotReceived(UserError):
    """`listen --expect` ended before `missing` had come: after `timeout_s`, or None: interrupted."""

    def __init__(self, missing: Sequence[str], timeout_s: float | None) -> None:
        self.missing = tuple(missing)
        names = ", ".join(missing)
        if timeout_s is None:
            super().__init__("interrupted before all expected events had arrived", f"missing: {names}")
            self.exit_code = Exit.INTERRUPTED
        else:
            super().__init__(
                f"these did not arrive within {timeout_s:g} seconds: {names}",
                "check that a subscription to them has a to_url that reaches this receiver",
            )


def tell(error: UserError, console: Console, about: str = "") -> None:
    """Say it on standard error, with all findings where it is about the file. `about` stands before it."""
    for cause in _causes(error):
        if isinstance(cause, InvalidConfig):
            console.diagnostics(cause.diagnostics)
    console.error(f"{about}{error.message}", error.hint)


def document(error: UserError, invocation: Invocation) -> str:
    """What is known of a command that failed before it had its result, as JSON."""
    known: dict[str, object] = {}
    if invocation.account is not None:
        known |= {"environment": invocation.account.name, "api_url": invocation.account.shown_url}
    for cause in _causes(error):
        match cause:
            case InvalidConfig():
                known |= documents.findings(Diagnostics(cause.diagnostics))
            case GuardRefused():
                known["guards"] = [guard._asdict() for guard in cause.guards]
            case NotApplied():
                report = documents.report(cause.report)
                del report["environment"]  # which is empty where it is not known
                known |= report
            case NotReceived():
                known["missing"] = list(cause.missing)
    shown = render(Failure(error, known), "json")
    return json.dumps(json.loads(shown)) if invocation.one_line else shown


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
