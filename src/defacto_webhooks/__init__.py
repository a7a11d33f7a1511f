"""Webhook subscriptions of a Defacto account, kept as code.

For the code that receives notifications: `parse_notification`, `dedupe_key`, `Notification`.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["InvalidNotification", "Notification", "dedupe_key", "parse_notification"]

TYPE_CHECKING = False  # type checkers take it for true; importing it from typing would cost time
if TYPE_CHECKING:
    from defacto_webhooks.models.notification import (
        InvalidNotification,
        Notification,
        dedupe_key,
        parse_notification,
    )


def __getattr__(name: str) -> object:
    # Only on use, so that the command line does not wait for pydantic.
    if name in __all__:
        from defacto_webhooks.models import notification

        return getattr(notification, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
