"""`--expect`: waits for event types to come."""

from __future__ import annotations

from collections import deque
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
        # The narrow ones first, so that the wide ones are left for what comes next.
        self._patterns = sorted(patterns, key=lambda pattern: (is_glob(pattern), len(expand(pattern))))
        # Index of a pattern → the indexes of all patterns that its notification could stand for instead.
        # What finds no place here never will, however many come after it, so it need not be remembered.
        self._taken: dict[int, list[int]] = {}
        self._counted: set[tuple[str, str, str, str]] = set()

    @property
    def missing(self) -> list[str]:
        return sorted(pattern for index, pattern in enumerate(self._patterns) if index not in self._taken)

    @property
    def has_been_met(self) -> bool:
        """Whether something was expected and all of it has come."""
        return bool(self._patterns) and len(self._taken) == len(self._patterns)

    def take(self, received: Received) -> None:
        notification = received.parsed.notification
        if notification is None or notification.is_sample or dedupe_key(notification) in self._counted:
            return
        if self._finds_place(notification.event_type):
            self._counted.add(dedupe_key(notification))

    def _finds_place(self, event_type: str) -> bool:
        """Whether it and all that have counted can have a pattern each; then they get them.

        Looks for a free pattern by moving what has come to other patterns: an augmenting path of a bipartite
        matching, the shortest one.
        """
        fitting = [index for index, pattern in enumerate(self._patterns) if expand(pattern, [event_type])]
        # Each pattern that can be reached → the one whose notification would move there; None: the new one.
        moved_from: dict[int, int | None] = dict.fromkeys(fitting)
        waiting = deque(fitting)
        while waiting:
            index = waiting.popleft()
            if index not in self._taken:
                while (giver := moved_from[index]) is not None:
                    self._taken[index] = self._taken[giver]
                    index = giver
                self._taken[index] = fitting
                return True
            for other in self._taken[index]:
                if other not in moved_from:
                    moved_from[other] = index
                    waiting.append(other)
        return False


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
