"""Webhook subscriptions of a Defacto account, kept as code.

For programs that plan and apply: `load`, `make_plan`, `apply_plan`. For the code that receives
notifications: `parse_notification`, `dedupe_key`, `Notification`. These names are stable as semantic
versioning says.
"""

from __future__ import annotations

from defacto_webhooks._version import __version__ as __version__

__all__ = [
    "Config",
    "InvalidConfig",
    "InvalidNotification",
    "Notification",
    "Plan",
    "Report",
    "UserError",
    "apply_plan",
    "dedupe_key",
    "load",
    "make_plan",
    "parse_notification",
]

TYPE_CHECKING = False  # type checkers take it for true; importing it from typing would cost time
if TYPE_CHECKING:
    from defacto_webhooks.apply import Report
    from defacto_webhooks.config import Config
    from defacto_webhooks.diagnostics import InvalidConfig
    from defacto_webhooks.errors import UserError
    from defacto_webhooks.library import apply_plan, load, make_plan
    from defacto_webhooks.notification import (
        InvalidNotification,
        Notification,
        dedupe_key,
        parse_notification,
    )
    from defacto_webhooks.plan import Plan

_HOMES = {
    "Config": "config",
    "InvalidConfig": "diagnostics",
    "InvalidNotification": "models.notification",
    "Notification": "models.notification",
    "Plan": "plan",
    "Report": "apply",
    "UserError": "errors",
    "apply_plan": "library",
    "dedupe_key": "models.notification",
    "load": "library",
    "make_plan": "library",
    "parse_notification": "models.notification",
}


def __getattr__(name: str) -> object:
    # Only on use, so that neither the command line nor a callback waits for what it does not need.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
