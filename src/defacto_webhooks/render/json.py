"""The JSON documents that scripts rely on: one serialiser for each, and nothing else knows their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from defacto_webhooks import guards
from defacto_webhooks.apply import Status
from defacto_webhooks.plan import Action
from defacto_webhooks.render.safe import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from defacto_webhooks.apply import Report
    from defacto_webhooks.diagnostics import Span
    from defacto_webhooks.errors import UserError
    from defacto_webhooks.models import RemoteSubscription, Subscription
    from defacto_webhooks.plan import Change, Plan

FORMAT_VERSION: Final = "1.0"


def text(document: dict[str, Any]) -> str:
    """A document as it is printed."""
    return json_text(document)


def plan_document(plan: Plan) -> dict[str, Any]:
    """A plan, redacted."""
    return {
        "format_version": FORMAT_VERSION,
        "environment": plan.environment,
        "api_url": plan.api_url,
        "changes": [_change(change) for change in plan.changes],
        "ignored": [_remote(remote) for remote in plan.ignored],
        "summary": {
            **{action.value: plan.count(action) for action in Action},
            "unchanged": len(plan.unchanged),
            "ignored": len(plan.ignored),
        },
        "fingerprint": plan.fingerprint,
        "coverage": {"gained": list(plan.coverage.gained), "lost": list(plan.coverage.lost)},
        "guards": [
            {"code": guard.code, "message": guard.message, "override": guard.override}
            for guard in guards.check(plan)
        ],
        "warnings": sorted(plan.warnings),
    }


def plans_document(plans: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Several environments at once."""
    return {"format_version": FORMAT_VERSION, "plans": list(plans)}


def report_document(report: Report) -> dict[str, Any]:
    """What an apply did."""
    document: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
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


def error_document(error: UserError, known: dict[str, Any] | None = None) -> dict[str, Any]:
    """What is known, and what went wrong before there was a plan or a report."""
    return {
        "format_version": FORMAT_VERSION,
        **(known or {}),
        "error": {"message": error.message, "hint": error.hint},
    }


def subscriptions_document(
    environment: str, remotes: Sequence[RemoteSubscription], *, reveal: bool = False
) -> dict[str, Any]:
    """The account as it is. `reveal` writes secrets out: only because the user asked for it."""
    return {
        "format_version": FORMAT_VERSION,
        "environment": environment,
        "subscriptions": [_remote(remote, reveal=reveal) for remote in remotes],
    }


def _change(change: Change) -> dict[str, Any]:
    before = change.existing.content if change.existing else None
    fields: dict[str, Any] = {}
    if change.fields and (change.fields.events_added or change.fields.events_removed):
        fields["event_types"] = {
            "added": list(change.fields.events_added),
            "removed": list(change.fields.events_removed),
        }
    if change.fields and change.fields.url_changed and before and change.desired:
        fields["to_url"] = {
            "before": str(before.to_url),
            "after": str(change.desired.to_url),
            "secret_changed": change.desired.to_url.secret_differs(before.to_url),
        }
    return {
        "action": change.action.value,
        "name": change.name,
        "ids": [change.existing.id] if change.existing else [],
        "reason": change.reason,
        "before": _content(before),
        "after": _content(change.desired),
        "fields": fields,
        "location": _location(change.location) if change.location else None,
    }


def _content(subscription: Subscription | None) -> dict[str, Any] | None:
    if subscription is None:
        return None
    return {
        "name": subscription.name,
        "to_url": str(subscription.to_url),
        "event_types": list(subscription.event_types),
    }


def _remote(remote: RemoteSubscription, *, reveal: bool = False) -> dict[str, Any]:
    to_url = remote.content.to_url
    return {
        "id": remote.id,
        "name": remote.content.name,
        "to_url": to_url.reveal() if reveal else str(to_url),
        "event_types": list(remote.content.event_types),
    }


def _location(span: Span) -> dict[str, Any]:
    return {"file": span.file, "line": span.line, "column": span.column}
