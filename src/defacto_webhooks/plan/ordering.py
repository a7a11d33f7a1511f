"""Which requests carry a change out, and in which of the two phases, so that no wanted event goes missing.

Phase ADD only ever adds deliveries. Phase REMOVE starts once a read has shown the first; there,
everything runs at the same time, so nothing may rely on what another step of that phase adds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from defacto_webhooks.models import Subscription, UpdateMode
from defacto_webhooks.plan.model import Phase, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from defacto_webhooks.models import RemoteSubscription
    from defacto_webhooks.secrets import SecretUrl

Pair = tuple["SecretUrl", str]


class Difference(NamedTuple):
    """A subscription of the account and what the file wants in its place."""

    existing: RemoteSubscription
    desired: Subscription

    @property
    def added(self) -> frozenset[Pair]:
        return frozenset(self.desired.pairs()).difference(self.existing.content.pairs())

    @property
    def removed(self) -> frozenset[Pair]:
        return frozenset(self.existing.content.pairs()).difference(self.desired.pairs())


def create_steps(desired: Subscription) -> tuple[Step, ...]:
    return (Step("create", Phase.ADD, None, None, desired),)


def delete_steps(existing: RemoteSubscription) -> tuple[Step, ...]:
    return (Step("delete", Phase.REMOVE, existing.id, existing.content, None),)


def replace_steps(difference: Difference) -> tuple[Step, ...]:
    return create_steps(difference.desired) + delete_steps(difference.existing)


def change_steps(
    differences: Sequence[Difference],
    deleted: Iterable[RemoteSubscription],
    carried_throughout: Iterable[Pair],
    wanted: Iterable[Pair],
    mode: UpdateMode,
) -> list[tuple[Step, ...]]:
    """The steps of each of `differences`.

    `deleted` are the subscriptions that go, `carried_throughout` the pairs of those that stay as they
    are or are created, `wanted` the pairs of the whole file.
    """
    if mode is UpdateMode.REPLACE:
        return [replace_steps(difference) for difference in differences]
    at_risk = {pair for remote in deleted for pair in remote.content.pairs()}
    at_risk.update(pair for difference in differences for pair in difference.removed)
    at_risk.intersection_update(wanted)
    at_risk.difference_update(carried_throughout)
    for difference in differences:
        at_risk.difference_update(
            set(difference.existing.content.pairs()).intersection(difference.desired.pairs())
        )
    return [_patch_steps(difference, at_risk) for difference in differences]


def _patch_steps(difference: Difference, at_risk: set[Pair]) -> tuple[Step, ...]:
    """PATCH in place, unless a pair that only this change can save has to be there before the removals."""
    existing, desired = difference
    removes = bool(difference.removed)
    if not removes or at_risk.isdisjoint(difference.added):
        phase = Phase.REMOVE if removes else Phase.ADD
        return (Step("patch", phase, existing.id, existing.content, desired),)
    if existing.content.to_url != desired.to_url:
        return replace_steps(difference)
    both = Subscription.of(desired.name, desired.to_url, existing.content.event_types + desired.event_types)
    return (
        Step("patch", Phase.ADD, existing.id, existing.content, both),
        Step("patch", Phase.REMOVE, existing.id, both, desired),
    )
