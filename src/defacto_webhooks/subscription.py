"""A webhook subscription, as the file wants it and as the account has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from defacto_webhooks.redaction import SecretUrl


class Subscription(NamedTuple):
    """What a subscription is, in the file and in the account: equal exactly when nothing differs.

    `event_types` is sorted and without repeats, so their order never matters. Build it with `of`.
    """

    name: str
    to_url: SecretUrl
    event_types: tuple[str, ...]

    @classmethod
    def of(cls, name: str, to_url: SecretUrl, event_types: Iterable[str]) -> Subscription:
        return cls(name, to_url, tuple(sorted(set(event_types))))

    def pairs(self) -> Iterable[tuple[SecretUrl, str]]:
        """The (URL, event type) pairs that it delivers: what must never go missing."""
        return ((self.to_url, event_type) for event_type in self.event_types)


class RemoteSubscription(NamedTuple):
    """A subscription as the account has it. `id` is opaque; the API may send a number."""

    id: str
    content: Subscription
