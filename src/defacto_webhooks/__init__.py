"""Webhook subscriptions of a Defacto account, kept as code.

For programs that plan and apply: `load`, `make_plan`, `apply_plan`, and the types that they take and return.
For the code that receives notifications: `parse_notification`, `dedupe_key`, `Notification`. These names are
stable as semantic versioning says; everything else may move.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from defacto_webhooks._version import __version__ as __version__

# Imported on use: neither `--help` nor a callback waits for what it does not need.
# The rest is hidden from type checkers: to them a `__getattr__` would make every misspelt name exist.
if TYPE_CHECKING:
    from defacto_webhooks.apply import (
        Outcome as Outcome,
        Reason as Reason,
        Report as Report,
        Result as Result,
        Status as Status,
    )
    from defacto_webhooks.config import Config as Config, Environment as Environment
    from defacto_webhooks.diagnostics import (
        Diagnostic as Diagnostic,
        InvalidConfig as InvalidConfig,
        Severity as Severity,
        Snippet as Snippet,
        Span as Span,
    )
    from defacto_webhooks.errors import Exit as Exit, UserError as UserError
    from defacto_webhooks.library import apply_plan as apply_plan, load as load, make_plan as make_plan
    from defacto_webhooks.notification import (
        InvalidNotification as InvalidNotification,
        Notification as Notification,
        dedupe_key as dedupe_key,
        parse_notification as parse_notification,
    )
    from defacto_webhooks.plan import (
        Action as Action,
        Change as Change,
        Coverage as Coverage,
        FieldChange as FieldChange,
        ListChange as ListChange,
        Plan as Plan,
        Step as Step,
        Stranded as Stranded,
        UrlChange as UrlChange,
        ValueChange as ValueChange,
    )
    from defacto_webhooks.plan.guards import Guard as Guard, GuardRefused as GuardRefused
    from defacto_webhooks.redaction import Secret as Secret, SecretUrl as SecretUrl
    from defacto_webhooks.settings import Scope as Scope, Settings as Settings, UpdateMode as UpdateMode
    from defacto_webhooks.subscription import (
        RemoteSubscription as RemoteSubscription,
        Subscription as Subscription,
    )
else:
    _MODULES = {
        "apply": ("Outcome", "Reason", "Report", "Result", "Status"),
        "config": ("Config", "Environment"),
        "diagnostics": ("Diagnostic", "InvalidConfig", "Severity", "Snippet", "Span"),
        "errors": ("Exit", "UserError"),
        "library": ("apply_plan", "load", "make_plan"),
        "notification": ("InvalidNotification", "Notification", "dedupe_key", "parse_notification"),
        "plan": ("Action", "Change", "Plan", "Step"),
        "plan.guards": ("Guard", "GuardRefused"),
        "plan.model": ("Coverage", "FieldChange", "ListChange", "Stranded", "UrlChange", "ValueChange"),
        "redaction": ("Secret", "SecretUrl"),
        "settings": ("Scope", "Settings", "UpdateMode"),
        "subscription": ("RemoteSubscription", "Subscription"),
    }
    _HOMES = {name: module for module, names in _MODULES.items() for name in names}
    __all__ = sorted([*_HOMES, "__version__"])

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
