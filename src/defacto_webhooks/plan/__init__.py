"""What would change, in which order: pure, deterministic, sorted. No I/O, no clock, no environment."""

from defacto_webhooks.plan.diff import make_plan
from defacto_webhooks.plan.model import (
    Action,
    Change,
    Coverage,
    FieldChange,
    ListChange,
    Plan,
    Step,
    Stranded,
    UrlChange,
    ValueChange,
)
from defacto_webhooks.plan.scope import check_targets, known_names

__all__ = [
    "Action",
    "Change",
    "Coverage",
    "FieldChange",
    "ListChange",
    "Plan",
    "Step",
    "Stranded",
    "UrlChange",
    "ValueChange",
    "check_targets",
    "known_names",
    "make_plan",
]
