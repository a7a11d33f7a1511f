"""What an option of `listen` needs to open a sink that forwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from defacto_webhooks.sinks.forwarder import Forwarder, Tell

if TYPE_CHECKING:  # its packages are an optional extra that `listen --help` does without
    from defacto_webhooks.inbox import Inbox


@dataclass(frozen=True)
class Destination:
    """Somewhere to send notifications.

    option, envvar, help: the option of `listen` that takes its URL.
    open: makes the sink, of that URL, the inbox that receives, and what is to be called with each result.
        Raises UserError where the URL makes no sense.
    """

    option: str
    help: str
    open: Callable[[str, Inbox, Tell], Forwarder[Any]]
    envvar: str | None = None
