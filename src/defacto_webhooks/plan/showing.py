"""How much of the account's URLs may be shown to who wrote the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.subscription import RemoteSubscription, Subscription


def knowing(remote: RemoteSubscription, desired: Subscription) -> RemoteSubscription:
    """The same, its URL shown as far as the file shows the one of `desired`."""
    return _showing(remote, remote.content.to_url.knowing(desired.to_url))


def hiding(
    current: Sequence[RemoteSubscription], desired: Iterable[Subscription]
) -> Sequence[RemoteSubscription]:
    """The same, without the words that the file takes from secrets, whatever the name."""
    words = frozenset[str]().union(*(subscription.to_url.secret_words() for subscription in desired))
    if not words:
        return current
    return [_showing(remote, remote.content.to_url.hiding(words)) for remote in current]


def as_written(
    current: Sequence[RemoteSubscription], desired: Iterable[Subscription]
) -> list[RemoteSubscription]:
    """The account as it may be shown next to the file: both of the above."""
    wanted = {subscription.name: subscription for subscription in desired}
    return [
        knowing(remote, wanted[remote.content.name]) if remote.content.name in wanted else remote
        for remote in hiding(current, wanted.values())
    ]


def _showing(remote: RemoteSubscription, to_url: SecretUrl) -> RemoteSubscription:
    return replace(remote, content=replace(remote.content, to_url=to_url))
