"""What a sink is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # its packages are an optional extra that `listen --help` does without
    from defacto_webhooks.inbox import Received


class Sink(Protocol):
    """Gets each notification, in the order in which they were stored."""

    def take(self, received: Received) -> None:
        """Called before the sender gets its answer, so it must not wait."""
