"""Which requests carry a change out, and in which of the two phases, so that no wanted event goes missing.

Phase ADD only ever adds deliveries. Phase REMOVE starts once a read has shown the first; there,
everything runs at the same time, so nothing may rely on what another step of that phase adds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from defacto_webhooks.plan.model import Phase, Step
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.settings import UpdateMode
from defacto_webhooks.subscription import RemoteSubscription, Subscription

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

    @property
    def kept(self) -> frozenset[Pair]:
        return frozenset(self.existing.content.pairs()).intersection(self.desired.pairs())

    @property
    def moves(self) -> bool:
        """To another URL: no PATCH can add there without leaving the old one."""
        return self.existing.content.to_url != self.desired.to_url

    def effort_to_add_first(self) -> tuple[int, str]:
        """How costly it is: nothing to do, a PATCH more, a replace."""
        return (0 if not self.removed else 2 if self.moves else 1), self.desired.name


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
        at_risk.difference_update(difference.kept)
    savers = _savers(differences, at_risk)
    return [
        _patch_steps(difference, add_first=difference.desired.name in savers) for difference in differences
    ]


def _savers(differences: Iterable[Difference], at_risk: set[Pair]) -> set[str]:
    """The names of changes that have to add before anything is removed, so that no pair gets lost.

    Starting from all that could, those that the others make superfluous are left out, the most costly
    first. What remains has this property: however many of them are done already, asked again for what
    is still at risk, exactly the others come out. An interrupted apply so finds its steps again.
    """
    saves = {difference: difference.added & at_risk for difference in differences}
    how_often = Counter(pair for pairs in saves.values() for pair in pairs)
    savers = set()
    for difference in sorted(saves, key=Difference.effort_to_add_first, reverse=True):
        pairs = saves[difference]
        if all(how_often[pair] > 1 for pair in pairs):
            how_often.subtract(pairs)
        else:
            savers.add(difference.desired.name)
    return savers


def _patch_steps(difference: Difference, *, add_first: bool) -> tuple[Step, ...]:
    """PATCH in place. With `add_first`, what it adds has to be there before anything is removed."""
    existing, desired = difference
    if not difference.removed or not add_first:
        phase = Phase.REMOVE if difference.removed else Phase.ADD
        return (Step("patch", phase, existing.id, existing.content, desired),)
    if difference.moves:
        return replace_steps(difference)
    both = Subscription.of(desired.name, desired.to_url, existing.content.event_types + desired.event_types)
    return (
        Step("patch", Phase.ADD, existing.id, existing.content, both),
        Step("patch", Phase.REMOVE, existing.id, both, desired),
    )
