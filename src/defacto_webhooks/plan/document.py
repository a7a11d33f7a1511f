"""A plan as plain data, redacted: the one shape, in JSON output as in a saved plan."""

from __future__ import annotations

from typing import Any, Final

from defacto_webhooks.plan import guards
from defacto_webhooks.plan.model import Action, Change, Plan

FORMAT_VERSION: Final = "1.0"


def plan_document(plan: Plan) -> dict[str, Any]:
    """A plan, redacted."""
    return {
        "format_version": FORMAT_VERSION,
        "environment": plan.environment,
        "api_url": plan.api_url,
        "changes": [_change(change) for change in plan.changes],
        "ignored": [remote.document() for remote in plan.ignored],
        "summary": {
            **{action.value: plan.count(action) for action in Action},
            "unchanged": len(plan.unchanged),
            "ignored": len(plan.ignored),
        },
        "fingerprint": plan.fingerprint,
        "coverage": {"gained": list(plan.coverage.gained), "lost": list(plan.coverage.lost)},
        "guards": [guard._asdict() for guard in guards.check(plan)],
        "warnings": sorted(plan.warnings),
    }


def _change(change: Change) -> dict[str, Any]:
    before = change.existing.content if change.existing else None
    return {
        "action": change.action.value,
        "name": change.name,
        "ids": [change.existing.id] if change.existing else [],
        "reason": change.reason,
        "before": before and before.document(),
        "after": change.desired and change.desired.document(),
        "fields": {field.field: field.document() for field in change.fields},
        "location": change.location and change.location.document(),
    }
