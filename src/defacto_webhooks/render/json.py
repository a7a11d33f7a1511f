"""The JSON documents that scripts rely on: one function for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from defacto_webhooks.apply import Reason, Report, Status
from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig
from defacto_webhooks.errors import UserError
from defacto_webhooks.plan import Plan
from defacto_webhooks.plan.document import FORMAT_VERSION, plan_document
from defacto_webhooks.plan.saved import SavedPlan
from defacto_webhooks.redaction.printable import json_text
from defacto_webhooks.render.format import Format, Syntax
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.views import Catalogue, Diagnostics, Failure, Listing, Plans, Receivers, twice
from defacto_webhooks.subscription import RemoteSubscription

_Value = TypeVar("_Value")


def plans(plans: Plans) -> dict[str, Any]:
    """The plans of several environments; where one has none, why the first of those has none."""
    documents = {"plans": [plan_document(plan) for plan in plans.plans]}
    for name, error in plans.failed.items():
        found = findings(Diagnostics(error.diagnostics)) if isinstance(error, InvalidConfig) else {}
        return failure(Failure(UserError(f"{name}: {error.message}", error.hint), documents | found))
    return documents


def report(report: Report) -> dict[str, Any]:
    """What an apply did."""
    document: dict[str, Any] = {
        "environment": report.environment,
        "outcome": report.outcome.value,
        "verified": report.verified,
        "results": [
            {
                "action": result.action.value,
                "name": result.name,
                "id": result.id,
                "status": result.status.value,
                "error": result.error,
                "reasons": [_reason(reason) for reason in result.reasons],
            }
            for result in report.results
        ],
        "summary": {status.value: report.count(status) for status in Status},
        "requests": report.requests,
    }
    if report.left is not None:
        document["left"] = plan_document(report.left)
    if report.error is not None:
        document["error"] = {"message": report.error, "hint": report.hint}
    return document


def findings(findings: Diagnostics) -> dict[str, Any]:
    """What is wrong with the file."""
    return {"diagnostics": [_diagnostic(diagnostic) for diagnostic in findings.diagnostics]}


def listing(listing: Listing) -> dict[str, Any]:
    """The account as it is."""
    return {
        "environment": listing.environment,
        "subscriptions": [remote.document(reveal=listing.reveal) for remote in listing.subscriptions],
    }


def catalogue(catalogue: Catalogue) -> dict[str, Any]:
    """The catalogue of event types, with its source, and those that left it."""
    return {
        "source": catalogue.source,
        "as_of": catalogue.as_of,
        "event_types": [event_type._asdict() for event_type in catalogue.event_types],
        "retired": [event_type._asdict() for event_type in catalogue.retired],
    }


def receivers(receivers: Receivers) -> dict[str, Any]:
    """Who receives what in an account."""
    return {
        "environment": receivers.environment,
        "event_types": [_received(*row) for row in receivers.rows.items()],
        "warnings": [receivers.note] if receivers.note else [],
    }


def _received(event_type: str, remotes: Sequence[RemoteSubscription]) -> dict[str, Any]:
    doubled = twice(remotes)
    subscriptions = [
        {"id": remote.id, "name": remote.content.name, "twice": remote in doubled} for remote in remotes
    ]
    return {"name": event_type, "subscriptions": subscriptions}


def failure(failure: Failure) -> dict[str, Any]:
    """What is known, and what went wrong before there was a result."""
    return {**failure.known, "error": {"message": failure.error.message, "hint": failure.error.hint}}


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": str(diagnostic.code),
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        **diagnostic.span.document(),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    location = reason.location and reason.location.document()
    return {"field": reason.field, "reason": reason.reason, "location": location}


def _renderer(document: Callable[[_Value], dict[str, Any]]) -> Callable[[_Value, Style], str]:
    return lambda value, _: json_text({"format_version": FORMAT_VERSION, **document(value)})


FORMAT: Final = Format(
    {
        Listing: _renderer(listing),
        Catalogue: _renderer(catalogue),
        Failure: _renderer(failure),
        Diagnostics: _renderer(findings),
        Plan: _renderer(plan_document),
        Plans: _renderer(plans),
        Receivers: _renderer(receivers),
        Report: _renderer(report),
        SavedPlan: _renderer(lambda saved: saved.document),
    },
    Syntax.JSON,
)
