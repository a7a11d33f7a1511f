"""The JSON documents that scripts rely on: one serialiser for each, and nothing else knows their shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from defacto_webhooks.apply import Report, Status
from defacto_webhooks.errors import UserError
from defacto_webhooks.plan.document import FORMAT_VERSION, plan_document
from defacto_webhooks.redaction.printable import json_text
from defacto_webhooks.subscription import RemoteSubscription


def text(document: dict[str, Any]) -> str:
    """A document as it is printed."""
    return json_text(document)


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
        "subscriptions": [remote.document(reveal=reveal) for remote in remotes],
    }
