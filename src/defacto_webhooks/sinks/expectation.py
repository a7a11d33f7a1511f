"""`--expect`: waits for event types to come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from defacto_webhooks.errors import UserError
from defacto_webhooks.events import EVENT_TYPES, expand, is_glob, suggest
from defacto_webhooks.notification import dedupe_key
from defacto_webhooks.redaction.printable import line

if TYPE_CHECKING:  # its packages are an optional extra that `listen --help` does without
    from defacto_webhooks.inbox import Received


class Expectation:
    """Which of the expected event types, or globs, have come.

    One named twice is wanted twice. A second delivery of the same notification doesn't count, nor does a
    sample of `doctor`.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._open = Counter(patterns)
        # Of those that counted only: another one's second delivery can't match what the first did not.
        self._counted: set[tuple[str, str, str, str]] = set()

    @property
    def missing(self) -> list[str]:
        return sorted(self._open.elements())

    @property
    def has_been_met(self) -> bool:
        """Whether something was expected and all of it has come."""
        return bool(self._open) and not self.missing

    def take(self, received: Received) -> None:
        notification = received.parsed.notification
        if notification is None or notification.is_sample or dedupe_key(notification) in self._counted:
            return
        # A name before a glob, so that the glob is left for another.
        for pattern in sorted(self._open.elements(), key=is_glob):
            if expand(pattern, [notification.event_type]):
                self._open[pattern] -= 1
                self._counted.add(dedupe_key(notification))
                return


def doubts(patterns: Sequence[str]) -> Iterator[str]:
    """About names that are in no catalogue: they may be new, or misspelt. Raises UserError for a glob that
    matches nothing."""
    for pattern in patterns:
        if expand(pattern, EVENT_TYPES):
            continue
        if is_glob(pattern):
            raise UserError(f"no event type matches {pattern!r}", "`defacto-webhooks events` lists them")
        meant = suggest(pattern)
        yield f"{line(pattern)} is not a known event type; waiting for it anyway." + (
            f" Did you mean {meant}?" if meant else ""
        )
