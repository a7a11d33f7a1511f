"""Which subscriptions a plan is about: pure steps before the diff.

What must not be touched is taken out before anything is compared. Filtering changes afterwards
would be too late: a rename could already have been paired with somebody else's subscription.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from defacto_webhooks.errors import UserError
from defacto_webhooks.globs import matches
from defacto_webhooks.settings import Settings
from defacto_webhooks.subscription import RemoteSubscription, Subscription

ByName = dict[str, list[RemoteSubscription]]


class Scoped(NamedTuple):
    """The account, split: what this file answers for, and what its `scope.ignore` leaves alone."""

    managed: ByName
    ignored: tuple[RemoteSubscription, ...]


def split(current: Iterable[RemoteSubscription], settings: Settings) -> Scoped:
    """Take out what lacks the prefix (another file's) and what is ignored (somebody's by hand)."""
    managed: ByName = defaultdict(list)
    ignored = []
    for remote in current:
        name = remote.content.name
        if matches(name, settings.scope.ignore):
            ignored.append(remote)
        elif name.startswith(settings.scope.name_prefix):
            managed[name].append(remote)
    return Scoped(managed, tuple(sorted(ignored, key=lambda remote: (remote.content.name, remote.id))))


def known_names(desired: Iterable[Subscription], current: Iterable[RemoteSubscription]) -> set[str]:
    """Every name that a target can be meant for."""
    return {subscription.name for subscription in desired} | {remote.content.name for remote in current}


def check_targets(targets: Collection[str], names: Collection[str]) -> None:
    """Raise UserError for a target that matches nothing: most likely a typing mistake. `names`: of every
    account that is looked at, as an entry need not be wanted in all of them.

    Asked once, before the first plan: an apply may rightly remove the last one of a name.
    """
    for target in unmatched(sorted(targets), names):
        raise UserError(
            f"--target {target}: neither the file nor the account has a subscription of that name",
            "`defacto-webhooks plan --show-unchanged` lists the names",
        )


def unmatched(targets: Iterable[str], names: Collection[str]) -> Iterator[str]:
    """The `targets` that match none of `names`."""
    return (target for target in targets if not any(matches(name, [target]) for name in names))
