"""Webhook subscriptions of a Defacto account, kept as code.

For programs that plan and apply: `load`, `make_plan`, `apply_plan`, and the types that they take and return.
For the code that receives notifications: `parse_notification`, `dedupe_key`, `Notification`. These names are
stable as semantic versioning says; everything else may move.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from defacto_webhooks._version import __version__

if TYPE_CHECKING:
    from defacto_webhooks.apply import Outcome, Report, Result, Status
    from defacto_webhooks.config import Config
    from defacto_webhooks.diagnostics import Diagnostic, InvalidConfig, Severity, Span
    from defacto_webhooks.errors import UserError
    from defacto_webhooks.library import apply_plan, load, make_plan
    from defacto_webhooks.notification import (
        InvalidNotification,
        Notification,
        dedupe_key,
        parse_notification,
    )
    from defacto_webhooks.plan import Action, Change, Plan
    from defacto_webhooks.plan.guards import Guard, GuardRefused
    from defacto_webhooks.redaction import SecretUrl
    from defacto_webhooks.subscription import RemoteSubscription, Subscription

__all__ = [
    "Action",
    "Change",
    "Config",
    "Diagnostic",
    "Guard",
    "GuardRefused",
    "InvalidConfig",
    "InvalidNotification",
    "Notification",
    "Outcome",
    "Plan",
    "RemoteSubscription",
    "Report",
    "Result",
    "SecretUrl",
    "Severity",
    "Span",
    "Status",
    "Subscription",
    "UserError",
    "__version__",
    "apply_plan",
    "dedupe_key",
    "load",
    "make_plan",
    "parse_notification",
]

# Imported on use: neither `--help` nor a callback waits for what it does not need.
# Hidden from type checkers: to them a `__getattr__` would make every misspelt name exist.
if not TYPE_CHECKING:
    _MODULES = {
        "apply": ("Outcome", "Report", "Result", "Status"),
        "config": ("Config",),
        "diagnostics": ("Diagnostic", "InvalidConfig", "Severity", "Span"),
        "errors": ("UserError",),
        "library": ("apply_plan", "load", "make_plan"),
        "notification": ("InvalidNotification", "Notification", "dedupe_key", "parse_notification"),
        "plan": ("Action", "Change", "Plan"),
        "plan.guards": ("Guard", "GuardRefused"),
        "redaction": ("SecretUrl",),
        "subscription": ("RemoteSubscription", "Subscription"),
    }
    _HOMES = {name: module for module, names in _MODULES.items() for name in names}

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
